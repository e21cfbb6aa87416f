"""Named points in code that must survive a kill; a test ends the process there.

Outside tests nobody watches and nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable

Watcher = Callable[[str], None]

_watchers: list[Watcher] = []


def reached(point: str) -> None:
    """Announce a point to the watchers, if there are any."""
    for watcher in _watchers:
        watcher(point)


def watch(watcher: Watcher) -> None:
    """Call `watcher` with the name of every point from now on, until the process ends."""
    _watchers.append(watcher)
