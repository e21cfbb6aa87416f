"""Alert rules, as the seed states them, and what breaks them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestration.health.parts import PARTS, Measured, State
from orchestration.reading import reading, tables
from orchestration.settings import PROJECT_DIR, Settings

SEED = PROJECT_DIR / "seeds" / "operations" / "alert_rules.csv"


@dataclass(frozen=True)
class Rule:
    """A line of the seed `alert_rules`."""

    name: str
    metric: str
    threshold: float
    severity: str
    channels: tuple[str, ...]


@lru_cache
def rules() -> tuple[Rule, ...]:
    """Every rule."""
    with open(SEED, encoding="utf-8", newline="") as file:
        return tuple(
            Rule(
                row["rule"],
                row["metric"],
                float(row["threshold"]),
                row["severity"],
                tuple(row["channels"].split()),
            )
            for row in csv.DictReader(file)
        )


def measure(settings: Settings, wait_seconds: float) -> Mapping[str, Measured]:
    """What rules are about, by metric.

    Raises:
        WarehouseBusy: it was still written to after so many seconds.
    """
    with reading(settings, wait_seconds) as query:
        state = State.at_present(query, tables(query), settings)
        found = {name: part(state) for name, part in PARTS.items()}
        assessed = {part: _assessed(state, part) for part in ("lifecycle", "drill")}
        return found | assessed | {"response_time": _response_time(state)}


def is_broken(rule: Rule, measured: Measured) -> bool | None:
    """Whether a rule is broken; None where that cannot be told."""
    if measured.value is None:
        return None
    return measured.value > rule.threshold


def shown(value: float | None) -> float | None:
    """A figure as books hold it: what never happened has none."""
    return None if value is None or math.isinf(value) else value


def _response_time(state: State) -> Measured:
    if not state.has("assistant.system_performance"):
        return Measured(None, "nothing was measured")
    [(seconds, day)] = state.query(
        "select avg(metric_value), max(metric_date) from assistant.system_performance "
        "where metric_name = 'response_time' and metric_date = "
        "(select max(metric_date) from assistant.system_performance)"
    )
    if seconds is None:
        return Measured(None, "nothing was measured")
    return Measured(float(seconds), f"{float(seconds):.2f} seconds on average on {day}")


def _assessed(state: State, part: str) -> Measured:
    """As last assessed: measuring it takes the warehouse for longer than a look."""
    if not state.has("governance.health_assessments"):
        return Measured(None, "never assessed")
    rows = state.query(
        "select measured, finding from governance.health_assessments "
        f"where part = '{part}' order by entry_number desc limit 1"
    )
    return Measured(*rows[0]) if rows else Measured(None, "never assessed")
