"""What Granary does with a warehouse, whichever engine holds it.

`configured.warehouse_of` gives the one that the settings name; `on_duckdb` and `on_postgres` are
the two there are. Nobody else asks which engine runs. SQL that both read marks values `$1`, `$2`.
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

# How long a writer has to be at it before others do without the warehouse.
AT_WORK_SECONDS = 0.3
UNPUBLISHED = "nothing is published yet: run `granary build` and `granary publish` first"

Row = tuple[Any, ...]
Query = Callable[[str], list[Row]]
Run = Callable[[str, Sequence[Any]], list[Row]]


class InUse(GranaryError):
    """Something else is built on what is to go."""


class NoForm(GranaryError):
    """A relation holds a number that DuckDB, and so no file of a tier, can hold."""


@dataclass(frozen=True, order=True)
class Relation:
    """A table or view."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Publication:
    """One published version.

    `held_back` says what to do about each serving table that could not be changed, because readers
    have built on it: they see it as it was, or empty where its mart is withdrawn.
    """

    location: str
    published_at: datetime
    relations: int
    rows: int
    size_bytes: int | None = None
    held_back: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """Rows, and the names of their columns."""

    columns: list[str]
    rows: list[Row]


class Published(Protocol):
    """One published version, for as long as it is held open; it is only read."""

    schema_prefix: str
    """Stands before the name of every mart's schema."""

    def ask(self, sql: str, values: Mapping[str, object] | None = None) -> Answer:
        """Rows of a query; `$name` marks a value."""


class Attached(Protocol):
    """A published version that an engine of DuckDB has attached as `serving`."""

    schema_prefix: str

    forms: Mapping[str, Mapping[str, str]]
    """Columns by relation, with the type of each numeric that DuckDB would not read as it is."""

    def ask(self, select: str, table: str) -> list[Row]:
        """Have whoever holds a table answer a query of it: no rows travel that need not.

        Args:
            select: a query, up to the table's name.
        """


class Writing(Protocol):
    """An open warehouse, under the writer lock. DuckDB parses and reads files for both engines."""

    name: str
    """Of the engine."""

    engine: duckdb.DuckDBPyConnection
    """The DuckDB that parses."""

    identity: tuple[str, ...]
    """Columns that identify a row within one transaction."""

    def query(self, sql: str) -> list[Row]:
        """Rows of a query that the warehouse's own engine runs."""

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change the warehouse; return how many rows were changed."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, also of what was taken in."""

    def create(
        self, statements: Sequence[str], parsing: Sequence[str], indexes: Sequence[str]
    ) -> None:
        """Create tables.

        Args:
            statements: for the warehouse.
            parsing: for the engine that parses, where that is another one.
            indexes: for an engine that needs them.
        """

    def take_in(self, table: str) -> None:
        """Move what was parsed into a table to the warehouse, inside the transaction."""

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Append a few rows to a table."""

    def attach(self) -> str:
        """Let the engine that parses read the warehouse; what stands before its schemas there."""

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:
        """SQL for the engine that parses, which reads what the warehouse's own engine answers.

        Args:
            relation: whose columns the answer has, in order.
            more: columns it has beyond those.

        Raises:
            NoForm: the relation holds numbers that DuckDB has no form for.
        """

    def remove(self, relation: str, query: str) -> int:
        """Remove the rows that a query identifies; partitions that go whole are dropped at once.

        Returns:
            How many rows there were.
        """

    def refresh_statistics(self, relation: str) -> None:
        """Let the planner know the rows that a table has now."""

    def forget_values(self, relation: str) -> None:
        """Make statistics anew that quote values, also of rows that have gone."""

    def bytes_of(self, relation: str) -> int | None:
        """Bytes that a relation's rows take; None where it has none."""

    def drop(self, kind: str, relation: Relation) -> None:
        """Drop a relation of a kind, such as table or view.

        Raises:
            InUse: something else is built on it; the message names that.
        """


class Warehouse(Protocol):
    """A warehouse of one engine."""

    name: ClassVar[str]
    """Of the engine, as GRANARY_TARGET has it."""

    def __init__(self, settings: Settings) -> None: ...

    def exists(self) -> bool:
        """Whether it can be opened: a file may not be there yet, a server is."""

    def check_reachable(self) -> None:
        """Make sure that a server answers.

        Raises:
            WarehouseError: it does not.
        """

    def writer(self) -> str | None:
        """In words, which process writes to it; None where none has for a moment.

        Raises:
            WarehouseError: the warehouse cannot be reached.
        """

    def is_closed_while_written(self) -> bool:
        """Whether nobody can read it while somebody writes."""

    def reading(self, wait_seconds: float = -1) -> AbstractContextManager[Query]:
        """A way to ask it; one that does not exist yet answers with no rows.

        A DuckDB file stays closed to writers meanwhile, and this waits while one writes.

        Args:
            wait_seconds: how long to wait; less than 0 for however long.

        Raises:
            WarehouseError: it cannot be reached.
            WarehouseBusy: it is still written to, or in use by a process that knows no lock.
        """

    def writing(self) -> AbstractContextManager[Writing]:
        """Open it for writing; waits while another process writes.

        Raises:
            WarehouseError: it cannot be opened.
        """

    def keeping_books(self) -> AbstractContextManager[Run | None]:
        """A way to run statements that commit one by one, for one process at a time.

        None where the warehouse is busy or not there.
        """

    def alone(self, lock: int, wait_seconds: float) -> AbstractContextManager[bool]:
        """Hold a lock that all homes of a server share; False where another has it.

        Args:
            lock: a number among those of a server.
        """

    def attach_to_read(self, engine: duckdb.DuckDBPyConnection) -> AbstractContextManager[None]:
        """Let a DuckDB read it as `warehouse`, with a reader's rights; no writer comes meanwhile.

        Of a server these are views of the same names, through which every number is as it is.
        """

    def leaves_bytes(self) -> bool:
        """Whether rows that are deleted leave bytes behind until `compact`."""

    def check_compactable(self) -> None:
        """Make sure that `compact` has the room it takes.

        Raises:
            NoRoom: the disk has no room for a second file.
        """

    def compact(self, done: str) -> tuple[int, int]:
        """Write the file anew, so that no byte of what was deleted is left in it.

        Killed anywhere, the old file or the new one carries the name.

        Args:
            done: a statement that puts it on record, with the time as its value.

        Returns:
            Bytes before and after.

        Raises:
            NoRoom: the disk has no room for a second file.
            NotTheSame: a table is not the same in the new file.
        """

    def publish(self, relations: Sequence[Relation], check: Callable[[Query], None]) -> Publication:
        """Give readers the relations as they are: the whole new version, or the whole old one.

        Args:
            check: refuses what is not fit to publish, in the same snapshot.
        """

    def published(self) -> AbstractContextManager[Published]:
        """Open what is published, under the role of readers where there is one.

        Raises:
            NothingPublished: nothing is.
            WarehouseError: it cannot be opened.
        """

    def attach_published(self, engine: duckdb.DuckDBPyConnection) -> Attached:
        """Let a DuckDB read what is published as `serving`; a version begins with its transaction.

        Raises:
            NothingPublished: nothing is.
            WarehouseError: it cannot be opened.
        """

    def relations(self, query: Query, schemas: Collection[str]) -> dict[str, str]:
        """Relations of some schemas, and their kinds; not what dbt has under its hands."""
