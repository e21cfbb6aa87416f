"""Operate the warehouse: health score, alerts and daily maintenance."""
