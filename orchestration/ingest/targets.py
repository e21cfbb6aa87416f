"""The two engines rows are loaded into. Both parse with DuckDB; they differ in where rows end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from orchestration.core.contracts import Stream
from orchestration.core.files import working_folder
from orchestration.core.settings import Settings
from orchestration.core.sql import identifier
from orchestration.ingest.raw_schema import BOOKS, COLUMNS, create_statements
from orchestration.landing.zone import LandedFile
from orchestration.secrecy.postgres_keys import install_key
from orchestration.warehouse import postgres
from orchestration.warehouse.duckdb import configure, when_free
from orchestration.warehouse.duckdb_files import remove_spilled
from orchestration.warehouse.lock import exclusive, hold_server

COPY_BLOCK_BYTES = 1 << 20

Row = tuple[Any, ...]


class Target(Protocol):
    """A warehouse the loader writes to; every method runs under the writer lock."""

    engine: duckdb.DuckDBPyConnection
    """The DuckDB connection that parses."""

    def prepare(self, streams: list[Stream]) -> None:
        """Create what is missing in schema raw."""

    def query(self, sql: str) -> list[Row]:
        """Read from the warehouse."""

    def tables(self, stream: Stream) -> tuple[str, str]:
        """Relations of the engine that take a batch's rows and rejects."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; with `publish`, the batch becomes part of the warehouse."""

    def publish(self, stream: Stream) -> None:
        """Move a parsed batch from the engine into the warehouse, inside the transaction."""

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Append to one of the loader's books."""

    def note_times(self, files: Sequence[LandedFile]) -> None:
        """Keep the new modification times of loaded files whose content is the same."""

    def delete_all(self, table: str) -> None:
        """Empty one of the loader's books."""

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change the warehouse; `$` marks a value. Returns how many rows were."""


@contextlib.contextmanager
def open_target(settings: Settings) -> Iterator[Target]:
    """Open the configured warehouse for writing; waits while another process writes.

    Raises:
        WarehouseError: the warehouse cannot be opened.
    """
    settings.root.mkdir(parents=True, exist_ok=True)
    settings.scratch.mkdir(exist_ok=True, mode=0o700)
    if settings.target == "duckdb":
        with exclusive(settings), DuckDBTarget(settings.warehouse) as target:
            yield target
    else:
        with PostgresTarget(settings) as target:
            yield target


class DuckDBTarget:
    """The warehouse file is the engine: rows are inserted where they are parsed."""

    def __init__(self, path: Path) -> None:
        self.engine = when_free(path, lambda: duckdb.connect(str(path)))
        remove_spilled(path)
        configure(self.engine)

    def __enter__(self) -> DuckDBTarget:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def prepare(self, streams: list[Stream]) -> None:
        with self.transaction():
            for statement in create_statements(streams, set(self.query(COLUMNS))):
                self.engine.execute(statement)

    def query(self, sql: str) -> list[Row]:
        rows: list[Row] = self.engine.execute(sql).fetchall()
        return rows

    def tables(self, stream: Stream) -> tuple[str, str]:
        return stream.relation, "raw.rejects"

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.engine.execute("begin")
        try:
            yield
            self.engine.execute("commit")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self.engine.execute("rollback")
            raise

    def publish(self, stream: Stream) -> None:  # noqa: ARG002 (rows are there already)
        return

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            # Bound one by one, each value would look for modules that are not installed.
            columns = dict(zip(BOOKS[table], zip(*rows, strict=True), strict=True))
            self.engine.register("entries", pa.table(columns))
            self.engine.execute(f"insert into raw.{table} select * from entries")
            self.engine.unregister("entries")

    def note_times(self, files: Sequence[LandedFile]) -> None:
        for file in files:
            self.engine.execute(
                "update raw.load_ledger set modified_ns = ? where path = ?",
                [file.modified_ns, file.path],
            )

    def delete_all(self, table: str) -> None:
        self.change(f"delete from raw.{table}")

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        rows = self.engine.execute(sql.replace("$", "?"), list(values)).fetchall()
        return int(rows[0][0]) if rows else 0


class PostgresTarget:
    """DuckDB parses into tables of its own; COPY takes them to the server."""

    def __init__(self, settings: Settings) -> None:
        self._scratch = settings.scratch
        self._key = settings.read_key()
        self._server = postgres.connect()
        hold_server(self.query)
        self.engine = duckdb.connect()
        configure(self.engine)
        self.engine.execute(f"set temp_directory = '{self._scratch}'")

    def __enter__(self) -> PostgresTarget:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()
        self._server.close()

    def prepare(self, streams: list[Stream]) -> None:
        there = set(self.query(COLUMNS))
        known = {table for table, _ in there}
        with self._server.transaction():
            for statement in create_statements(streams, there):
                self._server.execute(statement)
            for stream in streams:
                if f"raw.{stream.table}" not in known:
                    index = identifier(f"{stream.table}_event_date")
                    self._server.execute(
                        f"create index if not exists {index} on {stream.relation} (_event_date)"
                    )
            self._server.execute(
                "create unique index if not exists load_ledger_path on raw.load_ledger (path)"
            )
        install_key(self._server, self._key)
        for statement in create_statements(streams):
            self.engine.execute(statement)

    def query(self, sql: str) -> list[Row]:
        return self._server.execute(sql).fetchall()

    def tables(self, stream: Stream) -> tuple[str, str]:
        return stream.relation, "raw.rejects"

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.engine.execute("begin")
        try:
            with self._server.transaction():
                yield
        finally:
            # What was parsed has been copied, or is not wanted any more.
            self.engine.execute("rollback")

    def publish(self, stream: Stream) -> None:
        for table in self.tables(stream):
            self._copy(table)

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        with self._server.cursor() as cursor:
            marks = ", ".join(["%s"] * len(BOOKS[table]))
            cursor.executemany(f"insert into raw.{table} values ({marks})", rows)

    def note_times(self, files: Sequence[LandedFile]) -> None:
        for file in files:
            self._server.execute(
                "update raw.load_ledger set modified_ns = %s where path = %s",
                [file.modified_ns, file.path],
            )

    def delete_all(self, table: str) -> None:
        self.change(f"delete from raw.{table}")

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        return self._server.execute(sql.replace("$", "%s").encode(), values or None).rowcount

    def _copy(self, table: str) -> None:
        columns = [row[0] for row in self.engine.execute(f"describe {table}").fetchall()]
        listed = ", ".join(map(identifier, columns))
        with working_folder(self._scratch, "load") as folder:
            path = os.path.join(folder, "rows.csv")
            self.engine.execute(
                f"copy (select {listed} from {table}) to '{path}' "
                f"(format csv, header false, nullstr '', quote '\"', escape '\"')"
            )
            with (
                open(path, "rb") as file,
                self._server.cursor() as cursor,
                cursor.copy(f"copy {table} ({listed}) from stdin (format csv)") as copy,
            ):
                for block in iter(lambda: file.read(COPY_BLOCK_BYTES), b""):
                    copy.write(block)
