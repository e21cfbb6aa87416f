"""Read the decisions that people review as seeds and YAML: lifecycle, backup tiers, reports."""
