"""The days a report covers, and the days it compares them with."""

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
        """The `days` days that end with `last_day`."""
        return cls(last_day - timedelta(days=days - 1), last_day)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last_day - self.first_day).days + 1

    @property
    def before(self) -> Period:
        """As many days, directly before."""
        return Period.ending(self.first_day - timedelta(days=1), self.days)

    def dates(self) -> list[date]:
        """Every day, in order."""
        return [self.first_day + timedelta(days=n) for n in range(self.days)]
