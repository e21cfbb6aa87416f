"""The lock that keeps two writers off one DuckDB warehouse."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from filelock import FileLock

from orchestration.settings import Settings


def writer_lock(settings: Settings) -> FileLock:
    """The lock every writer of the DuckDB warehouse holds; others wait."""
    settings.root.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.root / "warehouse.lock", thread_local=False, is_singleton=False)


@contextlib.contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Keep other Granary writers off the warehouse; PostgreSQL needs no such lock."""
    if settings.target == "duckdb":
        with writer_lock(settings):
            yield
    else:
        yield
