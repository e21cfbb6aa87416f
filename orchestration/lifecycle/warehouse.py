"""The warehouse as the lifecycle sees it: rows are read by DuckDB, whichever engine holds them."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from orchestration.core.settings import Settings
from orchestration.lifecycle.errors import NOTHING_LOADED, NotBuilt, NotVerified
from orchestration.warehouse import books
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import NoForm, Row, Writing

# Acts of governance.lifecycle_log whose rows left bytes behind in the file of a warehouse.
TO_COMPACT = "compacted_at is null and from_tier = 'hot' and relation not like 'files.%'"


class OpenWarehouse:
    """An open warehouse, under the writer lock, that DuckDB reads as well."""

    def __init__(self, settings: Settings, writing: Writing) -> None:
        self.of = warehouse_of(settings)
        self.writing = writing
        self.prefix = writing.attach()

    def query(self, sql: str) -> list[Row]:
        """Rows of a query that the warehouse's own engine runs."""
        return self.writing.query(sql)

    @cached_property
    def id(self) -> str:
        """What names this warehouse, whatever file or server it is in."""
        [(found,)] = self.query("select cast(warehouse_id as varchar) from governance.warehouse")
        return str(found)

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:
        """See `Writing.scan`.

        Raises:
            NotVerified: the relation holds numbers that no file of a tier can hold.
        """
        try:
            return self.writing.scan(sql, relation, more)
        except NoForm as error:
            raise NotVerified(
                f"{error}, which no file of a tier can hold: set it to null; nothing was removed"
            ) from None

    def columns(self, relation: str) -> dict[str, str]:
        """Names and types of a relation's columns, in order; empty where it does not exist."""
        return self._columns.get(relation, {})

    @cached_property
    def _columns(self) -> dict[str, dict[str, str]]:
        """Columns of every relation: DuckDB looks through all of them for those of one."""
        columns: dict[str, dict[str, str]] = defaultdict(dict)
        for schema, table, column, data_type in self.query(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns order by ordinal_position"
        ):
            columns[f"{schema}.{table}"][column] = data_type
        return columns


@contextlib.contextmanager
def open_warehouse(settings: Settings) -> Iterator[OpenWarehouse]:
    """Open the configured warehouse for writing; waits while another process writes.

    Raises:
        NotBuilt: there is none yet.
        WarehouseError: it cannot be opened.
    """
    warehouse = warehouse_of(settings)
    if not warehouse.exists():
        raise NotBuilt(NOTHING_LOADED)
    with warehouse.writing() as writing:
        there = set(writing.query(books.COLUMNS))
        if not there:
            raise NotBuilt(NOTHING_LOADED)
        for statement in books.create_statements(there):
            writing.change(statement)
        yield OpenWarehouse(settings, writing)


def compact(settings: Settings) -> tuple[int, int]:
    """Write the file anew, and put on record that no byte of what was deleted is left in it.

    Killed anywhere, the log of what was done says that it is due until it is done. See
    `Warehouse.compact`.
    """
    return warehouse_of(settings).compact(
        f"update governance.lifecycle_log set compacted_at = $1 where {TO_COMPACT}"
    )
