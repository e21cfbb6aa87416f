"""Query rows indexed by dimension, for the period and the one before."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orchestration.report.figures import Number
from orchestration.report.source import Row

# The queries use grouping sets: at most one of these columns is set in a row, none in a total.
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
    """The rows of one query. In each, `in_period` is false for the period before."""

    def __init__(self, rows: list[Row]) -> None:
        """Index the rows by span and by the dimension they are grouped by."""
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
        """Return the total row of a span; empty if nothing happened in it."""
        return self._totals.get(span, {})

    def by(self, dimension: str, span: bool) -> dict[Any, Row]:
        """Return the rows of a span, keyed by the values of a dimension."""
        return self._groups.get((dimension, span), {})

    def ranked(self, dimension: str, value: Callable[[Row], Number]) -> list[tuple[Any, Row, Row]]:
        """Return (key, row, previous row) for every value of a dimension, largest first.

        Ties are broken by the previous value, then by the key. A missing row is empty.
        """
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
    """Divide two exact sums; None if the total is unknown or the count is zero.

    Both engines give the same bits, because the only division is this last step.
    """
    if total is None or not count:
        return None
    return float(total) / float(count)


def plain(value: Number | None) -> Number:
    """Return a sum, or zero for SQL's null sum over no rows."""
    return Decimal(0) if value is None else value
