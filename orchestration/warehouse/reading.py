"""Reading the warehouse itself, on either engine, without changing it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from typing import Any

import duckdb

from orchestration.core.settings import Settings
from orchestration.warehouse import postgres
from orchestration.warehouse.duckdb import not_opened
from orchestration.warehouse.lock import exclusive

Query = Callable[[str], list[tuple[Any, ...]]]
# Whatever holds rows, months of a partitioned table apart: they are their table's.
HOLDING_ROWS = {
    "duckdb": (
        "select schema_name, table_name, 'table' from duckdb_tables() where not internal "
        "and database_name = current_database() union all "
        "select schema_name, view_name, 'view' from duckdb_views() where not internal "
        "and database_name = current_database()"
    ),
    "postgres": (
        "select n.nspname, c.relname, case c.relkind when 'v' then 'view' when 'm' then "
        "'materialized view' else 'table' end from pg_class as c "
        "join pg_namespace as n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition"
    ),
}


@contextlib.contextmanager
def reading(settings: Settings, wait_seconds: float = -1) -> Iterator[Query]:
    """A way to ask the warehouse; one that does not exist yet answers with no rows.

    A DuckDB file stays closed to writers meanwhile, and this waits while one writes.

    Args:
        wait_seconds: how long to wait; less than 0 for however long.

    Raises:
        WarehouseError: the warehouse cannot be reached.
        WarehouseBusy: it is still written to, or in use by a process that knows no lock.
    """
    if settings.target == "postgres":
        with postgres.connect() as server:
            yield lambda query: list(server.execute(query.encode()).fetchall())
    elif not settings.warehouse.exists():
        yield lambda _: []
    else:
        with exclusive(settings, wait_seconds):
            try:
                engine = duckdb.connect(str(settings.warehouse), read_only=True)
            except duckdb.Error as error:
                raise not_opened(settings.warehouse, error) from None
            with engine:
                yield lambda query: engine.execute(query).fetchall()


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


def holding_rows(query: Query, engine_name: str, schemas: Collection[str]) -> dict[str, str]:
    """Relations of some schemas, and their kinds; not what dbt has under its hands."""
    return {
        f"{schema}.{name}": str(kind)
        for schema, name, kind in query(HOLDING_ROWS[engine_name])
        if schema in schemas and "__dbt_" not in name
    }
