"""Half days: what lies between one extraction and the next."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from orchestration.sample.noise import Floats, Ints
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.rhythm import DAY, Rhythm

HALF = DAY // 2


@dataclass(frozen=True)
class Half:
    """The time from one extraction to the next: `[begin, end)` in microseconds.

    Attributes:
        number: 0 for the first half of the first day.
        day: the delivery day.
        load: traffic of the half against the average half day.
    """

    number: int
    day: int
    begin: int
    end: int
    load: float


class Halves:
    """The half days of a sample. Nothing here knows how many days follow."""

    def __init__(self, options: PrismOptions) -> None:
        self._options = options
        self.rhythm = Rhythm(options.start)

    def __iter__(self) -> Iterator[Half]:
        for number in range(2 * self._options.days):
            day, is_second = divmod(number, 2)
            before_noon = self.rhythm.share_before(day, 12)
            share = 1 - before_noon if is_second else before_noon
            load = 2 * share * self.rhythm.load(day)
            yield Half(number, day, number * HALF, (number + 1) * HALF, load)

    def moments(self, half: Half, units: Floats) -> Ints:
        """Times in the half for quantiles of its traffic; larger quantile, later time."""
        before_noon = self.rhythm.share_before(half.day, 12)
        begin, end = (before_noon, 1.0) if half.number % 2 else (0.0, before_noon)
        times = self.rhythm.moments(half.day, begin + units * (end - begin))
        clipped: Ints = np.clip(times, half.begin, half.end - 1)
        return clipped

    def analyses(self, half: Half) -> int:
        """Analyses of the documents uploaded in the half."""
        return max(1, round(self._options.analyses_per_day * half.load / 2))

    def blocks(self, half: Half) -> list[tuple[int, int]]:
        """The half cut into parts of about one file: number of each, and its analyses."""
        wanted = self.analyses(half)
        count = math.ceil(wanted / self._options.analyses_per_part)
        cuts = [wanted * i // count for i in range(count + 1)]
        return [(i, cuts[i + 1] - cuts[i]) for i in range(count)]


def half_of(times: Ints) -> Ints:
    """The number of the half each time falls into; before the first, the first."""
    number: Ints = np.maximum(times, 0) // HALF
    return number
