"""A DuckDB warehouse in a backup: a new, compacted file, and what the tables held."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.backup.errors import BackupError, DamagedBackup
from orchestration.backup.parts import Copied
from orchestration.backup.tables.leaving import what_left
from orchestration.core.clock import utc_now
from orchestration.core.errors import of_engine
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.warehouse.duckdb import limit_memory, when_free
from orchestration.warehouse.duckdb_files import NEWEST_FORMAT, check_room, engine_in, size_of
from orchestration.warehouse.duckdb_hashing import duckdb_contents
from orchestration.warehouse.hashing import Count, TableContent
from orchestration.warehouse.lock import exclusive
from orchestration.warehouse.protocol import Query

FILE = "warehouse.duckdb"


def copy_duckdb(settings: Settings, path: Path, progress: Count | None = None) -> Copied:
    """Copy the warehouse row by row into a new file: what was deleted is not in it.

    Readers go on; writers wait. The tables are read from the warehouse, not from the copy, so a
    rehearsal also tells whether the copy is true.

    Raises:
        WarehouseError: the warehouse is in use by a process that does not know the lock.
        BackupError: it cannot be copied.
        NoRoom: the disk has no room for the copy.
    """
    with exclusive(settings), engine_in(settings) as engine:
        check_room(path.parent, size_of(settings.warehouse), "a copy of the warehouse")
        attach(engine, settings.warehouse, "warehouse")
        taken_at = utc_now()
        try:
            options = f"recovery_mode no_wal_writes, {NEWEST_FORMAT}"
            engine.execute(f"attach {literal(path)} as copy ({options})")
            engine.execute("copy from database warehouse to copy")
            engine.execute("checkpoint copy")
            engine.execute("detach copy")
            contents = duckdb_contents(engine, "warehouse", progress)
        except duckdb.Error as error:
            raise BackupError(
                f"the warehouse cannot be copied to {path.parent}: {of_engine(error)}"
            ) from None
        engine.execute("use warehouse")

        query = asking(engine)
        newest_row_at, last_batch_id = newest_row(query)
        return Copied(
            taken_at=taken_at,
            contents=contents,
            newest_row_at=newest_row_at,
            left=what_left(query),
            last_batch_id=last_batch_id,
        )


def asking(engine: duckdb.DuckDBPyConnection) -> Query:
    """Return a function that runs a query on an engine."""
    return lambda sql: engine.execute(sql).fetchall()


def attach(engine: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a file to read, waiting while somebody writes to it.

    Raises:
        WarehouseError: it stays in use, or is no database.
    """
    statement = f"attach {literal(path)} as {name} (read_only)"
    when_free(path, lambda: engine.execute(statement))


def file_contents(path: Path, progress: Count | None = None) -> list[TableContent]:
    """Checksum every table of a file.

    Raises:
        WarehouseError: it cannot be opened.
        DamagedBackup: it cannot be read.
    """
    with duckdb.connect() as engine:
        limit_memory(engine, None)
        attach(engine, path, "warehouse")
        try:
            return duckdb_contents(engine, "warehouse", progress)
        except duckdb.Error:
            raise DamagedBackup(f"{path} cannot be read: it is damaged") from None


def newest_row(query: Query) -> tuple[datetime | None, int | None]:
    """Return when the newest row was loaded, UTC, and in which batch; None where nothing is."""
    if not query(
        "select 1 from information_schema.tables "
        "where table_schema = 'raw' and table_name = 'load_ledger'"
    ):
        return None, None
    rows = query(
        "select loaded_at, batch_id from raw.load_ledger "
        "order by batch_id desc, loaded_at desc limit 1"
    )
    return rows[0] if rows else (None, None)
