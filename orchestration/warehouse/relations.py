"""Ask either engine which relations and columns a warehouse has."""

from __future__ import annotations

from orchestration.warehouse.protocol import Query


def has_column(query: Query, table: str, column: str) -> bool:
    """Whether a table of schema governance has a column; books of older versions lack some."""
    return bool(
        query(
            "select 1 from information_schema.columns where table_schema = 'governance' "
            f"and table_name = '{table}' and column_name = '{column}'"
        )
    )


def tables(query: Query) -> set[str]:
    """Return every table and view as `schema.name`."""
    return {
        f"{schema}.{name}"
        for schema, name in query("select table_schema, table_name from information_schema.tables")
    }
