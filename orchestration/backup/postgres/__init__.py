"""A PostgreSQL server in a backup: base backups, its log, and restoring to the second."""
