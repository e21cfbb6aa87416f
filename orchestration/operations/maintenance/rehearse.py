"""Tell what a maintenance would do, without doing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from orchestration.backup.prune import prune as prune_backups
from orchestration.core.contracts import load_contracts
from orchestration.core.errors import GranaryError
from orchestration.core.settings import Settings
from orchestration.export.retention import expired
from orchestration.landing.zone import discover
from orchestration.lifecycle.plan import plan
from orchestration.operations.maintenance.steps import STEPS
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.relations import tables


@dataclass(frozen=True)
class Planned:
    """A step and what it would do."""

    step: str
    would: str


def rehearse(settings: Settings) -> list[Planned]:
    """Describe every step, with the amounts that are due where they can be counted."""
    due = {"ingest": _files, "lifecycle": _rows, "prune": _expired}
    found = []
    for step in STEPS:
        would = step.what
        if step.name in due:
            try:
                would += f": {due[step.name](settings)}"
            except GranaryError as error:
                would += f" (unknown for now: {error})"
        found.append(Planned(step.name, would))
    return found


def _files(settings: Settings) -> str:
    landed, _ = discover(settings.landing, load_contracts())
    with warehouse_of(settings).reading() as query:
        known: set[str] = set()
        if "raw.load_ledger" in tables(query):
            known = {path for (path,) in query("select path from raw.load_ledger")}
    fresh = [file for file in landed if file.path not in known]
    return f"{len(fresh):,} files, {sum(file.size_bytes for file in fresh):,} bytes"


def _rows(settings: Settings) -> str:
    rows: Counter[str] = Counter()
    for step in plan(settings):
        rows[step.transition] += step.rows
    return ", ".join(f"{count:,} {to}" for to, count in sorted(rows.items())) or "nothing is due"


def _expired(settings: Settings) -> str:
    backups = prune_backups(settings, dry_run=True)
    return f"{len(backups.removed)} backups, {len(expired(settings))} exports"
