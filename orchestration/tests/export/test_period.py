"""Which days an export covers."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.core.errors import WrongRequest
from orchestration.export.errors import NoRows
from orchestration.export.period import Asked, Days, after, whole

END = date(2026, 1, 20)


def day(number: int) -> date:
    return date(2026, 1, number)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        (Asked(), date(2025, 12, 22), END),
        (Asked(days=1), END, END),
        (Asked(first_day=day(3)), day(3), END),
        (Asked(first_day=day(3), last_day=day(3)), day(3), day(3)),
        (Asked(first_day=day(3), last_day=day(31)), day(3), day(31)),
    ],
)
def test_days_end_with_the_data_unless_a_last_day_is_named(
    asked: Asked, first: date, last: date
) -> None:
    period = asked.period(END)
    assert (period.first_day, period.last_day) == (first, last)
    assert (after(period) - last).days == 1


@pytest.mark.parametrize(
    "contradiction",
    [
        {"days": 3, "first_day": day(1)},
        {"days": 3, "last_day": day(1)},
        {"last_day": day(1)},
        {"first_day": day(2), "last_day": day(1)},
    ],
)
def test_contradictions_are_wrong_usage(contradiction: dict[str, object]) -> None:
    with pytest.raises(WrongRequest) as refused:
        Asked(**contradiction)  # type: ignore[arg-type]
    assert refused.value.exit_code == 2


def test_the_end_of_the_calendar() -> None:
    assert after(Asked(first_day=day(1), last_day=date.max).period(END)) == date.max


def test_a_period_after_the_data_is_empty() -> None:
    with pytest.raises(NoRows, match="2026-01-20"):
        Asked(first_day=day(21)).period(END)


def test_the_whole_of_several_spans() -> None:
    spans = [None, Days(day(3), day(9), day(4), 2), Days(day(1), day(2), day(2), 1)]
    assert whole(spans) == Days(day(1), day(9), day(4), 3)
    assert whole([Days(day(1), day(2), None, 1)]) == Days(day(1), day(2), None, 1)
    assert whole([None]) is None


def test_a_period_ends_with_the_last_day_that_can_be_known() -> None:
    assert Days(day(1), day(9), day(4), 2).end == day(4)
    assert Days(day(8), day(9), None, 2).end == day(9)
