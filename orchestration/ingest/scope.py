"""Which landed files a load looks at: some streams, up to a delivery day, or everything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from orchestration.core.contracts import Contracts


@dataclass(frozen=True)
class Scope:
    """A part of the landing zone.

    Attributes:
        contracts: all streams there are.
        only: the streams looked at, as (source, stream); None for all.
        until: the last delivery day looked at; None for no bound.
    """

    contracts: Contracts
    only: Collection[tuple[str, str]] | None = None
    until: date | None = None

    def covers(self, path: str) -> bool:
        """Whether a path of the landing zone belongs to the part.

        What belongs to no stream, and what lies under no delivery day, belongs to every part.
        """
        parts = path.split("/")
        stream = (parts[0], parts[1]) if len(parts) > 1 else ("", "")
        if self.only is not None and stream in self.contracts and stream not in self.only:
            return False
        day = delivery_day(path)
        return self.until is None or day is None or day <= self.until


def delivery_day(path: str) -> date | None:
    """The day in `<source>/<stream>/<day>/<name>`, or None where there is none."""
    parts = path.split("/")
    try:
        return date.fromisoformat(parts[2]) if len(parts) > 3 else None
    except ValueError:
        return None
