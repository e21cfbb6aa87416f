"""Helpers for DuckDB: sessions, extensions, restricted engines, files that are in use."""

from __future__ import annotations

import functools
import importlib.resources
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import duckdb

from orchestration.core.errors import ConfigurationError, WarehouseBusy, WarehouseError, first_line
from orchestration.core.lock_holder import holder_of
from orchestration.core.sql import literal

# Programs that do not take Granary's lock may have the file open; give them time to finish.
BUSY_SECONDS = 60.0

UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

Opened = TypeVar("Opened")


def configure(engine: duckdb.DuckDBPyConnection) -> None:
    """Read times without an offset as UTC, and keep progress bars off standard output."""
    engine.execute("set timezone = 'UTC'")
    engine.execute("set enable_progress_bar = false")


def limit_memory(engine: duckdb.DuckDBPyConnection, memory: str | None) -> None:
    """Limit the memory an engine takes before it spills to disk.

    DuckDB takes four fifths of the machine's, although a build of ten million interactions ends in
    half the memory with a tenth more of CPU, and smaller ones take no longer.

    Args:
        memory: the limit, such as 4GB; None for an eighth of what DuckDB would take, but at least
            2 GiB.
    """
    if memory is None:
        [(own,)] = engine.execute("select current_setting('memory_limit')").fetchall()
        number, unit = own.split()
        bytes_of_own = float(number) * UNITS[unit]
        memory = f"{int(min(bytes_of_own, max(bytes_of_own / 8, 2 << 30)))} bytes"
    engine.execute(f"set memory_limit = {literal(memory)}")


def memory_session() -> duckdb.DuckDBPyConnection:
    """Open a session on this process's shared in-memory engine.

    Starting an engine takes longer than most queries. Registered relations, temporary tables and
    views belong to the session and end with it.
    """
    session = _engine_in_memory().cursor()
    configure(session)
    return session


@functools.cache
def _engine_in_memory() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def load_extension(engine: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its installed Python package; nothing is downloaded.

    Raises:
        ConfigurationError: the package is not installed.
    """
    try:
        package = importlib.resources.files(f"duckdb_extension_{name}")
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"DuckDB's extension {name} is not installed: run `make install`"
        ) from None
    [path] = Path(str(package)).rglob(f"{name}.duckdb_extension")
    engine.execute(f"load {literal(path)}")


def shut_in(engine: duckdb.DuckDBPyConnection, files: Iterable[Path] = ()) -> None:
    """Restrict an engine, irrevocably, to the databases it has attached.

    Args:
        files: further files that it may read.
    """
    allowed = ", ".join(literal(path) for path in files)
    engine.execute(f"set allowed_paths = [{allowed}]")
    # Otherwise a query could read this program's variables as tables, by their names.
    engine.execute("set python_enable_replacements = false")
    engine.execute("set enable_external_access = false")
    engine.execute("set lock_configuration = true")


def when_free(path: Path, open_file: Callable[[], Opened]) -> Opened:
    """Open a database file, waiting up to `BUSY_SECONDS` while another process has it open.

    Raises:
        WarehouseBusy: it is still in use.
        WarehouseError: it cannot be opened for another reason, such as not being a database.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return open_file()
        except duckdb.Error as error:
            reason = not_opened(path, error)
            if not isinstance(reason, WarehouseBusy) or time.monotonic() > deadline:
                raise reason from None
            time.sleep(0.2)


def not_opened(path: Path, error: duckdb.Error) -> WarehouseError:
    """Turn DuckDB's error into one that names the process holding the file, or the cause."""
    if "could not set lock" not in str(error).lower():
        return WarehouseError(f"cannot open {path}: {first_line(error)}")
    return WarehouseBusy(
        f"{path} is in use by {holder_of(path) or 'another process'}: try again when it has ended; "
        "readers open the serving file instead"
    )
