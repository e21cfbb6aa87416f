"""The time, as all tables hold it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

# By so much the clocks of two processes or machines may differ.
TOLERANCE = timedelta(minutes=1)


def utc_now() -> datetime:
    """The present, UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def gone_back(times: Iterable[datetime]) -> str | None:
    """What to tell where a clock went back, as times show that were noted one after the other."""
    for before, after in pairwise(times):
        if before - after > TOLERANCE:
            return (
                f"the clock went back from {before:%Y-%m-%d %H:%M:%S} to "
                f"{after:%Y-%m-%d %H:%M:%S} UTC: what came first is known by numbers, but ages are "
                "counted by the clock; set it right"
            )
    return None


def believable(times: Sequence[datetime], now: datetime) -> list[bool]:
    """Which of some times, noted one after the other, a clock that was right may have shown.

    Those that have not come yet it has not; of the others, those in the longest run that only rises
    (as by patience sorting, from the last: a clock that was wrong for a while is in the minority).
    """
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
