"""Dagster's definitions: assets, checks, jobs, schedules and sensors, one module per topic."""
