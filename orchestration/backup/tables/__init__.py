"""What a backup says of the warehouse's tables: their digests, what left them, what is lacking."""
