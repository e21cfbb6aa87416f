"""Notice a backup that holds far less than the one before, with no reason on record.

The share of rows that is missing is held against a threshold in `seeds/operations`, once the rows
that the lifecycle has moved or ended since are taken off; so is the share of tables. Bytes are not:
rows differ in size, and the same take fewer after a compaction.
"""

from __future__ import annotations

from orchestration.backup.manifest import Backup, Manifest
from orchestration.backup.store import Store
from orchestration.policies.backup import tiers

RAW = "raw"


def baseline(store: Store, manifest: Manifest) -> Backup | None:
    """Return the last backup of the same engine whose own warehouse had not shrunk."""
    return store.newest(warehouse=True, unshrunk=True, engine=manifest.engine)


def shrunk(manifest: Manifest, before: Backup | None) -> str:
    """Say how far a backup is smaller than the last; empty where it is not."""
    if before is None or not manifest.has_warehouse:
        return ""
    allowed = tiers()[manifest.tier].shrink_percent / 100
    known = before.manifest
    explained = max(0, manifest.removed_rows - known.removed_rows)
    reason = explained / max(1, _rows(known, RAW))
    found = []
    for what, now, then, share in (
        ("tables", len(manifest.tables), len(known.tables), 0.0),
        ("rows", manifest.row_count, known.row_count, reason),
        (f"rows of schema {RAW}", _rows(manifest, RAW), _rows(known, RAW), reason),
    ):
        if then and 1 - now / then - share > allowed:
            found.append(f"{now:,} {what} instead of {then:,}")
    if not found:
        return ""
    lost = sorted({t.relation for t in known.tables} - {t.relation for t in manifest.tables})
    names = f" (lacking {', '.join(lost[:3])}{', …' if len(lost) > 3 else ''})" if lost else ""
    return (
        f"it holds {' and '.join(found)} in {before.id}{names}, and the lifecycle has moved or "
        f"ended {explained:,} rows since: look at the warehouse, and restore that backup where "
        "rows were lost; `granary backup create --smaller` says that they were to go"
    )


def _rows(manifest: Manifest, schema: str) -> int:
    return sum(table.rows for table in manifest.tables if table.schema == schema)
