"""The one way to write a DuckDB file anew: beside, compared with its source, only then in place.

DuckDB writes a table's blocks when it checkpoints, and where it checkpoints by itself it tells
nobody that the disk was full. So nothing here is believed before the file was checkpointed, closed,
opened again and read.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb

from orchestration.core.errors import WarehouseError, first_line, is_full
from orchestration.core.fault_points import reached
from orchestration.core.files import UNFINISHED, flush_folder, unfinished, working_folder
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.warehouse.duckdb import configure
from orchestration.warehouse.hashing import duckdb_sums

NEW = "granary_new"
NEWEST_FORMAT = "storage_version 'latest'"
# A file takes whole blocks, and some for itself.
OVERHEAD_BYTES = 8 << 20


class NoRoom(WarehouseError):
    """The disk has not the room that a file takes; nothing was replaced."""


class NotTheSame(WarehouseError):
    """What was written is not what was read; nothing was replaced."""


def check_room(folder: Path, needed: int, what: str) -> None:
    """Refuse to begin what the disk has no room for.

    Args:
        needed: bytes it takes at most.
        what: it is, for the message.

    Raises:
        NoRoom: less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + OVERHEAD_BYTES:
        raise NoRoom(
            f"{what} takes up to {needed + OVERHEAD_BYTES:,} bytes and {folder} has {free:,} free: "
            "make room and run it again"
        )


def size_of(path: Path) -> int:
    """Bytes of a database file and of its log."""
    return sum(file.stat().st_size for file in (path, log_of(path)) if file.exists())


def log_of(path: Path) -> Path:
    """Where DuckDB keeps what is committed and not yet in a file."""
    return path.with_name(f"{path.name}.wal")


def create_file(path: Path) -> None:
    """Make an empty database in the engine's newest format, which it keeps whoever opens it.

    Tables are a third smaller in it, and written faster. Engines older than DuckDB 1.5 cannot read
    it; nobody but Granary opens the file.
    """
    beside = unfinished(path)
    with duckdb.connect() as engine:
        engine.execute(f"attach {literal(beside)} as {NEW} ({NEWEST_FORMAT})")
        engine.execute(f"detach {NEW}")
    place_database(beside, path)


@contextlib.contextmanager
def written_anew(
    engine: duckdb.DuckDBPyConnection,
    path: Path,
    source: str,
    relations: Collection[str] | None = None,
    own: Collection[str] = (),
    mode: int = 0o600,
    storage: str = NEWEST_FORMAT,
) -> Iterator[str]:
    """Fill a new file with tables of an attached database; it takes the name when it is whole.

    What was committed to a file of that name and is only in its log is lost: who wants to keep it
    holds the file open and has checkpointed it. Killed anywhere, the old file or the new one bears
    the name, and no log of the old one lies beside the new. Not for two at once: callers hold the
    writer lock.

    Args:
        engine: has the source attached.
        source: name of the database that the tables are compared with.
        relations: tables that are copied, as schema and name with a dot between; by default all.
        own: tables that the source does not have.
        mode: permissions of the file.
        storage: its format, as an option of ATTACH.

    Yields:
        The name under which the new, empty database is attached.

    Raises:
        NoRoom: the disk is full.
        NotTheSame: a table is not what it is in the source.
    """
    beside = unfinished(path)
    _sweep(path)
    reached("new database begun")
    try:
        # What has no name yet needs no log: who is killed begins again.
        options = f"recovery_mode no_wal_writes, {storage}"
        engine.execute(f"attach {literal(beside)} as {NEW} ({options})")
        yield NEW
        engine.execute(f"checkpoint {NEW}")
        engine.execute(f"detach {NEW}")
        reached("new database filled")
        _compare(engine, beside, source, relations, own)
        reached("new database compared")
        beside.chmod(mode)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        place_database(beside, path)
    except duckdb.Error as error:
        if not is_full(error):
            raise
        raise NoRoom(
            f"the disk of {path.parent} is full: make room and run it again; {path.name} is what "
            "it was"
        ) from None
    finally:
        with contextlib.suppress(duckdb.Error):
            engine.execute(f"detach database if exists {NEW}")
        _sweep(path)


def place_database(beside: Path, path: Path) -> None:
    """Give a whole, closed and flushed database file its name, durably.

    A log beside the name goes first: it would be replayed over the new file, whatever it is of.
    """
    reached("new database flushed")
    log_of(path).unlink(missing_ok=True)
    flush_folder(path.parent)
    reached("old log removed")
    os.replace(beside, path)
    reached("new database named")
    flush_folder(path.parent)


def _compare(
    engine: duckdb.DuckDBPyConnection,
    beside: Path,
    source: str,
    relations: Collection[str] | None,
    own: Collection[str],
) -> None:
    expected = duckdb_sums(engine, source, relations)
    try:
        engine.execute(f"attach {literal(beside)} as {NEW} (read_only)")
        written = duckdb_sums(engine, NEW)
        engine.execute(f"detach {NEW}")
    except duckdb.Error as error:
        raise NotTheSame(f"{beside} cannot be read: {first_line(error)}") from None
    names = (written.keys() | expected.keys() | set(relations or ())) - set(own)
    differ = sorted(name for name in names if written.get(name) != expected.get(name))
    if differ:
        raise NotTheSame(
            f"{len(differ)} tables changed on their way into a new file, {differ[0]} first; "
            "nothing was replaced: is the disk sound?"
        )


def remove_spilled(path: Path) -> None:
    """Remove what a killed process had no memory for. Only while nobody has the file open."""
    shutil.rmtree(path.with_name(f"{path.name}{UNFINISHED}"), ignore_errors=True)


@contextlib.contextmanager
def engine_in(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own, which puts what does not fit into memory into a folder of its own."""
    with (
        working_folder(settings.scratch, "duckdb") as folder,
        duckdb.connect(config={"temp_directory": folder}) as engine,
    ):
        configure(engine)
        yield engine


def _sweep(path: Path) -> None:
    """Remove what was to become a file of that name; older versions did not hide it."""
    for pattern in (f".{path.name}.*{UNFINISHED}*", f"{path.name}.*{UNFINISHED}*"):
        for left in path.parent.glob(pattern):
            left.unlink()
