"""Read the alert rules, which decide when an incident opens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from orchestration.policies.seeds import rows_of


@dataclass(frozen=True)
class Rule:
    """One row of the seed `alert_rules`: a metric above its threshold opens an incident."""

    name: str
    metric: str
    threshold: float
    severity: str
    channels: tuple[str, ...]


@lru_cache
def rules() -> tuple[Rule, ...]:
    """Return every rule of the seed."""
    return tuple(
        Rule(
            row["rule"],
            row["metric"],
            float(row["threshold"]),
            row["severity"],
            tuple(row["channels"].split()),
        )
        for row in rows_of("operations/alert_rules")
    )
