"""Alerts: an incident is announced once when it opens and once when it is over."""
