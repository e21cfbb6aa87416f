"""Extract an application's database into the landing zone, losing no row and landing none twice.

No row is lost. A row's cursor (updated_at, else created_at) is usually the start time of the
transaction that wrote it. So a long transaction commits rows with older times than rows that were
already read. Two margins cover that:

- A run leaves as its watermark the greatest time it saw, but no later than the start of the oldest
  transaction still running when the snapshot was taken (pg_stat_activity). Whatever commits later
  has a time at or after the watermark.
- The next run reads from the watermark minus an overlap (15 minutes by default). The overlap covers
  sessions that the login cannot see and, if the application sets the times, clocks that differ.

A read replica does not see the running transactions of its primary. It is refused, unless a setting
states how long those last at most. In views, foreign tables and tables filled by a subscription a
row's time does not tell when it appeared: they are read whole each time, and compared.

No row is landed twice. Rows that are read again are compared with the landing zone and left out if
their last delivery equals them in every column. So neither equal times nor a kill between two steps
duplicates a row. The watermark only saves work: without it everything is read and compared.

For tables that the contract calls keyed, keys are compared, too. Keys that are gone become
tombstones. Rows of keys that were never landed are read whatever their time, so that restored and
backdated rows arrive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from filelock import FileLock, Timeout
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from orchestration.core.errors import ConfigurationError, GranaryError, SourceError
from orchestration.core.fault_points import reached
from orchestration.core.settings import Settings
from orchestration.extract.columns import (
    INSTANT,
    Landing,
    SourceColumn,
    grows,
    landing_of,
    read_columns,
)
from orchestration.extract.copying import expected_rows, query_of, read
from orchestration.extract.database import connect, read_failure, safe_up_to, snapshot
from orchestration.extract.drift import Shapes, land_changes
from orchestration.extract.keys import KeyComparison, compare_keys, land_tombstones
from orchestration.extract.landed import Difference, LandedRows, files_of, last_differences
from orchestration.extract.pipeline import Delivery, State, TablePipeline, dlt_in
from orchestration.extract.sources import Table, source_named, tables_of
from orchestration.extract.writing import remove_unfinished
from orchestration.sources.declaring import Source
from orchestration.warehouse.stages import stage

LOCK_WAIT_SECONDS = 30
# With more unknown keys than this, read the whole table instead of sending the keys.
MOST_KEYS_SENT = 20_000
# Key of the watermark in a table's state, ISO 8601.
WATERMARK = "watermark"

Progress = Callable[[int, int], None]


@dataclass
class TableReport:
    """What one run did with one table; `size_bytes` is the size of its landed files on disk."""

    table: str
    rows: int = 0
    files: int = 0
    size_bytes: int = 0
    tombstones: int = 0
    seconds: float = 0.0
    missing: bool = False
    """The source has no such table."""
    failure: str | None = None

    @property
    def summary(self) -> str:
        """One line for a person."""
        if self.missing:
            return f"{self.table}: not at the source, left out"
        deleted = f", {self.tombstones:,} deleted" if self.tombstones else ""
        return (
            f"{self.table}: {self.rows:,} rows, {self.files} files, {self.size_bytes:,} bytes, "
            f"{self.seconds:.1f} s{deleted}"
        )


@dataclass
class ExtractReport:
    """What one run did."""

    source: str
    tables: list[TableReport] = field(default_factory=list)
    drift: list[Difference] = field(default_factory=list)
    """Differences from the contracts that are new, changed or resolved since the last run."""
    broken: list[Difference] = field(default_factory=list)
    """All unresolved differences that break a contract, new or old."""

    @property
    def failures(self) -> list[TableReport]:
        """Tables whose extraction failed."""
        return [table for table in self.tables if table.failure is not None]


def extract(
    settings: Settings,
    source: str,
    *,
    full: bool = False,
    overlap: timedelta | None = None,
    allow_mass_deletion: bool = False,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> ExtractReport:
    """Land what is new at a source since the last run.

    Args:
        source: name of the source.
        full: read and land everything again.
        overlap: how far before the last watermark to start; by default as the settings say.
        allow_mass_deletion: write tombstones even if most of a table's keys are gone.
        only: extract these tables; all by default.
        progress: called with (rows read, rows expected).

    Raises:
        ConfigurationError: the source is unknown, has no URL, or seems to be the wrong database.
        SourceError: the database cannot be reached, or another extraction is running.
    """
    described = source_named(source)
    if overlap is None:
        overlap = timedelta(minutes=settings.extract_overlap_minutes)
    tables = [t for t in tables_of(described) if only is None or t.name in only]
    folder = settings.extraction
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f"{source}.lock", LOCK_WAIT_SECONDS, 0o600), dlt_in(folder):
            run = _Run(settings, described, full, overlap, allow_mass_deletion, progress)
            with stage(settings, "extract") as noted:
                report = run.extract(tables)
                noted.records_in = noted.records_out = sum(t.rows for t in report.tables)
                noted.size_bytes = sum(t.size_bytes for t in report.tables)
            return report
    except Timeout:
        pass
    raise SourceError(f"another extraction of {source} is running: wait until it has ended")


class _Run:
    """One run of an extraction, under its lock."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        full: bool,
        overlap: timedelta,
        allow_mass_deletion: bool,
        progress: Progress | None,
    ) -> None:
        self.settings = settings
        self.source = source
        self.full = full
        self.overlap = overlap
        self.allow_mass_deletion = allow_mass_deletion
        self.progress = progress
        self.rows_read = 0
        self.rows_expected = 0

    def extract(self, tables: list[Table]) -> ExtractReport:
        report = ExtractReport(self.source.name)
        shapes = self._look(tables)
        remove_unfinished(self.settings.landing, self.source.name)
        names = {table.name for table in tables}
        report.drift = land_changes(
            self.settings.landing, self.source, tables, shapes, datetime.now(UTC)
        )
        report.broken = [
            difference
            for difference in last_differences(self.settings.landing, self.source.name).values()
            if difference.breaks_contract and difference.table_name in names
        ]
        for table in tables:
            report.tables.append(self._extract_table(table, shapes[table.name] is None))
        return report

    def _look(self, tables: list[Table]) -> Shapes:
        """Read the columns of all tables before landing anything; refuse a wrong database."""
        failure = ""
        try:
            with connect(self.settings, self.source) as connection, snapshot(connection):
                self._safe_up_to(connection)
                shapes = {table.name: read_columns(connection, table.name) for table in tables}
                if tables and all(shape is None for shape in shapes.values()):
                    raise ConfigurationError(
                        f"the database in {self.source.variable} has none of the tables "
                        f"{', '.join(shapes)}: is it the right one?"
                    )
                for table in tables:
                    if self._has_key(table, shapes[table.name]) and not self.allow_mass_deletion:
                        # A table that may not be read fails by itself later, without the others.
                        with suppress(InsufficientPrivilege), connection.transaction():
                            self._compare(connection, table).refuse_mass_deletion()
                return shapes
        except psycopg.Error as error:
            failure = read_failure(error)
        # Raised outside the handler: a chained error would name host and user.
        raise SourceError(f"the database in {self.source.variable} {failure}")

    def _safe_up_to(self, connection: psycopg.Connection) -> datetime:
        minutes = self.settings.extract_replica_minutes
        longest = None if minutes is None else timedelta(minutes=minutes)
        return safe_up_to(connection, self.source, longest)

    def _has_key(self, table: Table, shape: object) -> bool:
        return table.keyed and isinstance(shape, dict) and "id" in shape

    def _compare(self, connection: psycopg.Connection, table: Table) -> KeyComparison:
        return compare_keys(connection, self.settings.landing, self.source, table.name)

    def _extract_table(self, table: Table, missing: bool) -> TableReport:
        started = time.monotonic()
        report = TableReport(table.name, missing=missing)
        delivery = Delivery()
        try:
            folder, landing = self.settings.extraction, self.settings.landing
            pipeline = TablePipeline(folder, landing, self.source.name, table.name, delivery)
            if not missing:
                gone = self._package(table, pipeline)
                pipeline.hand_on()
                if gone:
                    now = datetime.now(UTC)
                    land_tombstones(landing, self.source, table, gone, now)
                    reached("tombstones landed")
                    report.tombstones = len(gone)
        except Exception as error:
            report.failure = _failure(error)
        report.rows = delivery.rows
        report.files = len(delivery.files)
        report.size_bytes = delivery.size_bytes
        report.seconds = round(time.monotonic() - started, 3)
        return report

    def _package(self, table: Table, pipeline: TablePipeline) -> list[str]:
        """Read a table's new rows into a package; return the keys that were deleted."""
        with connect(self.settings, self.source) as connection:
            bound = self._safe_up_to(connection)
            with snapshot(connection, table.name):
                shape = read_columns(connection, table.name)
                if not shape:
                    raise SourceError("may not be read: grant select on it")
                columns = _columns(table, shape)
                keys = None
                if self._has_key(table, shape):
                    keys = self._compare(connection, table)
                    if not self.allow_mass_deletion:
                        keys.refuse_mass_deletion()
                reading = _Reading(self, connection, table, shape, columns, keys, bound)
                pipeline.extract(reading.schema, reading.rows)
        return list(keys.gone) if keys else []

    def count(self, rows: int) -> None:
        """Report progress."""
        self.rows_read += rows
        self.rows_expected = max(self.rows_expected, self.rows_read)
        if self.progress:
            self.progress(self.rows_read, self.rows_expected)


