"""The days that a report covers, and those it compares them with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_DAYS = 3650


@dataclass(frozen=True)
class Period:
    """Whole UTC days from `first_day` to `last_day`, both inclusive."""

    first_day: date
    last_day: date

    @classmethod
    def ending(cls, last_day: date, days: int) -> Period:
        """Return the period of `days` days that ends with `last_day`."""
        return cls(last_day - timedelta(days=days - 1), last_day)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last_day - self.first_day).days + 1

    @property
    def before(self) -> Period:
        """The period of equal length directly before this one."""
        return Period.ending(self.first_day - timedelta(days=1), self.days)

    def dates(self) -> list[date]:
        """Return every day, in order."""
        return [self.first_day + timedelta(days=n) for n in range(self.days)]
