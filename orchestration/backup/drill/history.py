"""Drills on record: in the warehouse, and in entries that wait to be taken into it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import psycopg

from orchestration.core.errors import WarehouseError
from orchestration.core.settings import Settings
from orchestration.warehouse import books
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.duckdb import BUSY_SECONDS

COLUMNS = ("tier", "scenario", "outcome", "rto_seconds", "rpo_seconds", "ended_at")


@dataclass(frozen=True)
class PastDrill:
    """One rehearsal; `ended_at` in UTC."""

    tier: int
    scenario: str
    outcome: str
    rto_seconds: float | None
    rpo_seconds: float | None
    ended_at: datetime


def past_drills(settings: Settings) -> list[PastDrill]:
    """Every rehearsal on record, oldest first. Where the warehouse is away, only those waiting."""
    return [PastDrill(*row) for row in _recorded(settings)] + _waiting(settings)


def _recorded(settings: Settings) -> list[tuple[Any, ...]]:
    columns = ", ".join(COLUMNS)
    try:
        with warehouse_of(settings).reading(BUSY_SECONDS) as query:
            return query(f"select {columns} from governance.backup_drills order by entry_number")
    except (WarehouseError, duckdb.Error, psycopg.Error):
        return []  # away, or older than the book


def _waiting(settings: Settings) -> list[PastDrill]:
    found = []
    for path in books.waiting(settings, "backup_drills"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            entry = json.loads(path.read_text("utf-8"))
            ended = datetime.fromisoformat(entry["ended_at"])
            known = {name: entry.get(name) for name in COLUMNS} | {"ended_at": ended}
            found.append(PastDrill(**known))
    return found
