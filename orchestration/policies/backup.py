"""Read the backup tiers from their seed: objectives, schedule, retention and drills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from orchestration.core.errors import ConfigurationError
from orchestration.policies.seeds import rows_of

SEED = "operations/backup_tiers"


@dataclass(frozen=True)
class Tier:
    """One backup tier, a row of the seed.

    Attributes:
        rpo: recovery point objective: how much recent work a restore may lose.
        rto: recovery time objective: how long a restore may take.
        repack: age after which a landed file is stored anew instead of by reference.
        shrink_percent: how much less than the last backup this one may hold, in per cent.
    """

    number: int
    name: str
    rpo: timedelta
    rto: timedelta
    every: timedelta
    retention: timedelta
    repack: timedelta
    drill_every: timedelta
    shrink_percent: float


@lru_cache
def tiers() -> Mapping[int, Tier]:
    """Return every tier by its number.

    Raises:
        ConfigurationError: the seed is missing or malformed.
    """
    try:
        found = [_tier(row) for row in rows_of(SEED)]
    except (KeyError, ValueError):
        raise ConfigurationError(f"{SEED} is malformed: see its description") from None
    return {tier.number: tier for tier in found}


def _tier(row: Mapping[str, str]) -> Tier:
    return Tier(
        number=int(row["tier"]),
        name=row["tier_name"],
        rpo=timedelta(seconds=int(row["rpo_seconds"])),
        rto=timedelta(seconds=int(row["rto_seconds"])),
        every=timedelta(minutes=int(row["backup_every_minutes"])),
        retention=timedelta(days=int(row["retention_days"])),
        repack=timedelta(days=int(row["repack_after_days"])),
        drill_every=timedelta(days=int(row["drill_every_days"])),
        shrink_percent=float(row["shrink_percent"]),
    )
