"""Retention of files: landed files, exports, reports and logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from orchestration.core.contracts import load_contracts
from orchestration.core.settings import Settings
from orchestration.export.kept import Kept
from orchestration.export.retention import expired, prune
from orchestration.ingest.scope import delivery_day
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.stored import needed_landed_files
from orchestration.lifecycle.warehouse import OpenWarehouse
from orchestration.policies.lifecycle import day_before, ruled

EXPORTS = "files.exports"


@dataclass(frozen=True)
class KeptFile:
    """A file, its size, and the UTC day its age counts from."""

    path: Path
    day: date
    size_bytes: int


def due_files(
    settings: Settings, warehouse: OpenWarehouse, store: Store, kind: str, as_of: date
) -> list[KeptFile]:
    """Return the files of a kind (`files.landing`, `files.exports` ...) whose retention has ended.

    A kind without retention, or an unknown one, has none.
    """
    if kind == "files.landing":
        return list(_landed(settings, warehouse, store, as_of))
    if kind == EXPORTS:
        return list(map(_exported, expired(settings, _end_of(as_of))))
    folders = {"files.reports": settings.reports, "files.logs": settings.root / "logs"}
    limit = ruled()[kind].policy.retention_days
    if kind not in folders or limit is None:
        return []
    found = map(_by_time, (p for p in sorted(folders[kind].rglob("*")) if p.is_file()))
    return [file for file in found if file.day <= day_before(as_of, limit)]


def remove(settings: Settings, kind: str, files: Iterable[KeptFile], as_of: date) -> None:
    """Remove files that are due; those already gone are ignored."""
    if kind == EXPORTS:
        # `prune` also removes their manifests and records the removal in governance.export_log.
        prune(settings, _end_of(as_of))
        return
    for file in files:
        file.path.unlink(missing_ok=True)


def _end_of(day: date) -> datetime:
    # Exports expire at a time of day, and a plan covers the whole day.
    return datetime.combine(day, time.max, UTC)


def _exported(export: Kept) -> KeptFile:
    return KeptFile(export.path, export.facts.exported_at.date(), export.finished.size_bytes)


def _landed(
    settings: Settings, warehouse: OpenWarehouse, store: Store, as_of: date
) -> Iterator[KeptFile]:
    """Yield loaded files that are older than the policy of their stream's rows allows.

    A file that was never loaded stays, whatever its age: it is the only copy. A file also stays
    while a row of it is kept beyond the policy, for example by a legal hold.
    """
    loaded: dict[str, int] = dict(warehouse.query("select path, file_id from raw.load_ledger"))
    for (source, stream), contract in load_contracts().items():
        relation = ruled()[f"raw.{contract.table}"]
        limit = relation.policy.retention_days
        if limit is None:
            continue
        old = []
        for path in sorted((settings.landing / source / stream).rglob("*")):
            name = path.relative_to(settings.landing).as_posix()
            if not path.is_file() or name not in loaded:
                continue
            file = _by_time(path)
            day = delivery_day(name) or file.day
            if day <= day_before(as_of, limit):
                old.append((loaded[name], KeptFile(path, day, file.size_bytes)))
        needed = needed_landed_files(warehouse, store, relation, as_of) if old else set()
        yield from (file for file_id, file in old if file_id not in needed)


def _by_time(path: Path) -> KeptFile:
    status = path.stat()
    return KeptFile(path, datetime.fromtimestamp(status.st_mtime, UTC).date(), status.st_size)
