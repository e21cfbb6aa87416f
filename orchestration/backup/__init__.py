"""Backups: made, verified, restored, rehearsed and pruned. Commands in `commands`."""
