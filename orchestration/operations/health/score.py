"""Compute the health score from its parts and their thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal

from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.operations.health.parts import PARTS, Measured, State, drill, lifecycle
from orchestration.operations.health.quality import StreamQuality, worst_streams
from orchestration.policies.health import Threshold, thresholds
from orchestration.warehouse import books, status_cache
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.relations import tables

KNOWN = "health"
Status = Literal["ok", "warn", "error", "unknown"]
# Score of a part in percent. An unknown part is left out of the mean.
SCORES: Mapping[Status, float] = {"ok": 100.0, "warn": 50.0, "error": 0.0, "unknown": 0.0}


@dataclass(frozen=True)
class Part:
    """One part of the score; `measured` is in `unit`, or None if it could not be measured."""

    part: str
    status: Status
    score_percent: float
    weight: float
    measured: float | None
    unit: str
    finding: str
    advice: str | None


@dataclass(frozen=True)
class Health:
    """An assessment, as of `assessed_at` (UTC), with the worst parts and streams first.

    Attributes:
        writing: process that is writing to the warehouse; if set, the assessment is an older one.
    """

    score_percent: float
    status: Status
    assessed_at: datetime
    parts: list[Part]
    worst_streams: list[StreamQuality]
    writing: str | None = None


def last_assessed(settings: Settings) -> Health | None:
    """Return the last assessment if the warehouse is being written to; None if it is free.

    Raises:
        WarehouseError: PostgreSQL cannot be reached.
    """
    writing = warehouse_of(settings).writer()
    if writing is None:
        return None
    found = status_cache.known(settings, KNOWN)
    if found is None:
        unknown = Measured(None, "not assessed before")
        parts = [judged(name, unknown) for name in thresholds()]
        return Health(0.0, "unknown", utc_now(), parts, [], writing)
    return replace(
        Health(**found.data),
        assessed_at=datetime.fromisoformat(found.data["assessed_at"]),
        parts=[Part(**part) for part in found.data["parts"]],
        worst_streams=[StreamQuality(**stream) for stream in found.data["worst_streams"]],
        writing=writing,
    )


def assess(settings: Settings, now: datetime | None = None) -> Health:
    """Measure every part, and record the assessment in `governance.health_assessments`.

    Args:
        now: current time, UTC without zone; by default the clock's.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    now = now or utc_now()
    books.flush(settings, upgrade=True)
    found = {"lifecycle": lifecycle(settings, now), "drill": drill(settings, now)}
    with warehouse_of(settings).reading() as query:
        state = State(query, tables(query), settings, now)
        found |= {name: measure(state) for name, measure in PARTS.items()}
        streams = worst_streams(query, state.relations)
    parts = [judged(name, measured) for name, measured in found.items()]
    parts.sort(key=lambda part: (part.score_percent, -part.weight, part.part))
    _record(settings, parts, now)
    health = Health(_overall(parts), _worst(parts), now, parts, streams)
    status_cache.keep(settings, KNOWN, asdict(health))
    return health


def judged(name: str, measured: Measured) -> Part:
    """Judge a measurement by the thresholds of its part."""
    threshold = thresholds()[name]
    status = _status(threshold, measured.value)
    return Part(
        threshold.part,
        status,
        SCORES[status],
        threshold.weight,
        measured.value if measured.value is None or math.isfinite(measured.value) else None,
        threshold.unit,
        measured.finding,
        None if status == "ok" else threshold.advice,
    )


def _status(threshold: Threshold, value: float | None) -> Status:
    if value is None:
        return "unknown"
    if value > threshold.error_above:
        return "error"
    return "warn" if value > threshold.warn_above else "ok"


def _overall(parts: list[Part]) -> float:
    """Return the weighted mean of the parts that could be measured; 0 if there are none."""
    known = [part for part in parts if part.status != "unknown"]
    weight = sum(part.weight for part in known)
    if not weight:
        return 0.0
    return round(sum(part.score_percent * part.weight for part in known) / weight, 1)


def _worst(parts: list[Part]) -> Status:
    statuses = {part.status for part in parts}
    ranked: tuple[Status, ...] = ("error", "warn", "ok")
    return next((status for status in ranked if status in statuses), "unknown")


def _record(settings: Settings, parts: list[Part], now: datetime) -> None:
    entries = (asdict(part) | {"health_date": now.date(), "assessed_at": now} for part in parts)
    books.record_all(settings, "health_assessments", entries)
