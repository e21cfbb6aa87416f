"""The lock that keeps two writers off one DuckDB warehouse."""

from __future__ import annotations

from filelock import FileLock

from orchestration.settings import Settings


def writer_lock(settings: Settings) -> FileLock:
    """The lock every writer of the DuckDB warehouse holds; others wait."""
    settings.root.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.root / "warehouse.lock", thread_local=False, is_singleton=False)
