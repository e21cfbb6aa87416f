"""What people decided, read from seeds: retention, backup tiers, alert rules, reports."""
