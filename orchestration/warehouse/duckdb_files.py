"""Replace a DuckDB file: write a new one, compare it with its source, then rename it atomically.

DuckDB writes a table's blocks when it checkpoints, and an automatic checkpoint that finds the disk
full raises no error. So a new file counts as written only after an explicit checkpoint, closing,
reopening and reading it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import duckdb

from orchestration.core.errors import WarehouseError, first_line, is_full
from orchestration.core.fault_points import reached
from orchestration.core.files import UNFINISHED, flush_folder, unfinished, working_folder
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.warehouse.duckdb import configure, limit_memory

NEW = "granary_new"
NEWEST_FORMAT = "storage_version 'latest'"
# Files are made of whole blocks, some of which hold the header and metadata.
OVERHEAD_BYTES = 8 << 20


class NoRoom(WarehouseError):
    """The disk has too little room for a new file; nothing was replaced."""


class NotTheSame(WarehouseError):
    """The new file differs from its source; nothing was replaced."""


def check_room(folder: Path, needed: int, what: str) -> None:
    """Make sure that a disk has room before work begins.

    Args:
        needed: the most bytes that the work may take.
        what: the work, as the message names it.

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
    """Return the bytes of a database file and its write-ahead log."""
    return sum(file.stat().st_size for file in (path, log_of(path)) if file.exists())


def log_of(path: Path) -> Path:
    """Return the path of a database file's write-ahead log."""
    return path.with_name(f"{path.name}.wal")


def create_file(path: Path) -> None:
    """Create an empty database in the newest storage format, which a file then keeps.

    Tables are a third smaller in it and are written faster. Engines older than DuckDB 1.5 cannot
    read it, which does not matter: only Granary opens this file.
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
    differing: Callable[[str], Collection[str]],
    begin_with: Path | None = None,
    mode: int = 0o600,
    storage: str = NEWEST_FORMAT,
) -> Iterator[str]:
    """Let the caller fill a new database, check it against its source, and put it in place.

    A kill at any point leaves either the old or the new file under the name, and never the old
    file's write-ahead log beside the new file. The old log is deleted: a caller that needs its
    content has checkpointed the old file and keeps it open. Callers hold the writer lock.

    Args:
        engine: has the source attached.
        path: name that the new file takes.
        differing: compares the new database, whose name it gets, with the source, and returns the
            tables that differ.
        begin_with: a database to begin with a copy of; by default the new one is empty.
        mode: permissions of the new file.
        storage: storage format of an empty one, as an option of ATTACH.

    Yields:
        The name under which the new database is attached.

    Raises:
        NoRoom: the disk is full.
        NotTheSame: a table differs from its source.
    """
    beside = unfinished(path)
    _sweep(path)
    reached("new database begun")
    try:
        # No write-ahead log: after a kill the unnamed file is thrown away anyway.
        options = "recovery_mode no_wal_writes"
        if begin_with is not None:
            shutil.copyfile(begin_with, beside)
        else:
            options += f", {storage}"
        engine.execute(f"attach {literal(beside)} as {NEW} ({options})")
        yield NEW
        engine.execute(f"checkpoint {NEW}")
        engine.execute(f"detach {NEW}")
        reached("new database filled")
        _compare(engine, beside, differing)
        reached("new database compared")
        beside.chmod(mode)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        place_database(beside, path)
    except (duckdb.Error, OSError) as error:
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
    """Rename a complete, closed and fsynced database file to its final name, durably.

    The old file's write-ahead log is removed first: DuckDB would replay it over the new file.
    """
    reached("new database flushed")
    log_of(path).unlink(missing_ok=True)
    flush_folder(path.parent)
    reached("old log removed")
    os.replace(beside, path)
    reached("new database named")
    flush_folder(path.parent)


def _compare(
    engine: duckdb.DuckDBPyConnection, beside: Path, differing: Callable[[str], Collection[str]]
) -> None:
    """Raise NotTheSame unless the file, opened anew, can be read and holds what it should."""
    try:
        engine.execute(f"attach {literal(beside)} as {NEW} (read_only)")
        differ = sorted(differing(NEW))
        engine.execute(f"detach {NEW}")
    except duckdb.Error as error:
        raise NotTheSame(f"{beside} cannot be read: {first_line(error)}") from None
    if differ:
        raise NotTheSame(
            f"{len(differ)} tables differ in the new file, {differ[0]} first; "
            "nothing was replaced: is the disk sound?"
        )


def remove_spilled(path: Path) -> None:
    """Remove what a killed process spilled to disk. Nobody may have the file open meanwhile."""
    shutil.rmtree(path.with_name(f"{path.name}{UNFINISHED}"), ignore_errors=True)


@contextlib.contextmanager
def engine_in(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Start a separate in-memory DuckDB that spills into a temporary folder of its own."""
    with (
        working_folder(settings.scratch, "duckdb") as folder,
        duckdb.connect(config={"temp_directory": folder}) as engine,
    ):
        configure(engine)
        limit_memory(engine, settings.build_memory)
        yield engine


def _sweep(path: Path) -> None:
    """Remove unfinished files that were to take this name, those of older versions included."""
    for pattern in (f".{path.name}.*{UNFINISHED}*", f"{path.name}.*{UNFINISHED}*"):
        for left in path.parent.glob(pattern):
            left.unlink()
