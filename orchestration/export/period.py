"""Which days an export covers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.core.errors import WrongRequest
from orchestration.core.period import Period
from orchestration.export.errors import NoRows

DAYS = 30


@dataclass(frozen=True)
class Days:
    """Between which days rows lie.

    `last_known` is the last that is not after the last delivery, None where all are; after that day
    lie `later` rows, by some wrong clock.
    """

    first: date
    last: date
    last_known: date | None
    later: int = 0

    @property
    def end(self) -> date:
        """The day with which a period ends that names no last day."""
        return self.last_known or self.last


@dataclass(frozen=True)
class Asked:
    """The period as a person gave it: a number of days, or a first and perhaps a last day."""

    days: int | None = None
    first_day: date | None = None
    last_day: date | None = None

    def __post_init__(self) -> None:
        if self.days is not None and (self.first_day or self.last_day):
            raise WrongRequest("--days or --from and --to, not both")
        if self.last_day and not self.first_day:
            raise WrongRequest("--to needs --from")
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise WrongRequest(f"--from {self.first_day} lies after --to {self.last_day}")

    def period(self, end: date) -> Period:
        """The period, where data or today ends on a day.

        Raises:
            NoRows: it begins after that day.
        """
        if self.first_day is None:
            return Period.ending(end, self.days or DAYS)
        if self.last_day is None and self.first_day > end:
            raise NoRows(f"no rows from {self.first_day} on: the last day is {end}")
        return Period(self.first_day, self.last_day or end)


def after(period: Period) -> date:
    """The day after a period."""
    # The calendar ends; no row lies so late.
    return min(period.last_day, date.max - timedelta(days=1)) + timedelta(days=1)


def whole(spans: Iterable[Days | None]) -> Days | None:
    """All of several; None where none has any."""
    found = [span for span in spans if span]
    if not found:
        return None
    return Days(
        min(s.first for s in found),
        max(s.last for s in found),
        max((s.last_known for s in found if s.last_known), default=None),
        sum(s.later for s in found),
    )
