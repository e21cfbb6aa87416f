"""dbt: running it, its plugins, its manifest, the lineage and pages drawn from it."""
