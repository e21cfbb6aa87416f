"""Carry out what is due, relation by relation.

Files that are noted and not listed are what a killed run left: the next one removes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from orchestration.core.settings import Settings
from orchestration.lifecycle.anonymising import blanks
from orchestration.lifecycle.kept_files import due_files, remove
from orchestration.lifecycle.mover import Mover, log
from orchestration.lifecycle.plan import Step, check_built, node_of, to_compact, today
from orchestration.lifecycle.references import references_to
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.stored import READABLE, unknown_files
from orchestration.lifecycle.warehouse import (
    OpenWarehouse,
    compact,
    open_warehouse,
)
from orchestration.policies.lifecycle import Ruled, chosen
from orchestration.serving.gate import read_manifest
from orchestration.warehouse import stages
from orchestration.warehouse.configured import warehouse_of

Progress = Callable[[int, int], None]


@dataclass
class LifecycleReport:
    """What was done.

    `strays` are files of the tier store that a killed run had left and that are gone now.
    `unknown_files` by folder of the store are there and not this warehouse's: they stay.
    `bytes_before` and `bytes_after` are of the DuckDB file; None elsewhere.
    """

    run_id: str
    as_of: date
    steps: list[Step] = field(default_factory=list)
    strays: int = 0
    unknown_files: dict[str, int] = field(default_factory=dict)
    bytes_before: int | None = None
    bytes_after: int | None = None


def apply(
    settings: Settings,
    table: str | None = None,
    as_of: date | None = None,
    *,
    progress: Progress | None = None,
) -> LifecycleReport:
    """Do what `plan` says. Killed anywhere, the next run finishes it.

    Args:
        table, as_of: as for `plan`.
        progress: called with (relations done, relations in all).

    Raises:
        UnknownRelation: no policy names the relation.
        NotBuilt: rows are loaded that no build has seen.
        KeyMissing: rows are due for an encrypted tier whose key is not there.
        NotVerified: a file is not what it should be; nothing was removed.
        NoRoom: the disk has no room for the file that is written anew.
    """
    relations = chosen(table)
    with stages.run() as run_id, stages.stage(settings, "lifecycle") as noted:
        report = LifecycleReport(run_id, as_of or today())
        _apply(settings, relations, report, progress)
        noted.records_out = sum(step.rows for step in report.steps)
    return report


def _apply(
    settings: Settings,
    relations: Sequence[Ruled],
    report: LifecycleReport,
    progress: Progress | None,
) -> None:
    @cache
    def ready() -> None:
        # Once, and before anything is written: rows that leave must leave the file too.
        warehouse_of(settings).check_compactable()

    with open_warehouse(settings) as warehouse:
        check_built(warehouse)
        manifest = read_manifest(settings)
        store = Store.of(settings, warehouse)
        report.steps += to_compact(warehouse)
        report.strays = _remove_strays(warehouse, store)
        report.unknown_files = unknown_files(warehouse, store)
        there = [
            relation
            for relation in relations
            if relation.is_files or warehouse.columns(relation.relation)
        ]
        for done, relation in enumerate(there):
            if relation.is_files:
                report.steps += _end_files(settings, warehouse, store, relation, report)
                continue
            node = node_of(manifest, relation)
            window = node.get("config", {}).get("window_column")
            mover = Mover(
                warehouse, store, relation, window, report.as_of, report.run_id, ready,
                references_to(manifest, node),
            )  # fmt: skip
            mover.rows()
            mover.anonymise(blanks(node))
            mover.archives()
            for tier in READABLE:
                mover.files(tier)
            report.steps += mover.steps
            if progress:
                progress(done + 1, len(there))
        is_due = bool(to_compact(warehouse))
    if is_due:
        report.bytes_before, report.bytes_after = compact(settings)


def finish_compaction(settings: Settings) -> int | None:
    """Do what a killed `apply` left undone: write the file anew; bytes after, None if not due."""
    if not warehouse_of(settings).leaves_bytes():
        return None
    with open_warehouse(settings) as warehouse:
        is_due = bool(to_compact(warehouse))
    return compact(settings)[1] if is_due else None


def _end_files(
    settings: Settings,
    warehouse: OpenWarehouse,
    store: Store,
    relation: Ruled,
    report: LifecycleReport,
) -> list[Step]:
    """Remove files whose time is over; they are on record before the first one goes."""
    files = due_files(settings, warehouse, store, relation.relation, report.as_of)
    if not files:
        return []
    days = [file.day for file in files]
    step = Step(
        relation.relation, "hot", "deleted", relation.policy.name, min(days), max(days), len(files),
        bytes_before=sum(file.size_bytes for file in files), bytes_after=0,
    )  # fmt: skip
    log(warehouse.writing, report.run_id, step)
    remove(settings, relation.relation, files, report.as_of)
    return [step]


def _remove_strays(warehouse: OpenWarehouse, store: Store) -> int:
    # A backup may have been made when a file was noted already and not listed yet.
    strays = warehouse.query(
        "select path from governance.tier_leftovers "
        "where path not in (select path from governance.tier_files)"
    )
    return store.remove([path for (path,) in strays])
