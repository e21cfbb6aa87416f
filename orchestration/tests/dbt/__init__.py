"""dbt: artifacts, diagrams, readers, forms of SQL."""
