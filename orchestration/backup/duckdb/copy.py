"""A DuckDB warehouse in a backup: a new, compacted file, and what the tables held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.backup.errors import BackupError
from orchestration.backup.leaving import Left, what_left
from orchestration.core.clock import utc_now
from orchestration.core.errors import of_engine
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.warehouse.duckdb import when_free
from orchestration.warehouse.duckdb_files import NEWEST_FORMAT, check_room, engine_in, size_of
from orchestration.warehouse.hashing import Count, TableContent, duckdb_contents
from orchestration.warehouse.lock import exclusive


@dataclass(frozen=True)
class DuckDBCopy:
    """A compacted copy of the warehouse, closed."""

    contents: list[TableContent]
    taken_at: datetime
    newest_row_at: datetime | None
    last_batch_id: int | None
    left: Left


def copy_duckdb(settings: Settings, path: Path, progress: Count | None = None) -> DuckDBCopy:
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
        newest, last_batch = newest_row(engine, "warehouse")
        left = what_left(lambda query: engine.execute(query).fetchall(), "warehouse.")
    return DuckDBCopy(contents, taken_at, newest, last_batch, left)


def attach(engine: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a file to read, waiting while somebody writes to it.

    Raises:
        WarehouseError: it stays in use, or is no database.
    """
    statement = f"attach {literal(path)} as {name} (read_only)"
    when_free(path, lambda: engine.execute(statement))


def newest_row(
    engine: duckdb.DuckDBPyConnection, database: str
) -> tuple[datetime | None, int | None]:
    """When the newest row was loaded, UTC, and in which batch; None where nothing is."""
    known = engine.execute(
        "select 1 from duckdb_tables() where database_name = $1 and schema_name = 'raw' "
        "and table_name = 'load_ledger'",
        [database],
    ).fetchall()
    if not known:
        return None, None
    rows = engine.execute(
        f"select loaded_at, batch_id from {database}.raw.load_ledger "
        "order by batch_id desc, loaded_at desc limit 1"
    ).fetchall()
    return rows[0] if rows else (None, None)
