"""Count what is due, by the same SQL that `apply` acts on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from orchestration.core.settings import Settings
from orchestration.lifecycle.anonymising import Blanks, blanks, to_anonymise
from orchestration.lifecycle.errors import NOTHING_LOADED, NotBuilt
from orchestration.lifecycle.kept_files import due_files
from orchestration.lifecycle.placing import Rows, placed
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.stored import (
    READABLE,
    ended_archives,
    file_counts,
    movable_files,
    unknown_files,
)
from orchestration.lifecycle.warehouse import TO_COMPACT, OpenWarehouse, open_warehouse
from orchestration.policies.lifecycle import Ruled, chosen, ruled
from orchestration.serving.gate import read_manifest

# Tier, tier due, tier due but for a legal hold, reason, day, rows.
Counted = tuple[str, str, str, str, date, int]
HOLD = "legal hold"


@dataclass(frozen=True, order=True)
class Step:
    """Rows of one relation that are due for one transition.

    Attributes:
        relation: schema and table.
        from_tier: the tier the rows are in.
        transition: the tier they are due for, `deleted` or `anonymised`; `compacted` if the rows
            are gone but their bytes are still in the DuckDB file.
        policy: the policy of the relation.
        first_day, last_day: the days their age counts from, UTC.
        rows: the number of rows or, for files, of files.
        held: how many more would be due but for a legal hold.
        reason: what decided: own limit, law, organization, policy or legal hold.
        bytes_before, bytes_after: size of the rows where they are and where they go; None if
            unknown. `bytes_after` is 0 if they are destroyed.
    """

    relation: str
    from_tier: str
    transition: str
    policy: str
    first_day: date
    last_day: date
    rows: int
    held: int = 0
    reason: str = "policy"
    bytes_before: int | None = None
    bytes_after: int | None = None


def plan(settings: Settings, table: str | None = None, as_of: date | None = None) -> list[Step]:
    """Return the steps that `apply` would take; change nothing.

    Args:
        settings: which warehouse and tier store.
        table: one relation, with or without its schema; by default all of them.
        as_of: the day ages are counted on, UTC; by default today.

    Raises:
        UnknownRelation: no policy covers the relation.
        NotBuilt: loaded rows have not been built yet.
        KeyMissing: there are cold files but no key to read them.
    """
    relations = chosen(table)
    with open_warehouse(settings) as warehouse:
        check_built(warehouse)
        manifest = read_manifest(settings)
        store = Store.of(settings, warehouse)
        found = to_compact(warehouse)
        for relation in relations:
            if relation.is_files:
                found += _summed(
                    relation,
                    (
                        ("hot", "deleted", "deleted", "policy", file.day, 1)
                        for file in due_files(
                            settings, warehouse, store, relation.relation, as_of or today()
                        )
                    ),
                )
            elif warehouse.columns(relation.relation):
                blank = blanks(node_of(manifest, relation))
                found += due_steps(warehouse, store, relation, blank, as_of or today())
        return sorted(found)


def unknown_in_store(settings: Settings) -> dict[str, int]:
    """Count files in the tier store that do not belong to this warehouse, by folder."""
    with open_warehouse(settings) as warehouse:
        return unknown_files(warehouse, Store.of(settings, warehouse))


def to_compact(warehouse: OpenWarehouse) -> list[Step]:
    """Return steps for rows whose bytes are still in the DuckDB file: its compaction is due.

    That is so if a compaction was killed or refused. It concerns the whole file, whichever
    relations are chosen.
    """
    if not warehouse.of.leaves_bytes():
        return []
    return [
        Step(*row)
        for row in warehouse.query(
            "select relation, from_tier, 'compacted', policy, min(first_day), max(last_day), "
            f"cast(sum(row_count) as bigint) from governance.lifecycle_log where {TO_COMPACT} "
            "group by all order by all"
        )
    ]


def due_steps(
    warehouse: OpenWarehouse, store: Store, relation: Ruled, blank: Blanks, as_of: date
) -> list[Step]:
    """Return the steps of one relation that exists in the warehouse."""
    sizes: dict[str, float] = {}
    counted: list[Counted] = [
        ("hot", *row)
        for row in warehouse.query(
            "select due, wanted, reason, lifecycle_day, count(*) from "
            f"({placed(relation, hot(warehouse, relation), as_of)}) as p "
            "where wanted <> 'hot' group by due, wanted, reason, lifecycle_day"
        )
    ]
    if counted and (size := warehouse.writing.bytes_of(relation.relation)):
        [(total,)] = warehouse.query(f"select count(*) from {relation.relation}")
        sizes["hot"] = size / total
    for tier in READABLE:
        files = movable_files(warehouse, relation, tier, as_of)
        if files:
            rows_in = sum(file.row_count for file in files)
            sizes[tier] = sum(file.size_bytes for file in files) / rows_in
        counted += [
            (tier, due, wanted, reason, day, rows)
            for _, due, wanted, reason, day, rows in file_counts(
                warehouse, store, relation, files, as_of
            )
        ]
    counted += [
        ("archive", "archive" if ended.is_held else "deleted", "deleted", ended.reason,
         ended.file.day, ended.file.row_count)
        for ended in ended_archives(warehouse, store, relation, as_of)
    ]  # fmt: skip
    query = to_anonymise(relation, hot(warehouse, relation), blank, as_of)
    if query:
        counted += [
            ("hot", "anonymised", "anonymised", "policy", day, rows)
            for day, rows in warehouse.query(
                f"select lifecycle_day, count(*) from ({query}) as p group by lifecycle_day"
            )
        ]
    return _summed(relation, counted, sizes)


def _summed(
    relation: Ruled, counted: Iterable[Counted], sizes: Mapping[str, float] | None = None
) -> list[Step]:
    """Add counted rows up into steps, and count those that a legal hold keeps.

    Args:
        relation: whose rows they are.
        counted: numbers of rows, see `Counted`.
        sizes: bytes per row by tier, as far as known.
    """
    rows: Counter[tuple[str, str, str]] = Counter()
    held: Counter[tuple[str, str, str]] = Counter()
    days: dict[tuple[str, str, str], list[date]] = defaultdict(list)
    for tier, due, wanted, reason, day, count in counted:
        if due != tier:
            rows[tier, due, reason] += count
            days[tier, due, reason].append(day)
        if wanted != due:
            held[tier, wanted, HOLD] += count
            days[tier, wanted, HOLD].append(day)
    return [
        Step(
            relation.relation, tier, to, relation.policy.name, min(found), max(found),
            rows[tier, to, reason], held[tier, to, reason], reason,
            round(sizes[tier] * rows[tier, to, reason]) if sizes and tier in sizes else None,
        )
        for (tier, to, reason), found in sorted(days.items())
    ]  # fmt: skip


def node_of(manifest: Mapping[str, Any], relation: Ruled) -> Mapping[str, Any]:
    """Return the relation's node in dbt's manifest; empty if dbt does not build it."""
    for node in manifest["nodes"].values():
        if (node["schema"], node["alias"]) == (relation.schema, relation.table):
            return dict(node)
    return {}


def hot(warehouse: OpenWarehouse, relation: Ruled) -> Rows:
    """Return the relation's rows that are in the warehouse."""
    return Rows(relation.relation, "hot", warehouse.writing.identity)


def check_built(warehouse: OpenWarehouse) -> None:
    """Refuse to act while a loaded batch has not been built: it may hold a legal hold.

    Raises:
        NotBuilt: some relation has not been built with the newest batch.
    """
    if not all(map(warehouse.columns, ("raw.window_changes", "governance.closed_days"))):
        raise NotBuilt(NOTHING_LOADED)
    [(loaded,)] = warehouse.query("select coalesce(max(batch_id), 0) from raw.window_changes")
    # A relation's mark is the newest batch that its builds have processed.
    built: dict[str, int] = {}
    if warehouse.columns("governance.window_marks"):
        built = dict(
            warehouse.query(
                "select relation, max(batch_id) from governance.window_marks group by relation"
            )
        )
    known = [batch for relation, batch in built.items() if relation in ruled()]
    if loaded and (not known or min(known) < loaded):
        raise NotBuilt(
            "loaded rows have not been built yet, and a legal hold may be among them: "
            "run `granary build` first"
        )


def today() -> date:
    """Return the current day, UTC."""
    return datetime.now(UTC).date()
