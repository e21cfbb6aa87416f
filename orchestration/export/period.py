"""The days an export covers: those asked for, and those that have rows."""

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
    """The UTC days that rows cover.

    `last_known` is the last day with rows that is not after the last delivery; None if there is no
    such day. `later` counts the rows after the last delivery, whose clock must have been wrong.
    """

    first: date
    last: date
    last_known: date | None
    later: int = 0

    @property
    def end(self) -> date:
        """The last day of a period that does not state one."""
        return self.last_known or self.last


@dataclass(frozen=True)
class Asked:
    """The period as asked for: a number of days, or a first day and optionally a last one."""

    days: int | None = None
    first_day: date | None = None
    last_day: date | None = None

    def __post_init__(self) -> None:
        if self.days is not None and (self.first_day or self.last_day):
            raise WrongRequest("give --days, or --from and --to, but not both")
        if self.last_day and not self.first_day:
            raise WrongRequest("--to needs --from")
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise WrongRequest(f"--from {self.first_day} lies after --to {self.last_day}")

    def period(self, end: date) -> Period:
        """Return the period, given the day it ends with if none was stated.

        Raises:
            NoRows: the period would begin after `end`.
        """
        if self.first_day is None:
            return Period.ending(end, self.days or DAYS)
        if self.last_day is None and self.first_day > end:
            raise NoRows(f"no rows from {self.first_day} on: the last day is {end}")
        return Period(self.first_day, self.last_day or end)


def after(period: Period) -> date:
    """Return the day after a period."""
    # Python's calendar ends with the year 9999, where the next day would overflow.
    return min(period.last_day, date.max - timedelta(days=1)) + timedelta(days=1)


def whole(spans: Iterable[Days | None]) -> Days | None:
    """Return the days that several relations cover together; None if none of them has rows."""
    found = [span for span in spans if span]
    if not found:
        return None
    return Days(
        min(s.first for s in found),
        max(s.last for s in found),
        max((s.last_known for s in found if s.last_known), default=None),
        sum(s.later for s in found),
    )
