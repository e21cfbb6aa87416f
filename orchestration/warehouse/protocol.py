"""The interface to a warehouse, implemented for DuckDB and for PostgreSQL.

`configured.warehouse_of` returns the implementation that the settings name, from `on_duckdb` or
`on_postgres`. No other module asks which engine runs. Parameters of shared SQL are `$1`, `$2`, ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

import duckdb

from orchestration.core.errors import GranaryError
from orchestration.core.settings import Settings

# How long status and health wait for a writer before they show cached figures instead.
AT_WORK_SECONDS = 0.3
UNPUBLISHED = "nothing is published yet: run `granary build` and `granary publish` first"

Row = tuple[Any, ...]
Query = Callable[[str], list[Row]]
Run = Callable[[str, Sequence[Any]], list[Row]]


class InUse(GranaryError):
    """A relation cannot be dropped because others depend on it."""


class NoForm(GranaryError):
    """A relation holds a number that neither DuckDB nor a tier file can hold, such as NaN."""


@dataclass(frozen=True, order=True)
class Relation:
    """A table or view."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Publication:
    """What was published, when and where.

    Attributes:
        rows: rows of all relations.
        size_bytes: size of the serving file; None on a server.
        rows_written: those that were not there already.
        held_back: one message for each serving table that could not be replaced because objects of
            readers depend on it. Such a table keeps its old rows, or is empty if its mart is gone.
    """

    location: str
    published_at: datetime
    relations: int
    rows: int
    size_bytes: int | None = None
    rows_written: int = 0
    held_back: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """The result of a query: column names and rows."""

    columns: list[str]
    rows: list[Row]


class Published(Protocol):
    """One published version, read-only and unchanged for as long as it is open."""

    schema_prefix: str
    """Prefix of every mart's schema name."""

    def ask(self, sql: str, values: Mapping[str, object] | None = None) -> Answer:
        """Run a query; `$name` is a parameter."""


class Attached(Protocol):
    """A published version that a DuckDB engine has attached as `serving`."""

    schema_prefix: str

    forms: Mapping[str, Mapping[str, str]]
    """By relation and column, the type to cast a numeric to that DuckDB would misread, else ''."""

    def ask(self, select: str, table: str) -> list[Row]:
        """Run a query where the table is stored, so that only its result travels.

        Args:
            select: the query up to the table's name, such as `select count(*) from `.
            table: the table, as schema and name.
        """


class Writing(Protocol):
    """A warehouse open for writing, under the writer lock.

    DuckDB reads and parses files for both engines.
    """

    name: str
    """Name of the engine."""

    engine: duckdb.DuckDBPyConnection
    """The DuckDB that parses files; on DuckDB it is the warehouse itself."""

    identity: tuple[str, ...]
    """System columns that identify a row within one transaction."""

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query that the warehouse's own engine runs."""

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement and return the number of rows it changed."""

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: all of it or nothing, including the rows of `take_in`."""

    def create(
        self, statements: Sequence[str], parsing: Sequence[str], indexes: Sequence[str]
    ) -> None:
        """Create tables.

        Args:
            statements: SQL for the warehouse.
            parsing: SQL for the parsing engine, if that is not the warehouse.
            indexes: SQL for an engine that needs indexes.
        """

    def take_in(self, table: str) -> None:
        """Move the rows parsed into a table to the warehouse, within the transaction."""

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Append a few rows to a table."""

    def attach(self) -> str:
        """Attach the warehouse to the parsing engine; return the prefix of its schemas there."""

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:
        """Return SQL with which the parsing engine reads the result of a query.

        Args:
            sql: query that the warehouse's own engine runs.
            relation: the result begins with this relation's columns, in order.
            more: names of the columns that follow.

        Raises:
            NoForm: the relation holds numbers that DuckDB cannot represent.
        """

    def remove(self, relation: str, query: str) -> int:
        """Delete the rows that a query identifies; a partition of which none remains is dropped.

        Args:
            query: returns the `identity` columns of the rows to delete.

        Returns:
            Number of rows deleted.
        """

    def refresh_statistics(self, relation: str) -> None:
        """Update the planner's statistics after a load."""

    def forget_values(self, relation: str) -> None:
        """Rebuild statistics: they may quote values of deleted rows."""

    def bytes_of(self, relation: str) -> int | None:
        """Return the bytes that a relation's rows take on disk; None if it has no rows."""

    def drop(self, kind: str, relation: Relation) -> None:
        """Drop a relation of a kind, such as table or view.

        Raises:
            InUse: other relations depend on it; the message names them.
        """


