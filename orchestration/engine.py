"""DuckDB as every concern uses it: names and texts in SQL, extensions, a file that is in use."""

from __future__ import annotations

import functools
import importlib.resources
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from orchestration.errors import ConfigurationError, WarehouseError, first_line

# dbt started by hand does not know the lock; give it time to finish.
BUSY_SECONDS = 60.0

Opened = TypeVar("Opened")


def literal(value: object) -> str:
    """A value as an SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name in SQL, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def configure(engine: duckdb.DuckDBPyConnection) -> None:
    """Times without an offset are UTC; standard output belongs to the command."""
    engine.execute("set timezone = 'UTC'")
    engine.execute("set enable_progress_bar = false")


def memory_session() -> duckdb.DuckDBPyConnection:
    """A session of the process's engine in memory; to start one takes longer than most queries.

    Registered rows and temporary tables and views are the session's own, and end with it.
    """
    session = _engine_in_memory().cursor()
    configure(session)
    return session


@functools.cache
def _engine_in_memory() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def load_extension(engine: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its installed package; nothing is downloaded.

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


def when_free(path: Path, open_file: Callable[[], Opened]) -> Opened:
    """Open a database file, waiting while another process has it open.

    Raises:
        WarehouseError: it stays in use, or is no database.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return open_file()
        except duckdb.Error as error:
            if "could not set lock" not in str(error).lower():
                raise WarehouseError(f"cannot open {path}: {first_line(error)}") from None
            if time.monotonic() > deadline:
                raise WarehouseError(
                    f"{path} is in use by another process (dbt, or a reader that should open "
                    "the serving file instead); try again when it has ended"
                ) from None
            time.sleep(0.2)
