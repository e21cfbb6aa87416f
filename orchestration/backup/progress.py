"""Progress of long work."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is counted, how much is done, how much there is in all."""


def counter(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    """A bar for work that reports how much is done in all."""
    if progress is None:
        return None

    def count(done: int, total: int) -> None:
        progress(what, done, total)

    return count


def adder(progress: Progress | None, what: str, total: int = 0) -> Callable[[int], None] | None:
    """A bar for work that reports how much it has just done; an unknown total grows."""
    if progress is None:
        return None
    done = 0

    def add(size: int) -> None:
        nonlocal done
        done += size
        progress(what, done, max(total, done))

    return add
