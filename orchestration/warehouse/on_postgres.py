"""The warehouse on a PostgreSQL server: DuckDB parses files, COPY loads the parsed rows."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import duckdb
import psycopg
from psycopg import conninfo, errors

from orchestration.core.errors import NothingPublished
from orchestration.core.fault_points import reached
from orchestration.core.files import working_folder
from orchestration.core.settings import Settings
from orchestration.core.sql import identifier, literal
from orchestration.secrecy.postgres_keys import install_key
from orchestration.warehouse import postgres, postgres_publishing, postgres_scan
from orchestration.warehouse.duckdb import configure, limit_memory, load_extension
from orchestration.warehouse.lock import WRITER, hold_server, session_with
from orchestration.warehouse.postgres_publishing import READER, SERVING_PREFIX
from orchestration.warehouse.protocol import (
    UNPUBLISHED,
    Answer,
    InUse,
    NoForm,
    Publication,
    Query,
    Relation,
    Row,
    Run,
)

COPY_BLOCK_BYTES = 1 << 20
POLL_SECONDS = 0.1
# `$name` in shared SQL; psycopg writes it `%(name)s`.
PARAMETER = re.compile(r"\$([a-z_]+)")
# Name of the attached server behind the views that people may query, and the schemas of which there
# are no views: they hold secrets, among them the pads of the pseudonymisation key.
SERVER = "server"
UNREAD = ("granary_private", "pg_", "information_schema")
# Partitions (months) are left out: they belong to their table.
RELATIONS = (
    "select n.nspname, c.relname, case c.relkind when 'v' then 'view' when 'm' then "
    "'materialized view' else 'table' end from pg_class as c "
    "join pg_namespace as n on n.oid = c.relnamespace "
    "where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition"
)

Server = psycopg.Connection[Row]


class PostgresWarehouse:
    """A PostgreSQL server. Readers never wait for writers; homes that share it take turns."""

    name: ClassVar[str] = "postgres"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def exists(self) -> bool:
        return True

    def check_reachable(self) -> None:
        postgres.connect().close()

    def writer(self) -> str | None:
        with postgres.connect() as server:
            return session_with(_query_of(server), WRITER)

    def is_closed_while_written(self) -> bool:
        return False

    @contextlib.contextmanager
    def reading(self, wait_seconds: float = -1) -> Iterator[Query]:  # noqa: ARG002
        with postgres.connect() as server:
            yield _query_of(server)

    @contextlib.contextmanager
    def writing(self) -> Iterator[PostgresWriting]:
        scratch = self._settings.scratch
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = self._settings.read_key()
        with postgres.connect() as server, duckdb.connect() as engine:
            hold_server(_query_of(server))
            configure(engine)
            limit_memory(engine, self._settings.build_memory)
            engine.execute(f"set temp_directory = {literal(scratch)}")
            yield PostgresWriting(server, engine, self._settings, key)

    @contextlib.contextmanager
    def keeping_books(self) -> Iterator[Run | None]:
        with postgres.connect() as server:
            # One process at a time: two could both find an entry missing and insert it twice.
            server.execute("select pg_advisory_lock(hashtext('granary books'))")
            yield lambda sql, values: _run(server, sql, values)

    @contextlib.contextmanager
    def alone(self, lock: int, wait_seconds: float) -> Iterator[bool]:
        deadline = time.monotonic() + wait_seconds
        with postgres.connect() as server:
            while True:
                tried = server.execute("select pg_try_advisory_lock(%s)", [lock]).fetchall()
                if tried == [(True,)] or time.monotonic() >= deadline:
                    break
                time.sleep(POLL_SECONDS)
            yield tried == [(True,)]

    @contextlib.contextmanager
    def attach_to_read(self, engine: duckdb.DuckDBPyConnection) -> Iterator[None]:
        attach_server(engine, SERVER, postgres.reading_options(postgres.READS_ALL))
        engine.execute("attach ':memory:' as warehouse")
        for relation, columns in postgres_scan.forms_of(engine, SERVER).items():
            schema, _, name = relation.partition(".")
            if schema.startswith(UNREAD):
                continue
            quoted = f"{identifier(schema)}.{identifier(name)}"
            rows = f"{SERVER}.{quoted}"
            if any(columns.values()):
                rows = postgres_scan.exact(SERVER, f"select * from {quoted}", columns)
            engine.execute(f"create schema if not exists warehouse.{identifier(schema)}")
            engine.execute(f"create view warehouse.{quoted} as select * from {rows}")
        yield

    def leaves_bytes(self) -> bool:
        return False

    def check_compactable(self) -> None:
        return

    def compact(self, done: str) -> tuple[int, int]:
        raise NotImplementedError("a server is not compacted: its own vacuum frees space")

    def publish(
        self, relations: Mapping[Relation, str | None], check: Callable[[Query], None]
    ) -> Publication:
        return postgres_publishing.publish(relations, check)

    @contextlib.contextmanager
    def published(self) -> Iterator[PostgresPublished]:
        with postgres.connect(postgres.reading_options(READER)) as server, server.transaction():
            server.execute("set transaction isolation level repeatable read, read only")
            # JIT-compiling a plan costs more than it saves here.
            server.execute("set local jit = off")
            found = PostgresPublished(server)
            publication = f"{SERVING_PREFIX}governance.publication"
            if found.ask(f"select to_regclass('{publication}')").rows == [(None,)]:
                raise NothingPublished(UNPUBLISHED)
            yield found

    def attach_published(self, engine: duckdb.DuckDBPyConnection) -> AttachedServer:
        self.check_reachable()
        attach_server(engine, "serving")
        return AttachedServer(engine)

    def relations(self, query: Query, schemas: Collection[str]) -> dict[str, str]:
        return {
            f"{schema}.{name}": str(kind)
            for schema, name, kind in query(RELATIONS)
            if schema in schemas and "__dbt_" not in name
        }


class PostgresWriting:
    """Writes to a server: parsed rows are copied within the transaction of `take_in`."""

    name = "postgres"
    identity: tuple[str, ...] = ("tableoid", "ctid")

    def __init__(
        self,
        server: Server,
        engine: duckdb.DuckDBPyConnection,
        settings: Settings,
        key: bytes,
    ) -> None:
        self.engine = engine
        self._server = server
        self._scratch = settings.scratch
        self._key = key

    def query(self, sql: str) -> list[Row]:
        return self._server.execute(sql.encode()).fetchall()

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        reached("change begun")
        cursor = psycopg.RawCursor(self._server)
        return cursor.execute(sql.encode(), list(values) or None).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.engine.execute("begin")
        try:
            with self._server.transaction():
                yield
        finally:
            # Parsed rows have been copied by now, or the load failed.
            self.engine.execute("rollback")

    def create(
        self, statements: Sequence[str], parsing: Sequence[str], indexes: Sequence[str]
    ) -> None:
        with self._server.transaction():
            for statement in (*statements, *indexes):
                self._server.execute(statement.encode())
        install_key(self._server, self._key)
        for statement in parsing:
            self.engine.execute(statement)

    def take_in(self, table: str) -> None:
        columns = [row[0] for row in self.engine.execute(f"describe {table}").fetchall()]
        listed = ", ".join(map(identifier, columns))
        with working_folder(self._scratch, "load") as folder:
            # Through a file, because DuckDB's COPY cannot write to a stream.
            path = os.path.join(folder, "rows.csv")
            self.engine.execute(
                f"copy (select {listed} from {table}) to {literal(path)} "
                f"(format csv, header false, nullstr '', quote '\"', escape '\"')"
            )
            with (
                open(path, "rb") as file,
                self._server.cursor() as cursor,
                cursor.copy(f"copy {table} ({listed}) from stdin (format csv)") as copy,
            ):
                for block in iter(lambda: file.read(COPY_BLOCK_BYTES), b""):
                    copy.write(block)
        reached("rows taken in")

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        with self._server.cursor() as cursor:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"insert into {table} values ({marks})".encode(), rows)
        reached("book written")

    def attach(self) -> str:
        attach_server(self.engine, "warehouse")
        return "warehouse."

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:
        forms = postgres_scan.forms_of(self.engine, "warehouse")[relation]
        for name, form in forms.items():
            none = f"cast({identifier(name)} as text) in {postgres_scan.NONE}"
            if form and self.query(f"select from {relation} where {none} limit 1"):
                raise NoForm(f"{relation}.{name} holds NaN or infinity")
        return postgres_scan.exact("warehouse", sql, forms | dict.fromkeys(more, ""))

    def remove(self, relation: str, query: str) -> int:
        due, dropped = self._drop_partitions(query)
        if due == dropped:
            return dropped
        names = ", ".join(self.identity)
        return dropped + self.change(
            f"delete from {relation} where ({names}) in (select {names} from ({query}) as p)"
        )

    def _drop_partitions(self, query: str) -> tuple[int, int]:
        """Drop the partitions of which a query selects every row.

        Returns:
            Number of rows that the query selects, and number of rows dropped.
        """
        due = dropped = 0
        for partition, is_partition, rows in self.query(
            "select cast(p.tableoid as regclass)::text, c.relispartition, p.rows from "
            f"(select tableoid, count(*) as rows from ({query}) as q group by tableoid) as p "
            "join pg_class as c on c.oid = p.tableoid"
        ):
            due += rows
            # Compare counts, not dates: a legal hold may keep some rows of a month.
            if is_partition and self.query(f"select count(*) from {partition}") == [(rows,)]:
                self.change(f"drop table {partition}")
                dropped += rows
        return due, dropped

    def refresh_statistics(self, relation: str) -> None:
        # Autovacuum comes minutes later; until then the planner may choose nested loops.
        self.change(f"analyze {relation}")

    def forget_values(self, relation: str) -> None:
        """Analyze; an empty table keeps its old statistics, which PostgreSQL 18 can clear."""
        self.refresh_statistics(relation)
        if not self.query(f"select from {relation} limit 1"):
            schema, table = map(literal, relation.split("."))
            can_clear = "select 1 where current_setting('server_version_num')::int >= 180000"
            if self.query(can_clear):
                self.query(
                    "select pg_clear_attribute_stats(schemaname, tablename, attname, inherited) "
                    f"from pg_stats where schemaname = {schema} and tablename = {table}"
                )

    def bytes_of(self, relation: str) -> int | None:
        # pg_partition_tree is empty for a table without partitions.
        [(size,)] = self.query(
            "select coalesce(sum(pg_total_relation_size(relid)), "
            f"pg_total_relation_size('{relation}')) from pg_partition_tree('{relation}')"
        )
        return int(size) or None

    def drop(self, kind: str, relation: Relation) -> None:
        # With an empty search_path, errors name dependent objects with their schema.
        self.change("set local search_path = ''")
        name = f"{identifier(relation.schema)}.{identifier(relation.name)}"
        try:
            self.change(f"drop {kind} {name}")
        except errors.DependentObjectsStillExist as error:
            raise InUse(
                f"{relation} stays: {postgres.depends_on(error)}. Drop that, and run this again."
            ) from None


class PostgresPublished:
    """The serving schemas in one snapshot (repeatable read)."""

    schema_prefix = SERVING_PREFIX

    def __init__(self, server: Server) -> None:
        self._server = server

    def ask(self, sql: str, values: Mapping[str, object] | None = None) -> Answer:
        statement = PARAMETER.sub(r"%(\1)s", sql) if values else sql
        found = self._server.execute(statement.encode(), values or None)
        return Answer([column.name for column in found.description or ()], found.fetchall())


class AttachedServer:
    """The serving schemas, read by DuckDB through its postgres extension."""

    schema_prefix = SERVING_PREFIX

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self.forms: Mapping[str, Mapping[str, str]] = postgres_scan.forms_of(engine, "serving")

    def ask(self, select: str, table: str) -> list[Row]:
        query = literal(select + table)
        rows: list[Row] = self._engine.execute(
            f"from postgres_query('serving', {query})"
        ).fetchall()
        return rows


def attach_server(engine: duckdb.DuckDBPyConnection, name: str, options: str = "") -> None:
    """Attach the server that the PG* variables name, read-only, to a DuckDB engine."""
    load_extension(engine, "postgres_scanner")
    given = conninfo.make_conninfo("", options=options) if options else ""
    engine.execute(f"attach {literal(given)} as {name} (type postgres, read_only)")


def _query_of(server: Server) -> Query:
    """Return a function that runs a query. As bytes: psycopg is typed to take literals only."""
    return lambda query: server.execute(query.encode()).fetchall()


def _run(server: Server, sql: str, values: Sequence[Any]) -> list[Row]:
    """Run a statement; the raw cursor takes parameters as `$1`, as DuckDB does."""
    cursor = psycopg.RawCursor(server)
    cursor.execute(sql.encode(), list(values) or None)
    return cursor.fetchall() if cursor.description else []
