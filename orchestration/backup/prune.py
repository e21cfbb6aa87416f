"""Remove backups past their retention, and nothing that a kept backup needs."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from orchestration.backup.errors import BackupError
from orchestration.backup.files.packing import read_index
from orchestration.backup.files.reading import file_fault
from orchestration.backup.manifest import INDEX, WAL_FOLDER, Backup
from orchestration.backup.postgres.wal import Archived, archived
from orchestration.backup.store import Store
from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.policies.backup import tiers
from orchestration.secrecy.errors import DamagedFile
from orchestration.warehouse import books


@dataclass(frozen=True)
class PruneReport:
    """What was removed, or would be."""

    removed: list[str]
    kept: list[str]
    damaged: list[str]
    log_segments: int
    size_bytes: int
    dry_run: bool


def prune(settings: Settings, *, dry_run: bool = False) -> PruneReport:
    """Remove backups older than their tier's retention, and log that no kept backup begins in.

    The newest whole backup with a warehouse stays, the newest that lacks nothing beside the one
    before, and whatever a kept one builds on. Those whose
    manifest cannot be read stay too: a person decides about them.

    Raises:
        BackupError: another backup is running, or something cannot be removed.
    """
    started = time.monotonic()
    store = Store.of(settings)
    with store.exclusive():
        backups = store.readable()
        kept = _kept(backups)
        going = [backup for backup in backups if backup.id not in kept]
        log = _unneeded_log(store, [b for b in backups if b.id in kept])
        size = sum(b.manifest.size_bytes for b in going) + sum(f.path.stat().st_size for f in log)
        if not dry_run:
            _remove(store, going, log)
    if not dry_run:
        for backup in going:
            _record(settings, backup, time.monotonic() - started)
    return PruneReport(
        removed=[backup.id for backup in going],
        kept=sorted(kept),
        damaged=[name for name in store.names if name not in {b.id for b in backups}],
        log_segments=len(log),
        size_bytes=size,
        dry_run=dry_run,
    )


def _remove(store: Store, going: list[Backup], log: list[Archived]) -> None:
    try:
        for backup in going:
            store.remove(backup)
        for file in log:
            file.path.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(
            f"old backups cannot be removed: {error.strerror}; this account and the server's both "
            f"need to write to {store.root / WAL_FOLDER}"
        ) from None


def _kept(backups: list[Backup]) -> set[str]:
    now = utc_now()
    kept = {
        backup.id
        for backup in backups
        if now - backup.made_at < tiers()[backup.manifest.tier].retention
    }
    # However old: the last of every kind that could be restored.
    for wanted in ("unshrunk", "warehouse", "files"):
        for backup in reversed(backups):
            if wanted != "files" and not backup.manifest.has_warehouse:
                continue
            if wanted == "unshrunk" and backup.manifest.shrunk:
                continue
            if not any(file_fault(backup, name) for name in backup.manifest.files):
                kept.add(backup.id)
                break
    by_id = {backup.id: backup for backup in backups}
    # An index names every holder itself, so one step is enough.
    for name in list(kept):
        kept |= holders_of(by_id[name]) & by_id.keys()
    return kept


def holders_of(backup: Backup) -> set[str]:
    """Backups that hold files of this one."""
    if INDEX not in backup.manifest.files:
        return set()
    with contextlib.suppress(DamagedFile):
        entries = read_index(backup.path(INDEX)).values()
        return {entry.stored_in for entry in entries if entry.stored_in}
    return set()


def _unneeded_log(store: Store, kept: list[Backup]) -> list[Archived]:
    """Segments before the first that a kept backup of their server needs.

    Of a server without any backup everything stays: its first one may be on its way.
    """
    first: dict[str, str] = {}
    for backup in kept:
        if (wal := backup.manifest.wal) is not None:
            needed = min(wal.segments).split(".")[0]
            known = first.setdefault(wal.system_identifier, needed)
            # Timelines come after one another: what counts is the position, the last 16 digits.
            first[wal.system_identifier] = min(known, needed, key=lambda name: name[8:])
    return [
        file
        for server, needed in first.items()
        for name, file in archived(store.root / WAL_FOLDER / server).items()
        if not name.endswith(".history") and name[8:24] < needed[8:]
    ]


def _record(settings: Settings, backup: Backup, seconds: float) -> None:
    with contextlib.suppress(OSError):
        books.record(
            settings,
            "backup_log",
            backup_id=backup.id,
            action="prune",
            outcome="success",
            engine=backup.manifest.engine,
            size_bytes=backup.manifest.size_bytes,
            duration_seconds=seconds,
            ended_at=utc_now(),
        )
