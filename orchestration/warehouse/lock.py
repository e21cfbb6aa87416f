"""The lock that keeps two writers off one warehouse.

DuckDB: a file of the home. PostgreSQL: an advisory lock of the session that writes; the server
frees it when the session ends, whatever became of its process. Whoever does not get it says so on
standard error, with the process that has it, and waits.
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
from orchestration.core.holder import holder_of
from orchestration.core.settings import Settings

# Any constants: they name the locks among a PostgreSQL server's advisory locks.
WRITER = 0x6772616E617279
# What a dbt run writes holds it, shared, to the end of its transaction; see `macros/lifecycle`.
WRITING = WRITER + 1
# Set for a process that is started by who holds the lock of the home: the number of that process.
LOCK_IS_HELD = "GRANARY_LOCK_IS_HELD"
POLL_SECONDS = 0.1
SILENCE = "idle_session_timeout"
WRITTEN_TO = "the warehouse is being written to"

Run = Callable[[str], list[tuple[Any, ...]]]
Who = Callable[[], str | None]


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
    _wait(lambda: _acquired(lock), wait_seconds, lambda: holder_of(Path(lock.lock_file)))
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
    # Whoever lost the first lock with its connection may still have a transaction open.
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
    """In words, which session of the server has an advisory lock."""
    rows = run(
        "select pid, application_name, backend_start at time zone 'UTC' from pg_locks "
        "join pg_stat_activity using (pid) where locktype = 'advisory' and granted "
        f"and classid = {lock >> 32} and objid = {lock & 0xFFFFFFFF} and objsubid = 1 "
        "and pg_locks.database = (select oid from pg_database where datname = current_database())"
    )
    for pid, name, since in rows:
        # What another role's session does since when is not told to everybody.
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
    """Try until it succeeds. A wait inside the server would keep its vacuum from working."""
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
