"""Read the parts of the health score: thresholds, weight and advice of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestration.policies.seeds import rows_of


@dataclass(frozen=True)
class Threshold:
    """One row of the seed `health_parts`."""

    part: str
    unit: str
    warn_above: float
    error_above: float
    weight: float
    advice: str


@lru_cache
def thresholds() -> Mapping[str, Threshold]:
    """Return the thresholds of every part, by its name."""
    return {
        row["part"]: Threshold(
            row["part"],
            row["unit"],
            float(row["warn_above"]),
            float(row["error_above"]),
            float(row["weight"]),
            row["advice"],
        )
        for row in rows_of("operations/health_parts")
    }
