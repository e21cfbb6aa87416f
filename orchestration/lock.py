"""The lock that keeps two writers off one warehouse.

DuckDB: a file of the home. PostgreSQL: an advisory lock of the session that writes; the server
frees it when the session ends, whatever became of its process. Whoever does not get it says so on
standard error and waits.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from filelock import FileLock, Timeout

from orchestration.errors import WarehouseBusy
from orchestration.settings import Settings

# Any constants: they name the locks among a PostgreSQL server's advisory locks.
WRITER = 0x6772616E617279
# What a dbt run writes holds it, shared, to the end of its transaction; see `macros/lifecycle`.
WRITING = WRITER + 1
# Set for a process that is started by who holds the lock of the home.
LOCK_IS_HELD = "GRANARY_LOCK_IS_HELD"
POLL_SECONDS = 0.1
SILENCE = "idle_session_timeout"
WAITING = "the warehouse is being written to: waiting for that to end"

Run = Callable[[str], list[tuple[Any, ...]]]


def writer_lock(settings: Settings) -> FileLock:
    """The lock every writer of the DuckDB warehouse holds; others wait."""
    settings.root.mkdir(parents=True, exist_ok=True)
    return FileLock(
        settings.root / "warehouse.lock", mode=0o600, thread_local=False, is_singleton=False
    )


@contextlib.contextmanager
def exclusive(settings: Settings, wait_seconds: float = -1) -> Iterator[None]:
    """Keep others off this home's DuckDB file, and off dbt's folder on either engine.

    On PostgreSQL who writes to the server calls `hold_server`, too; dbt does so itself.

    Args:
        wait_seconds: how long to wait for one that is writing; less than 0 for however long.

    Raises:
        WarehouseBusy: it was still writing.
    """
    lock = writer_lock(settings)
    _wait(lambda: _acquired(lock), wait_seconds)
    try:
        yield
    finally:
        lock.release()


def hold_server(run: Run, wait_seconds: float = -1) -> None:
    """Keep other writers off a PostgreSQL server's database until this session ends.

    Args:
        run: executes a statement on a connection that commits each by itself, and returns its rows.
        wait_seconds: as for `exclusive`.

    Raises:
        WarehouseBusy: another session was still writing.
    """
    # A firewall or the server may end sessions that are silent for long.
    run(f"select set_config(name, '0', false) from pg_settings where name = '{SILENCE}'")
    _wait(lambda: run(f"select pg_try_advisory_lock({WRITER})") == [(True,)], wait_seconds)
    # Whoever lost the lock with its connection may still have a transaction open.
    _wait(lambda: run(f"select pg_try_advisory_lock({WRITING})") == [(True,)], wait_seconds)
    run(f"select pg_advisory_unlock({WRITING})")


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _wait(acquired: Callable[[], bool], wait_seconds: float) -> None:
    """Try until it succeeds. A wait inside the server would keep its vacuum from working."""
    deadline = time.monotonic() + wait_seconds
    is_told = False
    while not acquired():
        if wait_seconds >= 0 and deadline <= time.monotonic():
            raise WarehouseBusy("the warehouse is being written to: try again later")
        if not is_told:
            print(WAITING, file=sys.stderr, flush=True)
            is_told = True
        time.sleep(POLL_SECONDS)
