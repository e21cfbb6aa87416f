"""Carry out the plan, relation by relation.

Files that are in `governance.tier_leftovers` but not in `governance.tier_files` were left by a
killed run: the next run removes them.
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
    """What a run did.

    Attributes:
        strays: files of the tier store that a killed run had left, now removed.
        unknown_files: files in the tier store that do not belong to this warehouse, counted by
            folder of the store; they stay.
        bytes_before, bytes_after: size of the DuckDB file; None if it was not compacted.
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
    """Do what `plan` lists. If a run is killed, the next one finishes its work.

    Args:
        settings: which warehouse and tier store.
        table, as_of: as for `plan`.
        progress: called with (relations done, relations in total).

    Raises:
        UnknownRelation: no policy covers the relation.
        NotBuilt: loaded rows have not been built yet.
        KeyMissing: rows are due for an encrypted tier whose key is missing.
        NotVerified: a file differs from what was written or read; its rows were not removed.
        NoRoom: the disk has no room for the compacted copy of the DuckDB file.
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
        # Checked once, before anything is written: deleted rows must also leave the DuckDB file.
        warehouse_of(settings).check_compactable()

    with open_warehouse(settings) as warehouse:
        check_built(warehouse)
        manifest = read_manifest(settings)
        store = Store.of(settings, warehouse)
        report.steps += to_compact(warehouse)
        report.strays = _remove_strays(warehouse, store)
        report.unknown_files = unknown_files(warehouse, store)
        # A relation that has never been built has no rows to move.
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
    """Compact the DuckDB file if a killed `apply` did not; return its bytes, None if not due."""
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
    """Remove files whose retention has ended. The log entry comes before the first removal."""
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
    # A backup may date from between naming a file here and listing it: only unlisted files go.
    strays = warehouse.query(
        "select path from governance.tier_leftovers "
        "where path not in (select path from governance.tier_files)"
    )
    return store.remove([path for (path,) in strays])
