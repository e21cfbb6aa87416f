"""What a warehouse must find in the platform's sample, counted while it is written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.delivery import Rows
from orchestration.sample.noise import Ints
from orchestration.sample.prism.columns import STREAMS, contract
from orchestration.sample.prism.documents import Work
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.prism.planting import Planted
from orchestration.sample.prism.state import ABSENT, IN_USE, LEFT
from orchestration.sample.prism.vocabulary import ACTIONS
from orchestration.sample.rhythm import DAY, Rhythm
from orchestration.sample.truth import Count

_STATES = {IN_USE: "in_use", LEFT: "left", ABSENT: "gone"}


class Latest:
    """One fact of the latest version delivered of each of a growing number of entities."""

    def __init__(self) -> None:
        self._fact = np.zeros(0, dtype=np.int64)
        self._delivered = np.zeros(0, dtype=np.bool_)

    def see(self, entities: Ints, facts: Ints, is_row: bool = True) -> None:
        """Take in versions, one an entity at most, each written after those seen before.

        Args:
            entities: who each version is of.
            facts: what it says.
            is_row: whether it is a row of the entity's stream; a tombstone is none.
        """
        missing = int(entities.max(initial=-1)) + 1 - len(self._fact)
        if missing > 0:
            self._fact = np.concatenate([self._fact, np.zeros(missing, np.int64)])
            self._delivered = np.concatenate([self._delivered, np.zeros(missing, np.bool_)])
        self._fact[entities] = facts
        self._delivered[entities] |= is_row

    def counts(self) -> Counter[int]:
        """Entities by fact; those of which no row was delivered are left out."""
        kinds, counts = np.unique(self._fact[self._delivered], return_counts=True)
        return Counter(dict(zip(kinds.tolist(), counts.tolist(), strict=True)))


class Totals:
    """Sums over what is delivered within the sample, each row as it is then known latest."""

    def __init__(self, options: PrismOptions, rhythm: Rhythm) -> None:
        self._end = options.days * DAY
        self._rhythm = rhythm
        self._sums: Counter[str] = Counter()
        self._analyses_by_day: Counter[str] = Counter()
        self._documents_by_status: Counter[str] = Counter()
        self._feedback_by_action: Counter[str] = Counter()
        self._events_by_type: Counter[str] = Counter()
        self.users = Latest()
        self.organizations = Latest()

    def add_versions(self, latest: Latest, planted: Planted, entities: Ints, facts: Ints) -> None:
        """Count versions of users or organizations, one an entity, that arrive in time.

        Args:
            latest: `users` or `organizations`.
            planted: the versions.
            entities: who each version is of.
            facts: what the first deliveries say of each.
        """
        first = np.arange(planted.originals)
        rows = first[planted.rows.valid[first] & (planted.rows.arrival[first] < self._end)]
        latest.see(entities[rows], facts[rows])

    def add_tombstones(self, planted: Planted, users: Ints) -> None:
        """Count tombstones of users (entity -1: of anything else)."""
        rows = planted.latest(self._end)
        gone = rows[users[planted.entity[rows]] >= 0]
        self._sums["user_deletions"] += len(gone)
        people = users[planted.entity[gone]]
        self.users.see(people, np.full(len(gone), ABSENT), is_row=False)
        self._sums["document_deletions"] += len(rows) - len(gone)

    def add_analyses(self, planted: Planted, work: Work, without_items: list[int]) -> None:
        """Count analyses of a part of a half day."""
        rows = planted.latest(self._end)
        entity = planted.entity[rows]
        self._sums["analyses"] += len(rows)
        self._sums["tokens"] += int(np.sum(self._numbers(planted, "tokens_used", rows)))
        dollars = self._numbers(planted, "cost_usd", rows)
        self._sums["cost_microdollars"] += int(np.rint(dollars * 1e6).astype(np.int64).sum())
        confidence = self._numbers(planted, "confidence_score", rows)
        possible = (confidence >= 0) & (confidence <= 1)
        self._sums["confidence_hundredths"] += int(np.rint(confidence[possible] * 100).sum())
        self._sums["confident_analyses"] += int(possible.sum())
        scores = self._numbers(planted, "user_satisfaction_score", rows)
        possible = (scores >= 1) & (scores <= 5)
        self._sums["satisfaction_tenths"] += int(np.rint(scores[possible] * 10).sum())
        self._sums["scored_analyses"] += int(possible.sum())
        counted = np.ones(len(work.document), dtype=np.bool_)
        counted[without_items] = False
        for name, risk in zip(("low", "medium", "high"), work.risks, strict=True):
            self._sums[f"{name}_risk_items"] += int(np.where(counted, risk, 0)[entity].sum())
        days, counts = np.unique(work.recorded[entity] // DAY, return_counts=True)
        for day, count in zip(days.tolist(), counts.tolist(), strict=True):
            self._analyses_by_day[self._rhythm.date_of(day)] += count

    def add_documents(self, planted: Planted) -> None:
        """Count documents of a part of a half day."""
        _count(self._documents_by_status, planted, "processing_status", self._end)

    def add_sections(self, planted: Planted) -> None:
        """Count sections of a part of a half day."""
        self._sums["sections"] += len(planted.latest(self._end))

    def add_feedback(self, planted: Planted) -> None:
        """Count feedback of a part of a half day; an action that is none is other."""
        found: Counter[str] = Counter()
        _count(found, planted, "action", self._end)
        for action, count in found.items():
            known = action if action in (*ACTIONS, "missing") else "other"
            self._feedback_by_action[known] += count

    def add_events(self, planted: Planted) -> None:
        """Count events of the audit log."""
        _count(self._events_by_type, planted, "event_type", self._end)

    @staticmethod
    def _numbers(planted: Planted, column: str, rows: Ints) -> Any:
        """Values, missing ones as NaN (of integers: there are none)."""
        return planted.rows.content.column(column).take(pa.array(rows)).to_numpy()

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        users = self.users.counts()
        names = (
            "analyses", "tokens", "cost_microdollars", "confident_analyses",
            "confidence_hundredths", "scored_analyses", "satisfaction_tenths",
            "high_risk_items", "medium_risk_items", "low_risk_items",
        )  # fmt: skip
        return {
            **{name: self._sums[name] for name in names},
            "analyses_by_event_day": dict(sorted(self._analyses_by_day.items())),
            "documents": self._documents_by_status.total(),
            "documents_by_status": dict(sorted(self._documents_by_status.items())),
            "document_deletions": self._sums["document_deletions"],
            "sections": self._sums["sections"],
            "feedback": self._feedback_by_action.total(),
            "feedback_by_action": dict(sorted(self._feedback_by_action.items())),
            "audit_events": self._events_by_type.total(),
            "audit_events_by_type": dict(sorted(self._events_by_type.items())),
            "organizations": self.organizations.counts().total(),
            "users": users.total(),
            "users_by_state": {name: users[state] for state, name in _STATES.items()},
            "user_deletions": self._sums["user_deletions"],
        }


def _count(counter: Counter[str], planted: Planted, column: str, end: int) -> None:
    """Count values of the rows that win; a missing one is `missing`."""
    rows = pa.array(planted.latest(end))
    for entry in planted.rows.content.column(column).take(rows).value_counts().to_pylist():
        counter["missing" if entry["values"] is None else entry["values"]] += entry["counts"]


class Truth:
    """Everything known about the sample."""

    def __init__(self, options: PrismOptions, rhythm: Rhythm) -> None:
        self._options = options
        self._rhythm = rhythm
        self.streams = {name: Count() for name in STREAMS}
        self._days: dict[str, dict[str, Count]] = {name: {} for name in STREAMS}
        self.totals = Totals(options, rhythm)

    def add_file(self, stream: str, day: int, rows: Rows) -> None:
        """Count a file of a delivery day."""
        self.streams[stream].add(rows)
        date = self._rhythm.date_of(day)
        self._days[stream].setdefault(date, Count()).add(rows)

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "source": "prism",
            "options": self._options.described(),
            "streams": {
                name: count.described()
                | {
                    "natural_key": list(contract(name).natural_key),
                    "required": [c.name for c in contract(name).columns if c.required],
                    "by_delivery_day": {
                        date: day.described() for date, day in self._days[name].items()
                    },
                }
                for name, count in self.streams.items()
            },
            "totals": self.totals.described(),
        }
