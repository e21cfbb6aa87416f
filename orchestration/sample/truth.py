"""What a warehouse must find in the sample, counted while it is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orchestration.sample.delivery import Rows
from orchestration.sample.faults import Planted
from orchestration.sample.options import SampleOptions
from orchestration.sample.rhythm import DAY, Calendar
from orchestration.sample.sessions import NO_RATING, NO_RESPONSE, NULL_RATING, Sessions
from orchestration.sample.streams import STREAMS
from orchestration.sample.topics import QUERY_TYPES, ROLES


@dataclass
class Count:
    """Figures of a stream, or of one delivery day of it.

    `unique` counts natural keys on the day they are first delivered in a valid line, so the sum
    up to a day is what deduplicating everything delivered by then leaves.
    """

    files: int = 0
    lines: int = 0
    rows: int = 0
    unique: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    pii_types: Counter[str] = field(default_factory=Counter)

    def add(self, lines: Rows) -> None:
        """Count one file."""
        self.files += 1
        self.lines += len(lines)
        self.rows += int(lines.valid.sum())
        self.unique += int(lines.fresh.sum())
        self.faults.update(note.fault for note in lines.notes)
        self.pii_types.update(note.pii_type for note in lines.notes if note.pii_type)

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "files": self.files,
            "lines": self.lines,
            "expected_rows": self.rows,
            "expected_rejects": self.lines - self.rows,
            "unique_rows": self.unique,
            "faults": dict(sorted(self.faults.items())),
            "pii_types": dict(sorted(self.pii_types.items())),
        }


class Totals:
    """Sums over unique interactions, each as last delivered within the sample."""

    def __init__(self, options: SampleOptions, calendar: Calendar) -> None:
        self._end = options.days * DAY
        self._calendar = calendar
        self._by_day: Counter[int] = Counter()
        self._by_role: Counter[int] = Counter()
        self._by_type: Counter[int] = Counter()
        self._sessions = 0
        self._successes = 0
        self._ratings = 0
        self._rating_sum = 0
        self._response_ms = 0

    def add(self, sessions: Sessions, planted: Planted) -> None:
        """Count the interactions of a stretch's sessions."""
        count = planted.originals
        arrived = planted.lines.fresh[:count] & (planted.lines.arrival[:count] < self._end)
        ratings = np.where(sessions.ratings == NULL_RATING, NO_RATING, sessions.ratings)
        response_ms = np.where(sessions.response_ms == NO_RESPONSE, 0, sessions.response_ms)
        for row, arrival, record in planted.changed:
            if arrival < self._end:
                rating = record.get("user_rating") or 0
                ratings[row] = rating if 1 <= rating <= 5 else NO_RATING
                response_ms[row] = max(0, round((record["response_time"] or 0) * 1000))
        _count(self._by_day, sessions.times[arrived] // DAY)
        _count(self._by_role, sessions.roles[sessions.session[arrived]])
        _count(self._by_type, sessions.query_types[arrived])
        self._sessions += len(np.unique(sessions.session[arrived]))
        self._successes += int(sessions.success[arrived].sum())
        self._ratings += int((ratings[arrived] > 0).sum())
        self._rating_sum += int(ratings[arrived].sum())
        self._response_ms += int(response_ms[arrived].sum())

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        days = sorted(self._by_day)
        return {
            "interactions_by_event_day": {
                self._calendar.date_of(day): self._by_day[day] for day in days
            },
            "interactions_by_role": {role: self._by_role[i] for i, role in enumerate(ROLES)},
            "interactions_by_query_type": {t: self._by_type[i] for i, t in enumerate(QUERY_TYPES)},
            "distinct_sessions": self._sessions,
            "successful_interactions": self._successes,
            "rated_interactions": self._ratings,
            "rating_sum": self._rating_sum,
            "response_milliseconds": self._response_ms,
        }


class Truth:
    """Everything known about the sample."""

    def __init__(self, options: SampleOptions, calendar: Calendar) -> None:
        self._options = options
        self._calendar = calendar
        self._streams = {spec.name: Count() for spec in STREAMS}
        self._days: dict[str, dict[str, Count]] = {spec.name: {} for spec in STREAMS}
        self.totals = Totals(options, calendar)

    def add_file(self, stream: str, day: int, lines: Rows) -> None:
        """Count a file of a delivery day."""
        self._streams[stream].add(lines)
        date = self._calendar.date_of(day)
        self._days[stream].setdefault(date, Count()).add(lines)

    @property
    def streams(self) -> dict[str, Count]:
        """Figures by stream."""
        return self._streams

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "source": "assistant",
            "options": self._options.described(),
            "streams": {
                spec.name: self._streams[spec.name].described()
                | {
                    "natural_key": list(spec.natural_key),
                    "required": list(spec.required),
                    "by_delivery_day": {
                        date: count.described() for date, count in self._days[spec.name].items()
                    },
                }
                for spec in STREAMS
            },
            "totals": self.totals.described(),
        }


def _count(counter: Counter[int], values: Any) -> None:
    kinds, counts = np.unique(values, return_counts=True)
    counter.update(dict(zip(kinds.tolist(), counts.tolist(), strict=True)))
