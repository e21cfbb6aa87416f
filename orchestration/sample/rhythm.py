"""When things happen: growth, the week, the hours (UTC), and the slots that are delivered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from orchestration.sample.noise import Floats, Ints

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
_WEEK = (1.10, 1.16, 1.15, 1.12, 1.03, 0.74, 0.70)  # Monday to Sunday, mean 1
_GROWTH = 0.26
_HALF_GROWN_DAYS = 30


@dataclass(frozen=True)
class Slot:
    """What one delivery covers: `[begin, end)`, a whole day or an equal part of it."""

    number: int  # 0 for the first slot of the first day
    day: int
    begin: int
    end: int
    load: float  # its traffic against that of an average slot


class Rhythm:
    """How traffic rises and falls from a first day on, whatever the number of days."""

    def __init__(self, start: date, slots_per_day: int) -> None:
        self._start = start
        self._per_day = slots_per_day
        self.length = DAY // slots_per_day
        hours = np.array([_WEEKDAY_HOURS, _WEEKEND_HOURS])
        self._curves = np.insert(hours.cumsum(axis=1) / hours.sum(axis=1, keepdims=True), 0, 0, 1)

    def date_of(self, day: int) -> str:
        """The ISO date of a day."""
        return (self._start + timedelta(days=day)).isoformat()

    def _curve(self, number: int) -> tuple[Floats, float, float]:
        """The share of a day's traffic before each hour, before a slot, and up to its end."""
        day, place = divmod(number, self._per_day)
        curve = self._curves[int((self._start + timedelta(days=day)).weekday() >= 5)]
        hours = 24 // self._per_day
        return curve, float(curve[place * hours]), float(curve[(place + 1) * hours])

    def slots(self, days: int) -> Iterator[Slot]:
        """Every slot of a number of days, in order."""
        for number in range(days * self._per_day):
            day, begin = number // self._per_day, number * self.length
            _, before, after = self._curve(number)
            growth = 0.92 + _GROWTH * day / (day + _HALF_GROWN_DAYS)
            week = _WEEK[(self._start + timedelta(days=day)).weekday()]
            load = growth * week * (after - before) * self._per_day
            yield Slot(number, day, begin, begin + self.length, load)

    def slot_of(self, times: Ints) -> Ints:
        """The number of the slot each time falls into; before the first, the first."""
        numbers: Ints = np.maximum(times, 0) // self.length
        return numbers

    def moments(self, slot: Slot, units: Floats) -> Ints:
        """Times in the slot for quantiles of its traffic; larger quantile, later time."""
        curve, before, after = self._curve(slot.number)
        hours = np.interp(before + units * (after - before), curve, np.arange(25))
        times = slot.day * DAY + (hours * 3600 * SECOND).astype(np.int64)
        return np.clip(times, slot.begin, slot.end - 1)


def blocks(wanted: int, largest: int) -> list[int]:
    """Split `wanted` rows into blocks of about equal size, none above `largest`."""
    count = math.ceil(wanted / largest)
    return [wanted * (i + 1) // count - wanted * i // count for i in range(count)]
