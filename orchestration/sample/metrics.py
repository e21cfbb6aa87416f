"""What the assistant's own monitoring reports: a measurement of each series every five minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample.noise import Floats, Ints, Noise
from orchestration.sample.rhythm import DAY, SECOND, Calendar, Stretch
from orchestration.sample.streams import Clean
from orchestration.sample.text import TimeText, either, glue, strings, take, thousandths
from orchestration.sample.topics import COMPONENTS

_TICKS = 288
_LARGEST = 200_000


@dataclass(frozen=True)
class _Series:
    name: str
    unit: str
    component: str


SERIES = (
    *(_Series("response_time", "seconds", component) for component in COMPONENTS),
    *(_Series("success_rate", "ratio", component) for component in COMPONENTS),
    *(_Series("error_rate", "ratio", component) for component in COMPONENTS),
    _Series("database_size", "bytes", "warehouse"),
    _Series("concurrent_sessions", "count", "api"),
    _Series("build_duration", "seconds", "pipeline"),
)


class MetricLines:
    """Writes the metrics of any stretch. About every third day each component has an incident."""

    def __init__(
        self, seed: int, rows_per_day: int, calendar: Calendar, time_text: TimeText
    ) -> None:
        self._seed = seed
        self._rows_per_day = rows_per_day
        self._calendar = calendar
        self._time_text = time_text
        self._heads = strings(
            [f'Z","metric_name":"{series.name}","metric_value":' for series in SERIES]
        )
        self._tails = strings(
            [
                f',"metric_unit":"{series.unit}","component":"{series.component}"}}\n'
                for series in SERIES
            ]
        )
        self._thousandths = thousandths(range(_LARGEST))

    def metrics(self, stretch: Stretch) -> Clean:
        """The measurements taken in the stretch."""
        count = len(SERIES)
        series = np.tile(np.arange(count), _TICKS)
        tick = np.repeat(np.arange(_TICKS), count)
        noise = Noise(self._seed, "metrics", stretch.day)
        times = stretch.day * DAY + tick * (300 * SECOND)
        times += noise.below("jitter", len(times), 20 * SECOND)
        values = self._values(noise, stretch.day)[tick, series]
        inside = (times >= stretch.begin) & (times < stretch.end)
        series, times, values = series[inside], times[inside], values[inside]
        # Bytes and sessions are whole numbers; the rest has three decimals.
        whole = np.isin(series, [i for i, s in enumerate(SERIES) if s.unit in ("bytes", "count")])
        plain = strings([str(value) for value in values.tolist()])
        text = glue(
            '{"timestamp":"',
            *self._time_text.parts(times),
            take(self._heads, series),
            either(whole, plain, take(self._thousandths, np.where(whole, 0, values))),
            take(self._tails, series),
        )
        return Clean(text, times)

    def _values(self, noise: Noise, day: int) -> Ints:
        """By tick and series: thousandths, or whole bytes and sessions."""
        share = self._traffic(day)
        columns = []
        for series in SERIES:
            label = f"{series.name} {series.component}"
            wobble = 0.8 + 0.4 * noise.units(label, _TICKS)
            if series.name == "database_size":
                rows = self._rows_per_day * (day + np.arange(_TICKS) / _TICKS)
                columns.append((40_000_000 + 180 * rows).astype(np.int64))
                continue
            if series.name == "concurrent_sessions":
                sessions = self._rows_per_day / 4.3 * self._calendar.load(day) * share * 1.2
                columns.append((sessions * wobble + 0.5).astype(np.int64))
                continue
            if series.name == "build_duration":
                duration = 45_000 + 0.4 * self._rows_per_day**0.5 * (day + 1)
                slow = noise.happens("slow build", _TICKS, 0.006)
                thousandth = duration * wobble * np.where(slow, 4.0, 1.0)
                columns.append(np.minimum(thousandth, _LARGEST - 1).astype(np.int64))
                continue
            incident = self._incident(day, series.component)
            usual, worst = {
                "response_time": (1400.0, 9000.0),
                "success_rate": (970.0, 610.0),
                "error_rate": (12.0, 240.0),
            }[series.name]
            level = np.where(incident, worst, usual) * wobble
            if series.name == "success_rate":
                level = 1000 - (1000 - np.where(incident, worst, usual)) * wobble
            columns.append(level.astype(np.int64))
        return np.stack(columns, axis=1)

    def _traffic(self, day: int) -> Floats:
        """The share of the day's traffic in each five minutes."""
        edges = self._calendar.moments(day, np.arange(1001) / 1001) - day * DAY
        counts = np.bincount(edges // (300 * SECOND), minlength=_TICKS)
        return counts[:_TICKS] / 1001

    def _incident(self, day: int, component: str) -> Ints:
        """Nonzero while the component is in trouble: 15 to 55 minutes on some days."""
        noise = Noise(self._seed, "incident", component, day)
        begin = int(noise.below("begin", 1, 270)[0])
        length = 3 + int(noise.below("length", 1, 9)[0])
        happens = bool(noise.happens("happens", 1, 0.35)[0])
        tick = np.arange(_TICKS)
        return ((tick >= begin) & (tick < begin + length) & happens).astype(np.int64)
