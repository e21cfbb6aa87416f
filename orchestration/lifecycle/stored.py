"""Files of the tier store as the warehouse lists them, and what their rows are due for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.engine import literal
from orchestration.lifecycle.placing import Rows, placed
from orchestration.lifecycle.policies import Ruled, Tier
from orchestration.lifecycle.store import FILE_COLUMN, Store, StoredTier
from orchestration.lifecycle.warehouse import Warehouse

# The tiers whose files DuckDB reads.
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


def stored_files(warehouse: Warehouse, relation: str, tier: StoredTier) -> list[StoredFile]:
    """What a tier holds of a relation, oldest first."""
    return [
        StoredFile(*row)
        for row in warehouse.query(
            "select cast(file_id as varchar), tier, path, first_day, delete_on, row_count, "
            f"size_bytes, sha256, kept_until from governance.tier_files "
            f"where relation = '{relation}' and tier = '{tier}' order by first_day, path"
        )
    ]


def unknown_files(warehouse: Warehouse, store: Store) -> dict[str, int]:
    """Files in the tier store that this warehouse knows nothing of, by folder of the store."""
    known = warehouse.query(
        "select path from governance.tier_files union select path from governance.tier_leftovers"
    )
    return dict(sorted(store.unknown({path for (path,) in known}).items()))


def movable_files(
    warehouse: Warehouse, ruled: Ruled, tier: StoredTier, as_of: date
) -> list[StoredFile]:
    """Those that a recall does not keep where they are."""
    return [
        file
        for file in stored_files(warehouse, ruled.relation, tier)
        if file.kept_until is None or file.kept_until <= as_of
    ]


def rows_of(warehouse: Warehouse, store: Store, files: Sequence[StoredFile]) -> Rows:
    """The rows of warm or cold files of one relation."""
    [tier] = {file.tier for file in files}
    return Rows(
        source=store.read(tier, [file.path for file in files], identified=True),
        tier=tier,
        identity=(FILE_COLUMN, "file_row_number"),
        # The name begins with the day.
        day=f"cast(left(parse_filename(r.{FILE_COLUMN}), 10) as date)",
        prefix="" if warehouse.engine_name == "duckdb" else "warehouse.",
    )


def file_counts(
    warehouse: Warehouse, store: Store, ruled: Ruled, files: Sequence[StoredFile], as_of: date
) -> list[tuple[str, Tier, Tier, int]]:
    """Rows of warm or cold files: path, where due, where due but for a hold, how many."""
    if not files:
        return []
    for file in files:
        store.check_present(file.path)
    query = placed(ruled, rows_of(warehouse, store, files), as_of)
    counted = warehouse.target.engine.execute(
        f"select {FILE_COLUMN}, due, wanted, count(*) from ({query}) as p group by all"
    ).fetchall()
    return [(store.below(name), due, wanted, count) for name, due, wanted, count in counted]


def due_archives(warehouse: Warehouse, relation: Ruled, as_of: date) -> list[StoredFile]:
    """Archived files whose rows are to be destroyed by now."""
    return [
        file
        for file in stored_files(warehouse, relation.relation, "archive")
        if file.delete_on is not None and file.delete_on <= as_of
    ]


def held_archives(
    warehouse: Warehouse, store: Store, files: Sequence[StoredFile]
) -> list[StoredFile]:
    """Those of some archived files that hold a row of a document under legal hold.

    What is archived cannot be read here; the documents it is about lie beside it.
    """
    beside = {str(store.documents_beside(file.path)): file for file in files}
    there = [path for path in beside if Path(path).exists()]
    if not there:
        return []
    prefix = "" if warehouse.engine_name == "duckdb" else "warehouse."
    listed = ", ".join(literal(path) for path in there)
    held = warehouse.target.engine.execute(
        f"select distinct filename from read_parquet([{listed}], filename=true) "
        "where document_id in (select cast(document_id as varchar) "
        f"from {prefix}governance.legal_holds)"
    ).fetchall()
    return [beside[path] for (path,) in held]
