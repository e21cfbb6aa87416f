"""The warehouse as the lifecycle uses it: DuckDB reads its rows, whichever engine holds them."""

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

# SQL condition: entries of governance.lifecycle_log whose rows may still have bytes in the file.
TO_COMPACT = "compacted_at is null and from_tier = 'hot' and relation not like 'files.%'"


class OpenWarehouse:
    """A warehouse that is open under the writer lock, and that DuckDB can read on either engine."""

    def __init__(self, settings: Settings, writing: Writing) -> None:
        self.of = warehouse_of(settings)
        self.writing = writing
        self.prefix = writing.attach()

    def query(self, sql: str) -> list[Row]:
        """Run a query on the warehouse's own engine and return its rows."""
        return self.writing.query(sql)

    @cached_property
    def id(self) -> str:
        """The warehouse's id, which stays the same when it moves to another file or server."""
        [(found,)] = self.query("select cast(warehouse_id as varchar) from governance.warehouse")
        return str(found)

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:
        """Return SQL for DuckDB that reads a query's rows; see `Writing.scan`.

        Raises:
            NotVerified: the relation holds numbers that a tier file cannot hold.
        """
        try:
            return self.writing.scan(sql, relation, more)
        except NoForm as error:
            raise NotVerified(
                f"{error}, which a tier file cannot hold: set it to null; nothing was removed"
            ) from None

    def columns(self, relation: str) -> dict[str, str]:
        """Return a relation's column names and types, in order; empty if it does not exist."""
        return self._columns.get(relation, {})

    @cached_property
    def _columns(self) -> dict[str, dict[str, str]]:
        """Columns of every relation, read once: DuckDB scans them all for each single lookup."""
        columns: dict[str, dict[str, str]] = defaultdict(dict)
        for schema, table, column, data_type in self.query(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns order by ordinal_position"
        ):
            columns[f"{schema}.{table}"][column] = data_type
        return columns


@contextlib.contextmanager
def open_warehouse(settings: Settings) -> Iterator[OpenWarehouse]:
    """Open the configured warehouse for writing; wait while another process writes.

    Raises:
        NotBuilt: there is no warehouse yet.
        WarehouseError: it cannot be opened.
    """
    warehouse = warehouse_of(settings)
    if not warehouse.exists():
        raise NotBuilt(NOTHING_LOADED)
    with warehouse.writing() as writing:
        there = set(writing.query(books.COLUMNS))
        if not there:
            raise NotBuilt(NOTHING_LOADED)
        # A warehouse of an older version of Granary lacks the log tables that were added since.
        for statement in books.create_statements(there):
            writing.change(statement)
        yield OpenWarehouse(settings, writing)


def compact(settings: Settings) -> tuple[int, int]:
    """Rewrite the DuckDB file and record that no byte of a deleted row is left in it.

    If it is killed, the lifecycle's log still says that compaction is due. See `Warehouse.compact`.

    Returns:
        Bytes of the file before and after.
    """
    return warehouse_of(settings).compact(
        f"update governance.lifecycle_log set compacted_at = $1 where {TO_COMPACT}"
    )
