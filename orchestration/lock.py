"""The lock that keeps two writers off one DuckDB warehouse."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from orchestration.errors import WarehouseBusy
from orchestration.settings import Settings


def writer_lock(settings: Settings) -> FileLock:
    """The lock every writer of the DuckDB warehouse holds; others wait."""
    settings.root.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.root / "warehouse.lock", thread_local=False, is_singleton=False)


@contextlib.contextmanager
def exclusive(settings: Settings, wait_seconds: float = -1) -> Iterator[None]:
    """Keep other Granary writers off the warehouse; PostgreSQL needs no such lock.

    Args:
        wait_seconds: how long to wait for one that is writing; less than 0 for however long.

    Raises:
        WarehouseBusy: it was still writing.
    """
    if settings.target != "duckdb":
        yield
        return
    lock = writer_lock(settings)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise WarehouseBusy("the warehouse is being written to: try again later") from None
    try:
        yield
    finally:
        lock.release()
