"""The engines: files, locks, books and statistics."""
