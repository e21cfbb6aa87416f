"""Choose which landed files a run of the loader considers, by stream and delivery day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from orchestration.core.contracts import Contracts


@dataclass(frozen=True)
class Scope:
    """A part of the landing zone.

    Attributes:
        contracts: all streams.
        only: streams to consider, as (source, stream); None for all.
        until: last delivery day to consider; None for no limit.
    """

    contracts: Contracts
    only: Collection[tuple[str, str]] | None = None
    until: date | None = None

    def covers(self, path: str) -> bool:
        """Whether a path in the landing zone is in scope.

        Paths of no known stream or without a delivery day are always in scope, so that no run
        overlooks a misplaced file.
        """
        parts = path.split("/")
        stream = (parts[0], parts[1]) if len(parts) > 1 else ("", "")
        if self.only is not None and stream in self.contracts and stream not in self.only:
            return False
        day = delivery_day(path)
        return self.until is None or day is None or day <= self.until


def delivery_day(path: str) -> date | None:
    """Return the day in `<source>/<stream>/<day>/<name>`; None if there is none."""
    parts = path.split("/")
    try:
        return date.fromisoformat(parts[2]) if len(parts) > 3 else None
    except ValueError:
        return None
