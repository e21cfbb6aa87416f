"""The current time as all tables hold it, and what to make of a clock that was wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

# Clocks of two processes or machines may differ by this much without one being wrong.
TOLERANCE = timedelta(minutes=1)


def utc_now() -> datetime:
    """Return the current time in UTC, as a datetime without time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def gone_back(times: Iterable[datetime]) -> str | None:
    """Describe the first jump backwards in times that were recorded one after the other.

    Returns:
        A warning for a person, or None if no time is earlier than the one before it.
    """
    for before, after in pairwise(times):
        if before - after > TOLERANCE:
            return (
                f"the clock went back from {before:%Y-%m-%d %H:%M:%S} to "
                f"{after:%Y-%m-%d %H:%M:%S} UTC: entries keep their order, which goes by number, "
                "but ages are counted by the clock; set it right"
            )
    return None


def believable(times: Sequence[datetime], now: datetime) -> list[bool]:
    """Tell which of the times, recorded one after the other, a correct clock may have shown.

    Times in the future are wrong. The others are trusted if they belong to a longest non-decreasing
    subsequence, because a clock that was wrong for a while is in the minority. The subsequence is
    found by patience sorting (Schensted, 1961) in O(n log n), from the last time to the first.

    Returns:
        One flag for each time, in the given order.
    """
    # ends[k] is the least age at which a subsequence of k + 1 times can end so far, at
    # times[last_of[k]]; after[i] is the time that follows times[i] in its subsequence.
    ends: list[timedelta] = []
    last_of: list[int] = []
    after: dict[int, int | None] = {}
    for place in reversed(range(len(times))):
        age = now - times[place]
        if age < -TOLERANCE:
            continue
        length = bisect_right(ends, age)
        ends[length : length + 1] = [age]
        last_of[length : length + 1] = [place]
        after[place] = last_of[length - 1] if length else None
    found = [False] * len(times)
    step = last_of[-1] if last_of else None
    while step is not None:
        found[step] = True
        step = after[step]
    return found
