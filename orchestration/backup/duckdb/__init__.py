"""A DuckDB file in a backup."""
