"""The warehouse as the lifecycle sees it: rows are read by DuckDB, whichever engine holds them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from orchestration.engine import literal, load_extension
from orchestration.files import UNFINISHED, place
from orchestration.ingest.targets import Target, open_target
from orchestration.lifecycle.errors import NOTHING_LOADED, NotBuilt
from orchestration.lock import writer_lock
from orchestration.settings import Settings

Row = tuple[Any, ...]
# What identifies a row within one transaction.
IDENTITY = {"duckdb": ("rowid",), "postgres": ("tableoid", "ctid")}


class Warehouse:
    """An open warehouse, under the writer lock."""

    def __init__(self, target: Target, engine_name: str) -> None:
        self.target = target
        self.engine_name = engine_name
        self.identity = IDENTITY[engine_name]
        if engine_name == "postgres":
            _attach_server(target.engine)

    def query(self, sql: str) -> list[Row]:
        """Rows of a query that the warehouse's own engine runs."""
        return self.target.query(sql)

    def scan(self, sql: str) -> str:
        """SQL for DuckDB that reads what the warehouse's own engine answers."""
        if self.engine_name == "postgres":
            return f"postgres_query('warehouse', {literal(sql)})"
        return f"({sql})"

    def columns(self, relation: str) -> dict[str, str]:
        """Names and types of a relation's columns, in order; empty where it does not exist."""
        schema, table = relation.split(".")
        return dict(
            self.query(
                "select column_name, data_type from information_schema.columns"
                f" where table_schema = '{schema}' and table_name = '{table}'"
                " order by ordinal_position"
            )
        )

    def remove(self, relation: str, identity: Sequence[str], query: str) -> int:
        """Remove the rows that a query identifies; months that go whole are dropped at once.

        Returns:
            How many rows there were.
        """
        dropped = self._drop_months(relation, query) if self.engine_name == "postgres" else 0
        names = ", ".join(identity)
        return dropped + self.target.change(
            f"delete from {relation} where ({names}) in (select {names} from ({query}) as p)"
        )

    def _drop_months(self, relation: str, query: str) -> int:
        """Drop partitions all of whose rows are to go."""
        whole = self.query(
            f"""
            select cast(held.tableoid as regclass)::text, held.rows
            from (
                select tableoid, count(*) as rows from {relation} group by tableoid
            ) as held
            join (
                select tableoid, count(*) as rows from ({query}) as p group by tableoid
            ) as due on held.tableoid = due.tableoid
            join pg_class on pg_class.oid = held.tableoid and pg_class.relispartition
            where held.rows = due.rows
            """
        )
        for partition, _ in whole:
            self.target.change(f"drop table {partition}")
        return sum(rows for _, rows in whole)

    def bytes_of(self, relation: str) -> int | None:
        """Bytes that a relation's rows take."""
        if self.engine_name == "postgres":
            [(size,)] = self.query(
                "select coalesce(sum(pg_total_relation_size(relid)), 0)"
                f" from pg_partition_tree('{relation}')"
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
        yield Warehouse(target, settings.target)


def attach_warehouse(engine: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let DuckDB read the configured warehouse as `warehouse`."""
    if settings.target == "postgres":
        _attach_server(engine)
    else:
        engine.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")


def _attach_server(engine: duckdb.DuckDBPyConnection) -> None:
    load_extension(engine, "postgres_scanner")
    # The server is the one that the PG* variables name.
    engine.execute("attach '' as warehouse (type postgres, read_only)")


def compact(settings: Settings) -> tuple[int, int]:
    """Write the DuckDB file anew, so that no byte of what was deleted is left in it.

    Killed anywhere, the old file or the new one carries the name.

    Returns:
        Bytes before and after.
    """
    with writer_lock(settings):
        path = settings.warehouse
        for leftover in path.parent.glob(f".{path.name}.*{UNFINISHED}*"):
            leftover.unlink()
        before = path.stat().st_size
        beside = path.with_name(f".{path.name}.compact{UNFINISHED}")
        with duckdb.connect() as engine:
            engine.execute(f"attach {literal(path)} as old")
            # What is only in the log beside the file belongs to it.
            engine.execute("checkpoint old")
            engine.execute(f"attach {literal(beside)} as new")
            engine.execute("copy from database old to new")
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        place(beside, path, replace=True)
        return before, path.stat().st_size
