"""Compute from the lifecycle's log how many bytes moving rows has saved."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.core.settings import Settings
from orchestration.lifecycle.layout import StoredTier
from orchestration.lifecycle.warehouse import open_warehouse


@dataclass(frozen=True)
class Saving:
    """Rows that moved from one tier to another, and their bytes before and after."""

    relation: str
    from_tier: str
    to_tier: StoredTier
    rows: int
    bytes_before: int
    bytes_after: int

    @property
    def ratio(self) -> float | None:
        """Bytes after divided by bytes before; None if there were none before."""
        return self.bytes_after / self.bytes_before if self.bytes_before else None


def savings(settings: Settings) -> list[Saving]:
    """Return all recorded moves, summed by relation and tiers; recalls are left out.

    Raises:
        NotBuilt: there is no warehouse yet.
    """
    with open_warehouse(settings) as warehouse:
        found = warehouse.query(
            "select relation, from_tier, to_tier, cast(sum(row_count) as bigint), "
            "cast(sum(bytes_before) as bigint), cast(sum(bytes_after) as bigint) "
            "from governance.lifecycle_log "
            "where to_tier in ('warm', 'cold', 'archive') and bytes_before is not null "
            "and bytes_after is not null and coalesce(reason, '') <> 'recall' "
            "group by relation, from_tier, to_tier order by 1, 2 desc, 3"
        )
    return [Saving(*row) for row in found]
