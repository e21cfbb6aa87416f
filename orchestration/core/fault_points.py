"""Named points of work at which a process may end: tests end it there, else nothing happens."""

from __future__ import annotations

from collections.abc import Callable

Watcher = Callable[[str], None]

_watchers: list[Watcher] = []


def reached(point: str) -> None:
    """Say that work has come to a point."""
    for watcher in _watchers:
        watcher(point)


def watch(watcher: Watcher) -> None:
    """Have every point told from now on, for as long as this process lives."""
    _watchers.append(watcher)
