"""Files that end with their policy: what was landed, exports, reports, logs."""

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
    """A file and the day its age counts from, UTC."""

    path: Path
    day: date
    size_bytes: int


def due_files(
    settings: Settings, warehouse: OpenWarehouse, store: Store, kind: str, as_of: date
) -> list[KeptFile]:
    """Files of a kind (`files.landing`, `files.exports` and so on) whose time is over."""
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
    """Remove files that are due; of what is gone already nothing is said."""
    if kind == EXPORTS:
        # With their manifests, and their end noted in governance.export_log.
        prune(settings, _end_of(as_of))
        return
    for file in files:
        file.path.unlink(missing_ok=True)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _exported(export: Kept) -> KeptFile:
    return KeptFile(export.path, export.facts.exported_at.date(), export.finished.size_bytes)


def _landed(
    settings: Settings, warehouse: OpenWarehouse, store: Store, as_of: date
) -> Iterator[KeptFile]:
    """Loaded files that are older than their stream's rows may become by their policy.

    What was never loaded stays, whatever its age: it is not in the warehouse. So does a file with a
    row that something else than the policy keeps.
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
