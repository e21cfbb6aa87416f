"""What a warehouse needs every day, one step after the other."""
