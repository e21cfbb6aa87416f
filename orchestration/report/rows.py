"""Rows of a query by what they are grouped by, for the period and the one before."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestration.report.figures import Number
from orchestration.report.source import Row

DIMENSIONS = (
    "day",
    "document_type",
    "size_category",
    "complexity_category",
    "language_code",
    "processing_status",
    "organization_id",
    "ai_model_key",
    "risk_level",
    "quality_rating",
    "satisfaction",
    "user_type",
    "user_role",
    "subscription_tier",
    "feedback_action",
    "hour_number",
    "stream",
)


class Spans:
    """The answer of one query, whose rows say whether they are of the period (`in_period`)."""

    def __init__(self, rows: list[Row]) -> None:
        """Sort the rows by span and by the dimension they are grouped by."""
        self._totals: dict[bool, Row] = {}
        self._groups: dict[tuple[str, bool], dict[Any, Row]] = {}
        for row in rows:
            span = row["in_period"]
            dimension = next((d for d in DIMENSIONS if row.get(d) is not None), None)
            if dimension is None:
                self._totals[span] = row
                continue
            key = (row["stream"], row["rule_name"]) if dimension == "stream" else row[dimension]
            self._groups.setdefault((dimension, span), {})[key] = row

    @property
    def has_period(self) -> bool:
        """Whether anything happened in the period."""
        return True in self._totals

    def total(self, span: bool) -> Row:
        """The row of a whole span; empty where nothing happened."""
        return self._totals.get(span, {})

    def by(self, dimension: str, span: bool) -> dict[Any, Row]:
        """The rows of a span by the values of a dimension."""
        return self._groups.get((dimension, span), {})

    def ranked(self, dimension: str, value: Callable[[Row], Number]) -> list[tuple[Any, Row, Row]]:
        """Key, row and row before of every value of a dimension, the largest first."""
        now, before = self.by(dimension, True), self.by(dimension, False)
        return [
            (key, now.get(key, {}), before.get(key, {}))
            for key in sorted(
                now.keys() | before.keys(),
                key=lambda k: (
                    -value(now[k]) if k in now else 0,
                    -value(before[k]) if k in before else 0,
                    str(k),
                ),
            )
        ]


def ratio(total: Number | None, count: Number | None) -> float | None:
    """A quotient, taken once over exact sums; None over nothing."""
    if total is None or not count:
        return None
    return float(total) / float(count)


def plain(value: Number | None) -> Number:
    """A sum over nothing is zero."""
    return Decimal(0) if value is None else value
