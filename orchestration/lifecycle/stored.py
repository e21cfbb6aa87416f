"""Files of the tier store that the warehouse lists, and what their rows are due for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from orchestration.lifecycle.layout import DAY_COLUMN, StoredTier
from orchestration.lifecycle.placing import FILE_ID, Rows, placed
from orchestration.lifecycle.store import FILE_COLUMN, Store
from orchestration.lifecycle.warehouse import OpenWarehouse
from orchestration.policies.lifecycle import Ruled, Tier

# The tiers whose files DuckDB can read.
READABLE: tuple[StoredTier, ...] = ("cold", "warm")


@dataclass(frozen=True)
class StoredFile:
    """An entry of `governance.tier_files`."""

    file_id: str
    tier: StoredTier
    path: str
    day: date
    delete_on: date | None
    row_count: int
    size_bytes: int
    sha256: str
    kept_until: date | None


def stored_files(warehouse: OpenWarehouse, relation: str, tier: StoredTier) -> list[StoredFile]:
    """Return the files that a tier holds of a relation, oldest first."""
    return [
        StoredFile(*row)
        for row in warehouse.query(
            "select cast(file_id as varchar), tier, path, first_day, delete_on, row_count, "
            f"size_bytes, sha256, kept_until from governance.tier_files "
            f"where relation = '{relation}' and tier = '{tier}' order by first_day, path"
        )
    ]


def unknown_files(warehouse: OpenWarehouse, store: Store) -> dict[str, int]:
    """Count files in the tier store that do not belong to this warehouse, by folder."""
    known = warehouse.query(
        "select path from governance.tier_files union select path from governance.tier_leftovers"
    )
    return dict(sorted(store.unknown({path for (path,) in known}).items()))


def movable_files(
    warehouse: OpenWarehouse, ruled: Ruled, tier: StoredTier, as_of: date
) -> list[StoredFile]:
    """Return the files of a tier except those that a recall still keeps there."""
    return [
        file
        for file in stored_files(warehouse, ruled.relation, tier)
        if file.kept_until is None or file.kept_until <= as_of
    ]


def rows_of(warehouse: OpenWarehouse, store: Store, files: Sequence[StoredFile]) -> Rows:
    """Return the rows of warm or cold files, all of one relation and tier."""
    [tier] = {file.tier for file in files}
    return Rows(
        source=store.read(tier, [file.path for file in files], identified=True),
        tier=tier,
        identity=(FILE_COLUMN, "file_row_number"),
        day=f"r.{DAY_COLUMN}",
        prefix=warehouse.prefix,
    )


def _archived_rows(warehouse: OpenWarehouse, store: Store, paths: Sequence[str]) -> Rows:
    """Return what lies beside archived files, in place of their rows, which cannot be read."""
    return Rows(
        source=store.read_sayings(paths),
        tier="archive",
        identity=("filename", FILE_ID),
        day="cast(left(parse_filename(r.filename), 10) as date)",
        prefix=warehouse.prefix,
        is_listed=True,
    )


def needed_landed_files(
    warehouse: OpenWarehouse, store: Store, ruled: Ruled, as_of: date
) -> set[int]:
    """Return the ids of landed files with a raw row, in any tier, that outlasts its policy.

    Such a row is kept by a legal hold, its own limit, a law or its organization.
    """
    kept = f"select distinct {FILE_ID} from ({{}}) as p where due <> 'deleted' and {{}}"
    stated = "(is_held or decided_by <> 'policy')"
    own = Rows(ruled.relation, "hot", (FILE_ID,))
    found = warehouse.query(kept.format(placed(ruled, own, as_of), stated))
    parts = [
        replace(rows_of(warehouse, store, files), identity=(FILE_ID,))
        for tier in READABLE
        if (files := stored_files(warehouse, ruled.relation, tier))
    ]
    beside = [
        str(store.sayings_beside(file.path))
        for file in stored_files(warehouse, ruled.relation, "archive")
    ]
    if there := [path for path in beside if Path(path).exists()]:
        parts.append(_archived_rows(warehouse, store, there))
    for rows in parts:
        query = kept.format(placed(ruled, rows, as_of), stated)
        found += warehouse.writing.engine.execute(query).fetchall()
    return {file_id for (file_id,) in found if file_id is not None}


def file_counts(
    warehouse: OpenWarehouse, store: Store, ruled: Ruled, files: Sequence[StoredFile], as_of: date
) -> list[tuple[str, Tier, Tier, str, date, int]]:
    """Count the rows of warm or cold files.

    Returns:
        (path, tier due, tier due but for a legal hold, reason, day, rows) of each group.
    """
    if not files:
        return []
    for file in files:
        store.check_present(file.path)
    query = placed(ruled, rows_of(warehouse, store, files), as_of)
    counted = warehouse.writing.engine.execute(
        f"select {FILE_COLUMN}, due, wanted, reason, lifecycle_day, count(*) "
        f"from ({query}) as p group by all"
    ).fetchall()
    return [(store.relative(name), *row) for name, *row in counted]


@dataclass(frozen=True)
class EndedArchive:
    """An archived file all of whose rows are due for destruction, and what decided the last one."""

    file: StoredFile
    reason: str
    is_held: bool


def ended_archives(
    warehouse: OpenWarehouse, store: Store, ruled: Ruled, as_of: date
) -> list[EndedArchive]:
    """Return archived files whose rows are all due for destruction, including those on hold.

    An archive cannot be read here, so what the end of its rows depends on lies beside it. It is
    evaluated anew each time, because limits and holds change. A file with nothing beside it ends on
    the day that was recorded when it was written.
    """
    files = stored_files(warehouse, ruled.relation, "archive")
    beside = {str(store.sayings_beside(file.path)): file for file in files}
    listed = [path for path in beside if Path(path).exists()]
    found = [
        EndedArchive(file, "policy", False)
        for path, file in beside.items()
        if path not in listed and file.delete_on is not None and file.delete_on <= as_of
    ]
    if not listed:
        return found
    rows = _archived_rows(warehouse, store, listed)
    ended = warehouse.writing.engine.execute(
        "select filename, max_by(decided_by, delete_on), bool_or(is_held) "
        f"from ({placed(ruled, rows, as_of)}) as p group by filename "
        "having bool_and(wanted = 'deleted') order by filename"
    ).fetchall()
    return found + [EndedArchive(beside[path], reason, held) for path, reason, held in ended]
