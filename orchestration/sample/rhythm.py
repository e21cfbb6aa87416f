"""When things happen: growth, the week, the hours (UTC), and the stretches a day is cut into."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from orchestration.sample.noise import Floats, Ints
from orchestration.sample.options import SampleOptions

SECOND = 1_000_000
DAY = 86_400 * SECOND
"""Times are microseconds since midnight (UTC) of the first day."""

# Traffic by hour: Japan and Europe at work, then America; the night over the Pacific is quiet.
_WEEKDAY_HOURS = (
    3.2, 3.6, 3.4, 2.8, 3.0, 3.6, 4.4, 5.6, 6.6, 7.0, 6.4, 5.6,
    6.0, 7.2, 7.8, 7.4, 6.6, 5.8, 5.0, 4.2, 3.4, 2.6, 2.0, 2.4,
)  # fmt: skip
_WEEKEND_HOURS = (
    3.4, 3.2, 3.0, 2.8, 2.8, 3.0, 3.4, 4.0, 4.8, 5.2, 5.2, 5.0,
    5.0, 5.2, 5.4, 5.4, 5.2, 5.2, 5.0, 4.6, 4.2, 3.8, 3.2, 3.0,
)  # fmt: skip
_WEEK: tuple[float, ...] = (1.10, 1.16, 1.15, 1.12, 1.03, 0.74, 0.70)  # Monday to Sunday, mean 1
_GROWTH = 0.26
_HALF_GROWN_DAYS = 30


@dataclass(frozen=True)
class Stretch:
    """A part of a day with about one file of interactions: `[begin, end)` in microseconds."""

    day: int
    block: int
    blocks: int
    begin: int
    end: int


class Rhythm:
    """How traffic comes and goes from a first day on. Nothing here knows how many days follow."""

    def __init__(self, start: date) -> None:
        self._start = start

    def date_of(self, day: int) -> str:
        """The ISO date of a day."""
        return (self._start + timedelta(days=day)).isoformat()

    def weekday(self, day: int) -> int:
        """0 on Monday, 6 on Sunday."""
        return (self._start + timedelta(days=day)).weekday()

    def load(self, day: int) -> float:
        """Traffic of the day against the average: growth times the week."""
        growth = 0.92 + _GROWTH * day / (day + _HALF_GROWN_DAYS)
        return growth * _WEEK[self.weekday(day)]

    @cached_property
    def _curves(self) -> tuple[Floats, Floats]:
        return _cumulative(_WEEKDAY_HOURS), _cumulative(_WEEKEND_HOURS)

    def share_before(self, day: int, hour: int) -> float:
        """The share of the day's traffic before a full hour."""
        return float(self._curves[self.weekday(day) >= 5][hour])

    def moments(self, day: int, units: Floats) -> Ints:
        """Times on the day for quantiles of its traffic; larger quantile, later time."""
        curve = self._curves[self.weekday(day) >= 5]
        hour = np.minimum(np.searchsorted(curve, units, side="right") - 1, 23)
        within = (units - curve[hour]) / (curve[hour + 1] - curve[hour])
        offset = ((hour + np.clip(within, 0.0, 1.0)) * (3600 * SECOND)).astype(np.int64)
        moments: Ints = day * DAY + np.minimum(offset, DAY - 1)
        return moments


class Calendar(Rhythm):
    """The days of the assistant's sample, and the stretches they are cut into."""

    def __init__(self, options: SampleOptions) -> None:
        super().__init__(options.start)
        self._options = options

    def interactions(self, day: int) -> int:
        """Interactions of the sessions that begin on the day."""
        return max(1, round(self._options.rows_per_day * self.load(day)))

    def blocks(self, day: int) -> int:
        """How many stretches the day is cut into."""
        return math.ceil(self.interactions(day) / (0.96 * self._options.lines_per_file))

    def _edges(self, day: int) -> Ints:
        inner = np.arange(1, self.blocks(day), dtype=np.float64) / self.blocks(day)
        return self.moments(day, inner)

    def stretches(self, day: int) -> list[Stretch]:
        """The stretches of a day, in order."""
        edges = [day * DAY, *self._edges(day).tolist(), (day + 1) * DAY]
        last = len(edges) - 1
        return [Stretch(day, i, last, edges[i], edges[i + 1]) for i in range(last)]

    def all_stretches(self) -> Iterator[Stretch]:
        """Every stretch of the sample, in order."""
        for day in range(self._options.days):
            yield from self.stretches(day)

    def blocks_of(self, day: int, times: Ints) -> Ints:
        """The block of the day each time falls into."""
        blocks: Ints = np.searchsorted(self._edges(day), times, side="right").astype(np.int64)
        return blocks


def _cumulative(weights: tuple[float, ...]) -> Floats:
    total = math.fsum(weights)
    return np.array([math.fsum(weights[:i]) / total for i in range(len(weights) + 1)])
