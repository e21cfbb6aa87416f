"""Health, alerts, maintenance."""
