"""The warehouse as the lifecycle sees it: rows are read by DuckDB, whichever engine holds them."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import duckdb
from psycopg import conninfo

from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.core.sql import identifier, literal
from orchestration.ingest.targets import Target, open_target
from orchestration.lifecycle.errors import NOTHING_LOADED, NotBuilt, NotVerified
from orchestration.warehouse import books, postgres, postgres_scan
from orchestration.warehouse.duckdb import load_extension, when_free
from orchestration.warehouse.duckdb_files import check_room, engine_in, size_of, written_anew
from orchestration.warehouse.lock import writer_lock

Row = tuple[Any, ...]
# How a server is attached beneath what history may name, and its schemas that nobody reads there:
# they hold its secrets, among them the pseudonymisation key's pads.
SERVER = "server"
UNREAD = ("granary_private", "pg_", "information_schema")
# What identifies a row within one transaction.
IDENTITY = {"duckdb": ("rowid",), "postgres": ("tableoid", "ctid")}
# Acts of governance.lifecycle_log whose rows left bytes behind in the DuckDB file.
TO_COMPACT = "compacted_at is null and from_tier = 'hot' and relation not like 'files.%'"


class Warehouse:
    """An open warehouse, under the writer lock."""

    def __init__(self, target: Target, engine_name: str) -> None:
        self.target = target
        self.engine_name = engine_name
        self.identity = IDENTITY[engine_name]
        if engine_name == "postgres":
            _attach_server(target.engine, "warehouse")

    def query(self, sql: str) -> list[Row]:
        """Rows of a query that the warehouse's own engine runs."""
        return self.target.query(sql)

    @cached_property
    def id(self) -> str:
        """What names this warehouse, whatever file or server it is in."""
        [(found,)] = self.query("select cast(warehouse_id as varchar) from governance.warehouse")
        return str(found)

    def scan(self, sql: str, relation: str, more: Sequence[str] = ()) -> str:
        """SQL for DuckDB that reads what the warehouse's own engine answers.

        Args:
            relation: whose columns the answer has, in order.
            more: columns it has beyond those.

        Raises:
            NotVerified: the relation holds numbers that DuckDB has no form for.
        """
        if self.engine_name == "duckdb":
            return f"({sql})"
        forms = postgres_scan.forms_of(self.target.engine, "warehouse")[relation]
        for name, form in forms.items():
            none = f"cast({identifier(name)} as text) in {postgres_scan.NONE}"
            if form and self.query(f"select from {relation} where {none} limit 1"):
                raise NotVerified(
                    f"{relation}.{name} holds a number that is none (NaN), which no file of a tier "
                    "can hold: set it to null; nothing was removed"
                )
        return postgres_scan.exact("warehouse", sql, forms | dict.fromkeys(more, ""))

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

    def remove(self, relation: str, identity: Sequence[str], query: str) -> int:
        """Remove the rows that a query identifies; months that go whole are dropped at once.

        Returns:
            How many rows there were.
        """
        due = dropped = 0
        if self.engine_name == "postgres":
            due, dropped = self._drop_months(query)
            if due == dropped:
                return dropped
        names = ", ".join(identity)
        return dropped + self.target.change(
            f"delete from {relation} where ({names}) in (select {names} from ({query}) as p)"
        )

    def _drop_months(self, query: str) -> tuple[int, int]:
        """Drop partitions all of whose rows a query names; rows it names, and rows dropped."""
        due = dropped = 0
        for partition, is_partition, rows in self.query(
            "select cast(p.tableoid as regclass)::text, c.relispartition, p.rows from "
            f"(select tableoid, count(*) as rows from ({query}) as q group by tableoid) as p "
            "join pg_class as c on c.oid = p.tableoid"
        ):
            due += rows
            # The rows alone tell whether the month goes whole: some may be held.
            if is_partition and self.query(f"select count(*) from {partition}") == [(rows,)]:
                self.target.change(f"drop table {partition}")
                dropped += rows
        return due, dropped

    def forget_values(self, relation: str) -> None:
        """Make a server's statistics anew: they quote values, also of rows that have gone.

        Of a table without rows ANALYZE leaves the old ones; from PostgreSQL 18 on they are cleared.
        """
        if self.engine_name != "postgres":
            return
        self.target.change(f"analyze {relation}")
        if not self.query(f"select from {relation} limit 1"):
            schema, table = map(literal, relation.split("."))
            can_clear = "select 1 where current_setting('server_version_num')::int >= 180000"
            if self.query(can_clear):
                self.query(
                    "select pg_clear_attribute_stats(schemaname, tablename, attname, inherited) "
                    f"from pg_stats where schemaname = {schema} and tablename = {table}"
                )

    def bytes_of(self, relation: str) -> int | None:
        """Bytes that a relation's rows take."""
        if self.engine_name == "postgres":
            # The tree of a table without partitions is empty.
            [(size,)] = self.query(
                "select coalesce(sum(pg_total_relation_size(relid)), "
                f"pg_total_relation_size('{relation}')) from pg_partition_tree('{relation}')"
            )
            return int(size) or None
        [(blocks,)] = self.query(
            f"select count(distinct block_id) from pragma_storage_info('{relation}')"
            " where block_id >= 0"
        )
        [(size,)] = self.query("select block_size from pragma_database_size() limit 1")
        return int(blocks) * int(size) or None


