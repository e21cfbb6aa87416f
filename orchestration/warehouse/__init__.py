"""The engines: open, write, lock, publish and compare warehouses on DuckDB and PostgreSQL."""
