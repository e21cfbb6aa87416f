"""The warehouse in a DuckDB file. DuckDB is also the engine that parses."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import duckdb
from filelock import Timeout

from orchestration.core.clock import utc_now
from orchestration.core.errors import NothingPublished, WarehouseError
from orchestration.core.fault_points import reached
from orchestration.core.lock_holder import holder_of
from orchestration.core.settings import Settings
from orchestration.core.sql import identifier, literal
from orchestration.warehouse import duckdb_publishing
from orchestration.warehouse.duckdb import (
    configure,
    limit_memory,
    not_opened,
    shut_in,
    when_free,
)
from orchestration.warehouse.duckdb_files import (
    check_room,
    create_file,
    engine_in,
    remove_spilled,
    size_of,
    written_anew,
)
from orchestration.warehouse.duckdb_hashing import differing
from orchestration.warehouse.lock import exclusive, writer_lock
from orchestration.warehouse.protocol import (
    AT_WORK_SECONDS,
    UNPUBLISHED,
    Answer,
    Publication,
    Query,
    Relation,
    Row,
    Run,
)

# How long books of operations wait for a busy warehouse before their entries stay in the queue.
BUSY_SECONDS = 2.0
RELATIONS = (
    "select schema_name, table_name, 'table' from duckdb_tables() where not internal "
    "and database_name = current_database() union all "
    "select schema_name, view_name, 'view' from duckdb_views() where not internal "
    "and database_name = current_database()"
)


class DuckDBWarehouse:
    """A DuckDB file. A writer keeps readers out of it, so readers use the serving file."""

    name: ClassVar[str] = "duckdb"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.warehouse

    def exists(self) -> bool:
        return self._path.exists()

    def check_reachable(self) -> None:
        return

    def writer(self) -> str | None:
        if not self._settings.root.is_dir():
            return None
        lock = writer_lock(self._settings)
        try:
            with lock.acquire(timeout=AT_WORK_SECONDS):
                # A program that does not take the lock may have the file open.
                return holder_of(self._path)
        except Timeout:
            return holder_of(Path(lock.lock_file)) or "another process"

    def is_closed_while_written(self) -> bool:
        return True

    @contextlib.contextmanager
    def reading(self, wait_seconds: float = -1) -> Iterator[Query]:
        if not self._path.exists():
            yield lambda _: []
            return
        with exclusive(self._settings, wait_seconds):
            try:
                engine = duckdb.connect(str(self._path), read_only=True)
            except duckdb.Error as error:
                raise not_opened(self._path, error) from None
            with engine:
                yield lambda query: engine.execute(query).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[DuckDBWriting]:
        self._settings.root.mkdir(parents=True, exist_ok=True)
        self._settings.scratch.mkdir(exist_ok=True, mode=0o700)
        with exclusive(self._settings):
            if not self._path.exists():
                create_file(self._path)
            engine = when_free(self._path, lambda: duckdb.connect(str(self._path)))
            with engine:
                remove_spilled(self._path)
                configure(engine)
                limit_memory(engine, self._settings.build_memory)
                yield DuckDBWriting(engine)

    @contextlib.contextmanager
    def keeping_books(self) -> Iterator[Run | None]:
        with contextlib.ExitStack() as stack:
            engine = None
            if self._path.exists():
                with contextlib.suppress(Timeout, duckdb.IOException):
                    stack.enter_context(writer_lock(self._settings).acquire(timeout=BUSY_SECONDS))
                    engine = stack.enter_context(duckdb.connect(str(self._path)))
            yield engine and (lambda sql, values: engine.execute(sql, values).fetchall())

    @contextlib.contextmanager
    def alone(self, lock: int, wait_seconds: float) -> Iterator[bool]:  # noqa: ARG002
        # No other home shares the file.
        yield True

    @contextlib.contextmanager
    def attach_to_read(self, engine: duckdb.DuckDBPyConnection) -> Iterator[None]:
        with exclusive(self._settings):
            try:
                engine.execute(f"attach {literal(self._path)} as warehouse (read_only)")
            except duckdb.Error as error:
                raise not_opened(self._path, error) from None
            yield

    def leaves_bytes(self) -> bool:
        return True

    def check_compactable(self) -> None:
        root = self._settings.root
        check_room(root, size_of(self._path), "writing the warehouse's file anew")

    def compact(self, done: str) -> tuple[int, int]:
        path = self._path
        with writer_lock(self._settings):
            before = path.stat().st_size
            self.check_compactable()
            with engine_in(self._settings) as engine:
                # Attached until the rename, so that nobody can write to the old file in between.
                when_free(path, lambda: engine.execute(f"attach {literal(path)} as old"))
                # Commits that are only in the write-ahead log must be copied, too.
                engine.execute("checkpoint old")
                with written_anew(engine, path, lambda new: differing(engine, "old", new)) as new:
                    engine.execute(f"copy from database old to {new}")
            reached("file compacted")
            with duckdb.connect(str(path)) as engine:
                engine.execute(done, [utc_now()])
            return before, path.stat().st_size

    def publish(
        self, relations: Mapping[Relation, str | None], check: Callable[[Query], None]
    ) -> Publication:
        with exclusive(self._settings):
            return duckdb_publishing.publish(self._settings, relations, check)

    @contextlib.contextmanager
    def published(self) -> Iterator[DuckDBPublished]:
        # SQL in dbt's manifest names the build file's database, so attach it under that name.
        name = identifier(self._path.stem)
        with duckdb.connect() as engine:
            configure(engine)
            self._attach_serving(engine, name)
            engine.execute(f"use {name}")
            shut_in(engine)
            yield DuckDBPublished(engine)

    def attach_published(self, engine: duckdb.DuckDBPyConnection) -> AttachedFile:
        self._attach_serving(engine, "serving")
        return AttachedFile(engine)

    def _attach_serving(self, engine: duckdb.DuckDBPyConnection, name: str) -> None:
        path = self._settings.serving
        if not path.exists():
            raise NothingPublished(UNPUBLISHED)
        try:
            engine.execute(f"attach {literal(path)} as {name} (read_only)")
        except duckdb.Error:
            raise WarehouseError(
                f"{path} cannot be read: is another process writing it? "
                "`granary publish` makes it anew"
            ) from None

    def relations(self, query: Query, schemas: Collection[str]) -> dict[str, str]:
        return {
            f"{schema}.{name}": str(kind)
            for schema, name, kind in query(RELATIONS)
            if schema in schemas and "__dbt_" not in name
        }


class DuckDBWriting:
    """Writes to a DuckDB file: rows are parsed directly into the warehouse."""

    name = "duckdb"
    identity: tuple[str, ...] = ("rowid",)

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self.engine = engine

    def query(self, sql: str) -> list[Row]:
        rows: list[Row] = self.engine.execute(sql).fetchall()
        return rows

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        reached("change begun")
        rows = self.engine.execute(sql, list(values)).fetchall()
        return int(rows[0][0]) if rows else 0

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

    def create(
        self,
        statements: Sequence[str],
        parsing: Sequence[str],  # noqa: ARG002 (the warehouse parses)
        indexes: Sequence[str],  # noqa: ARG002 (zone maps suffice)
    ) -> None:
        with self.transaction():
            for statement in statements:
                self.engine.execute(statement)

    def take_in(self, table: str) -> None:  # noqa: ARG002
        """Do nothing: the rows are already in the warehouse."""
        reached("rows taken in")

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if rows:
            import pyarrow as pa  # noqa: PLC0415 (importing takes as long as an empty build)

            # As Arrow: for each bound value DuckDB would try to import modules not installed here.
            entries = pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
            self.engine.register("entries", entries)
            self.engine.execute(f"insert into {table} select * from entries")
            self.engine.unregister("entries")
        reached("book written")

    def attach(self) -> str:
        return ""

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:  # noqa: ARG002
        return f"({sql})"

    def remove(self, relation: str, query: str) -> int:
        return self.change(f"delete from {relation} where rowid in (select rowid from ({query}))")

    def refresh_statistics(self, relation: str) -> None:
        """Do nothing: DuckDB updates statistics as it writes."""

    def forget_values(self, relation: str) -> None:
        """Do nothing: the statistics of a file's blocks go when it is compacted."""

    def bytes_of(self, relation: str) -> int | None:
        [(blocks,)] = self.query(
            f"select count(distinct block_id) from pragma_storage_info('{relation}')"
            " where block_id >= 0"
        )
        [(size,)] = self.query("select block_size from pragma_database_size() limit 1")
        return int(blocks) * int(size) or None

    def drop(self, kind: str, relation: Relation) -> None:
        self.change(f"drop {kind} {identifier(relation.schema)}.{identifier(relation.name)}")


class DuckDBPublished:
    """The serving file, held open. A later publication is a new file, so this version stays."""

    schema_prefix = ""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine

    def ask(self, sql: str, values: Mapping[str, object] | None = None) -> Answer:
        found = self._engine.execute(sql, dict(values or {}))
        return Answer([column[0] for column in found.description or ()], found.fetchall())


class AttachedFile:
    """The serving file, attached to an engine that has other databases, too."""

    schema_prefix = ""
    forms: Mapping[str, Mapping[str, str]] = {}

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine

    def ask(self, select: str, table: str) -> list[Row]:
        rows: list[Row] = self._engine.execute(f"{select}serving.{table}").fetchall()
        return rows
