"""What Dagster shows beside its own runs."""