class _Reading:
    """Reads the new rows of one table within one snapshot."""

    def __init__(
        self,
        run: _Run,
        connection: psycopg.Connection,
        table: Table,
        shape: dict[str, SourceColumn],
        columns: list[Landing],
        keys: KeyComparison | None,
        bound: datetime,
    ) -> None:
        self.run = run
        self.connection = connection
        self.table = table
        self.columns = columns
        self.unknown = keys.unknown if keys else None
        self.bound = bound
        self.schema = pa.schema([(column.name, column.arrow_type) for column in columns])
        cursor = shape.get(table.cursor)
        by_name = {column.name: column for column in columns}
        # If the cursor column is gone or is no longer a time, read the whole table.
        self.cursor = by_name[table.cursor] if cursor is not None else None
        if self.cursor is not None and self.cursor.arrow_type != INSTANT:
            self.cursor = None
        self.is_whole = self.cursor is None or not grows(connection, table.name)
        self.may_lack_time = cursor is not None and not cursor.required

    def rows(self, state: State) -> Iterator[pa.Table]:
        """Yield the new rows, then store the watermark for the next run in `state`."""
        watermark = datetime.fromisoformat(state[WATERMARK]) if WATERMARK in state else None
        start = None if watermark is None or self._everything() else watermark - self.run.overlap
        query = query_of(self.table.name, self.columns, self._condition(start))
        self.run.rows_expected += expected_rows(self.connection, query)
        landed = self._landed(start)
        for batch in read(self.connection, query, self.columns):
            self.run.count(len(batch))
            if self.cursor is not None:
                seen = pc.max(batch[self.cursor.name]).as_py()
                watermark = max((t for t in (watermark, seen) if t is not None), default=None)
            new = batch if landed is None else landed.without(batch, self.unknown)
            if len(new):
                yield new
        if watermark is not None:
            state[WATERMARK] = min(watermark, self.bound).isoformat()

    def _everything(self) -> bool:
        many = self.unknown is not None and len(self.unknown) > MOST_KEYS_SENT
        return self.run.full or self.is_whole or many

    def _condition(self, start: datetime | None) -> sql.Composable | None:
        if start is None or self.cursor is None:
            return None
        cursor = self.cursor.expression
        condition = sql.SQL("{} >= {}").format(sql.Identifier(self.cursor.name), sql.Literal(start))
        if self.may_lack_time:
            # The landed form counts: it is null for an infinite time, too.
            condition += sql.SQL(" or {} is null").format(cursor)
        if self.unknown is not None and len(self.unknown):
            listed = sql.Literal(self.unknown.to_pylist())
            condition += sql.SQL(" or id::text = any({})").format(listed)
        return condition

    def _landed(self, start: datetime | None) -> LandedRows | None:
        if self.run.full:
            return None
        files = files_of(self.run.settings.landing, self.run.source.name, self.table.name)
        return LandedRows.since(files, self.table.cursor, start)


def _columns(table: Table, shape: dict[str, SourceColumn]) -> list[Landing]:
    """Return the contract's columns in its order, then unknown ones sorted by name."""
    contract = {column.name: column.kind for column in table.stream.columns}
    names = [*contract, *sorted(name for name in shape if name not in contract)]
    endless = {column.name for column in table.stream.columns if column.endless}
    return [
        landing_of(contract.get(name), shape.get(name), name, endless=name in endless)
        for name in names
    ]


def _failure(error: BaseException) -> str:
    """Find the cause inside dlt's chain of errors; return a message without values or names."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error):
            return read_failure(cause)
        if isinstance(cause, GranaryError):
            return str(cause)
        if isinstance(cause, OSError):
            return f"could not be written: {cause.strerror or type(cause).__name__}"
        error, cause = cause, cause.__cause__ or cause.__context__
    return f"could not be extracted ({type(error).__name__})"