class Warehouse(Protocol):
    """A warehouse, on whichever engine. Nothing is open between calls."""

    name: ClassVar[str]
    """Name of the engine, a value of GRANARY_TARGET."""

    def __init__(self, settings: Settings) -> None: ...

    def exists(self) -> bool:
        """Whether the warehouse exists; a server always does, a file may not yet."""

    def check_reachable(self) -> None:
        """Make sure that a server answers; a file needs no check.

        Raises:
            WarehouseError: the server does not answer.
        """

    def writer(self) -> str | None:
        """Describe the process that is writing to the warehouse; None if there is none.

        A writer that finishes within `AT_WORK_SECONDS` does not count.

        Raises:
            WarehouseError: the warehouse cannot be reached.
        """

    def is_closed_while_written(self) -> bool:
        """Whether a writer keeps readers out."""

    def reading(self, wait_seconds: float = -1) -> AbstractContextManager[Query]:
        """Open it for reading. A warehouse that does not exist yet answers with no rows.

        On DuckDB this waits for a writer, and keeps writers out until it ends.

        Args:
            wait_seconds: how long to wait for a writer; negative waits forever.

        Raises:
            WarehouseError: it cannot be reached.
            WarehouseBusy: it is still being written to, or in use by a program without the lock.
        """

    def writing(self) -> AbstractContextManager[Writing]:
        """Open it for writing, creating it if need be; wait while another process writes.

        Raises:
            WarehouseError: it cannot be opened.
        """

    def keeping_books(self) -> AbstractContextManager[Run | None]:
        """Open it for the books of operations: one process at a time, each statement commits.

        Yields None if the warehouse is busy or does not exist.
        """

    def alone(self, lock: int, wait_seconds: float) -> AbstractContextManager[bool]:
        """Try to hold a lock that all homes of a server share; yield whether it was acquired.

        Args:
            lock: key of the server's advisory lock.
            wait_seconds: how long to wait for it.
        """

    def attach_to_read(self, engine: duckdb.DuckDBPyConnection) -> AbstractContextManager[None]:
        """Attach it read-only to a DuckDB engine as `warehouse`.

        A DuckDB file is kept from writers meanwhile. For a server, `warehouse` holds views of the
        same names that read numerics exactly, with the rights of a reader.
        """

    def leaves_bytes(self) -> bool:
        """Whether the bytes of deleted rows stay on disk until `compact`."""

    def check_compactable(self) -> None:
        """Make sure that the disk has room for `compact`.

        Raises:
            NoRoom: the disk has no room for a second file.
        """

    def compact(self, done: str) -> tuple[int, int]:
        """Copy everything into a new file, so that no byte of deleted rows remains.

        After a kill at any point the name belongs to either the old file or the new one.

        Args:
            done: statement that records the compaction, with the time as its only parameter.

        Returns:
            Size of the file in bytes, before and after.

        Raises:
            NoRoom: the disk has no room for a second file.
            NotTheSame: a table differs in the new file; the old one stays.
        """

    def publish(
        self, relations: Mapping[Relation, str | None], check: Callable[[Query], None]
    ) -> Publication:
        """Publish the relations atomically: readers see the old version or the new, never a mix.

        Args:
            relations: what to publish, each with the column whose day says where it changes, if
                there is one. Rows of days that are already published are not written again.
            check: quality gate; runs on the same snapshot and raises to refuse it.
        """

    def published(self) -> AbstractContextManager[Published]:
        """Open the published version, with the rights of the readers' role if there is one.

        Raises:
            NothingPublished: there is no published version.
            WarehouseError: it cannot be opened.
        """

    def attach_published(self, engine: duckdb.DuckDBPyConnection) -> Attached:
        """Attach the published version to a DuckDB engine as `serving`.

        On a server, each transaction of the engine sees the version current at its beginning.

        Raises:
            NothingPublished: there is no published version.
            WarehouseError: it cannot be opened.
        """

    def relations(self, query: Query, schemas: Collection[str]) -> dict[str, str]:
        """Return the kind (table, view, ...) of each relation in some schemas, as `schema.name`.

        Temporary relations of a running dbt are left out.
        """
