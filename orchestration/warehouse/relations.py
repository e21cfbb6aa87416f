"""Which relations a warehouse holds, as either engine tells it."""

from __future__ import annotations

from orchestration.warehouse.protocol import Query


def has_column(query: Query, table: str, column: str) -> bool:
    """Whether a book of schema governance has a column: those of older versions lack some."""
    return bool(
        query(
            "select 1 from information_schema.columns where table_schema = 'governance' "
            f"and table_name = '{table}' and column_name = '{column}'"
        )
    )


def tables(query: Query) -> set[str]:
    """Every table and view there is, as schema and name with a dot between."""
    return {
        f"{schema}.{name}"
        for schema, name in query("select table_schema, table_name from information_schema.tables")
    }