@contextlib.contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """Open the configured warehouse for writing; waits while another process writes.

    Raises:
        NotBuilt: there is none yet.
        WarehouseError: it cannot be opened.
    """
    if settings.target == "duckdb" and not settings.warehouse.exists():
        raise NotBuilt(NOTHING_LOADED)
    with open_target(settings) as target:
        there = set(target.query(books.COLUMNS))
        if not there:
            raise NotBuilt(NOTHING_LOADED)
        for statement in books.create_statements(there):
            target.change(statement)
        yield Warehouse(target, settings.target)


def attach_to_read(engine: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let DuckDB read the configured warehouse as `warehouse`, with a reader's rights.

    Of a server these are views of the same names, through which every number is as it is.
    """
    if settings.target == "postgres":
        _attach_server(engine, SERVER, postgres.reading_options(postgres.READS_ALL))
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
    else:
        engine.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")


def _attach_server(engine: duckdb.DuckDBPyConnection, name: str, options: str = "") -> None:
    load_extension(engine, "postgres_scanner")
    # The server is the one that the PG* variables name.
    given = conninfo.make_conninfo("", options=options) if options else ""
    engine.execute(f"attach {literal(given)} as {name} (type postgres, read_only)")


def compact(settings: Settings) -> tuple[int, int]:
    """Write the DuckDB file anew, so that no byte of what was deleted is left in it.

    Killed anywhere, the old file or the new one carries the name. The log of what was done says
    that it is due until it is done.

    Returns:
        Bytes before and after.

    Raises:
        NoRoom: the disk has no room for a second file.
        NotTheSame: a table is not the same in the new file.
    """
    path = settings.warehouse
    with writer_lock(settings):
        before = path.stat().st_size
        check_compactable(settings)
        with engine_in(settings) as engine:
            # Held until the new file is in place, so that nobody writes to the old one meanwhile.
            when_free(path, lambda: engine.execute(f"attach {literal(path)} as old"))
            # What is only in the log beside the file belongs to it.
            engine.execute("checkpoint old")
            with written_anew(engine, path, "old") as new:
                engine.execute(f"copy from database old to {new}")
        with duckdb.connect(str(path)) as engine:
            engine.execute(
                f"update governance.lifecycle_log set compacted_at = ? where {TO_COMPACT}",
                [utc_now()],
            )
        return before, path.stat().st_size


def check_compactable(settings: Settings) -> None:
    """Make sure the warehouse's file can be written anew.

    Raises:
        NoRoom: the disk has no room for a second one.
    """
    check_room(settings.root, size_of(settings.warehouse), "writing the warehouse's file anew")
