"""Incidents: when a rule is broken somebody is told, once, and once more when it is over."""
