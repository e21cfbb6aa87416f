"""The writer lock: at most one process writes to a warehouse.

On DuckDB it is a lock file in the home. On PostgreSQL it is an advisory lock of the writing
session, which the server releases when the session ends, even if the process was killed. A process
that has to wait says so on standard error and names the process that holds the lock.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from orchestration.core.errors import WarehouseBusy
from orchestration.core.lock_holder import holder_of
from orchestration.core.settings import Settings

# Keys of the advisory locks. Any number will do; this one spells `granary` in ASCII.
WRITER = 0x6772616E617279
# Each writing transaction of a dbt run holds this one, shared, until it ends; see macros/lifecycle.
WRITING = WRITER + 1
# Environment variable of a child process whose parent holds the home's lock: the parent's id.
LOCK_IS_HELD = "GRANARY_LOCK_IS_HELD"
POLL_SECONDS = 0.1
SILENCE = "idle_session_timeout"
WRITTEN_TO = "the warehouse is being written to"

Run = Callable[[str], list[tuple[Any, ...]]]
Who = Callable[[], str | None]


def writer_lock(settings: Settings) -> FileLock:
    """Return the lock of the DuckDB warehouse, not yet acquired."""
    settings.root.mkdir(parents=True, exist_ok=True)
    # thread_local=False: any thread may release the lock, not only the one that took it.
    return FileLock(
        settings.root / "warehouse.lock", mode=0o600, thread_local=False, is_singleton=False
    )


@contextlib.contextmanager
def exclusive(settings: Settings, wait_seconds: float = -1) -> Iterator[None]:
    """Hold the home's lock, which guards the DuckDB file and, on both engines, dbt's folder.

    On PostgreSQL a writer must call `hold_server` as well; dbt does so itself.

    Args:
        wait_seconds: how long to wait for another writer; negative waits forever.

    Raises:
        WarehouseBusy: another process was still writing.
    """
    lock = writer_lock(settings)
    _wait(lambda: _acquired(lock), wait_seconds, lambda: holder_of(Path(lock.lock_file)))
    try:
        yield
    finally:
        lock.release()


def hold_server(run: Run, wait_seconds: float = -1) -> None:
    """Take the writer lock of a PostgreSQL database for the rest of this session.

    Args:
        run: executes a statement on an autocommit connection and returns its rows.
        wait_seconds: how long to wait for another writer; negative waits forever.

    Raises:
        WarehouseBusy: another session was still writing.
    """
    # The lock ends with the session: do not let the server end it for being idle.
    run(f"select set_config(name, '0', false) from pg_settings where name = '{SILENCE}'")
    # A writer that lost WRITER with its connection may still have a transaction open elsewhere.
    for lock in (WRITER, WRITING):
        _hold_session(run, lock, wait_seconds)
    run(f"select pg_advisory_unlock({WRITING})")


def _hold_session(run: Run, lock: int, wait_seconds: float) -> None:
    _wait(
        lambda: run(f"select pg_try_advisory_lock({lock})") == [(True,)],
        wait_seconds,
        lambda: session_with(run, lock),
    )


def session_with(run: Run, lock: int) -> str | None:
    """Describe the session that holds an advisory lock; None if there is none."""
    rows = run(
        "select pid, application_name, backend_start at time zone 'UTC' from pg_locks "
        "join pg_stat_activity using (pid) where locktype = 'advisory' and granted "
        f"and classid = {lock >> 32} and objid = {lock & 0xFFFFFFFF} and objsubid = 1 "
        "and pg_locks.database = (select oid from pg_database where datname = current_database())"
    )
    for pid, name, since in rows:
        # The server hides another role's start time from ordinary users.
        told = f", connected since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        return f"the server's process {pid} ({name or 'no name'}{told})"
    return None


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _wait(acquired: Callable[[], bool], wait_seconds: float, who: Who) -> None:
    """Poll until the lock is acquired.

    A statement that waits inside the server would hold a snapshot and hold back vacuum.
    """
    deadline = time.monotonic() + wait_seconds
    is_told = False
    while not acquired():
        if wait_seconds >= 0 and deadline <= time.monotonic():
            raise WarehouseBusy(f"{_written_to(who)}: try again later")
        if not is_told:
            print(f"{_written_to(who)}: waiting for that to end", file=sys.stderr, flush=True)
            is_told = True
        time.sleep(POLL_SECONDS)


def _written_to(who: Who) -> str:
    named = who()
    return f"{WRITTEN_TO} by {named}" if named else WRITTEN_TO
