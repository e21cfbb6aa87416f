"""Carry out what is due, relation by relation.

Files that no entry names are what a killed run left: the next one removes them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from orchestration.lifecycle.anonymising import blanks
from orchestration.lifecycle.mover import Mover
from orchestration.lifecycle.plan import Step, check_built, node_of, today
from orchestration.lifecycle.policies import chosen
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.stored import READABLE
from orchestration.lifecycle.warehouse import Warehouse, compact, open_warehouse
from orchestration.serving.gate import read_manifest
from orchestration.settings import Settings

Progress = Callable[[int, int], None]


@dataclass
class LifecycleReport:
    """What was done. `bytes_before` and `bytes_after` are of the DuckDB file; None elsewhere."""

    run_id: str
    as_of: date
    steps: list[Step] = field(default_factory=list)
    strays: int = 0
    bytes_before: int | None = None
    bytes_after: int | None = None


def apply(
    settings: Settings,
    table: str | None = None,
    as_of: date | None = None,
    *,
    run_id: str | None = None,
    progress: Progress | None = None,
) -> LifecycleReport:
    """Do what `plan` says. Killed anywhere, the next run finishes it.

    Args:
        table, as_of: as for `plan`.
        run_id: under which it is logged; a new one by default.
        progress: called with (relations done, relations in all).

    Raises:
        UnknownRelation: no policy names the relation.
        NotBuilt: rows are loaded that no build has seen.
        KeyMissing: rows are due for an encrypted tier whose key is not there.
        NotVerified: a file is not what it should be; nothing was removed.
    """
    relations = chosen(table)
    report = LifecycleReport(run_id or str(uuid.uuid4()), as_of or today())
    with open_warehouse(settings) as warehouse:
        check_built(warehouse)
        manifest = read_manifest(settings.target_path)
        store = Store(settings, warehouse.target.engine)
        report.strays = _remove_strays(warehouse, store)
        there = [relation for relation in relations if warehouse.columns(relation.relation)]
        for done, relation in enumerate(there):
            node = node_of(manifest, relation)
            window = node.get("config", {}).get("window_column")
            mover = Mover(warehouse, store, relation, window, report.as_of, report.run_id)
            mover.archives()
            for tier in READABLE:
                mover.files(tier)
            mover.rows()
            mover.anonymise(blanks(node))
            report.steps += mover.steps
            if progress:
                progress(done + 1, len(there))
    if settings.target == "duckdb" and report.steps:
        report.bytes_before, report.bytes_after = compact(settings)
    return report


def _remove_strays(warehouse: Warehouse, store: Store) -> int:
    listed = {path for (path,) in warehouse.query("select path from governance.tier_files")}
    strays = list(store.strays(listed))
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)
