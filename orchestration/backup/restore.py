"""Put a backup back: into a folder that is new, or in place of what is there.

Everything is written under a temporary name beside its final one, compared with the manifest, and
renamed when whole. What it takes the place of is kept aside, never removed.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration.backup.engines import PARTS, part_of
from orchestration.backup.errors import BackupError, TargetExists
from orchestration.backup.files.packing import unpack
from orchestration.backup.files.placing import beside, flush, place_as, place_in
from orchestration.backup.files.reading import (
    check_file,
    extract_files,
    file_holdings,
    read_secret,
)
from orchestration.backup.manifest import DAGSTER, POLICIES, WAREHOUSE, Backup, Manifest
from orchestration.backup.parts import WarehousePart
from orchestration.backup.progress import Progress
from orchestration.backup.store import Store, warehouse_backup
from orchestration.core.clock import utc_now
from orchestration.core.errors import GranaryError
from orchestration.core.fault_points import reached
from orchestration.core.settings import Settings
from orchestration.secrecy.sealing import Identities, no_room
from orchestration.warehouse import books
from orchestration.warehouse.duckdb_files import check_room

# What a restore in place takes the place of, whether the backup has it or not.
REPLACED = (*(place for part in PARTS.values() for place in part.places), "extract")


@dataclass(frozen=True)
class RestoreReport:
    """What was restored. `reached_at` is the last transaction's time, where a log was replayed."""

    backup_id: str
    location: Path
    engine: str
    taken_at: datetime
    reached_at: datetime | None
    tables: int
    rows: int
    files: int
    kept_files: int
    kept_aside: Path | None
    seconds: float
    next_steps: list[str] = field(default_factory=list)


def restore(
    settings: Settings,
    to: Path,
    identities: Identities,
    *,
    at: datetime | None = None,
    name: str | None = None,
    force: bool = False,
    to_the_end: bool = True,
    store: Store | None = None,
    progress: Progress | None = None,
    on_record: bool = True,
) -> RestoreReport:
    """Restore warehouse, landing zone and the rest into a folder that becomes a state folder.

    Args:
        to: the folder; it must not hold anything unless `force` is set.
        at: the state at this time, UTC; by default the newest.
        name: start from this backup rather than from the last one before that time.
        force: take the place of what is in the folder; it is kept aside within it.
        to_the_end: on PostgreSQL, without a time, replay the log beyond the backup.
        on_record: note it in the books of the settings' warehouse.

    Raises:
        TargetExists: the folder holds something, and `force` is not set.
        OutOfRange: no backup reaches the time.
        WrongKey: the identities do not open it.
        DamagedBackup: something is not what was backed up.
        BackupError: it cannot be written, or the restored server does not start.
        NoRoom: the disk has no room for it.
    """
    started = time.monotonic()
    store = store or Store.of(settings)
    to = to.absolute()
    occupied = to.exists() and (not to.is_dir() or any(to.iterdir()))
    if occupied and not force:
        raise TargetExists(
            f"{to} holds something: restore into a new folder, or add --force, which keeps what it "
            "replaces aside"
        )
    if occupied:
        # Whatever is there gives way, of whichever engine.
        for each in PARTS.values():
            each(settings).check_stopped(to)
    backup = warehouse_backup(store, at, name)
    part = part_of(settings, backup.manifest.engine)
    secret = read_secret(backup, identities)
    try:
        with beside(to, occupied=occupied) as folder:
            content = backup.manifest.files[WAREHOUSE].content_bytes
            check_room(folder, content, f"restoring the warehouse of {backup.id}")
            reached_at = part.restore(
                backup, secret, folder, identities, at=at, to_the_end=to_the_end, progress=progress
            )
            # A log that is replayed goes on moving rows; a copy stays as it was.
            goes_on = backup.manifest.wal is not None and (at is not None or to_the_end)
            holdings = file_holdings(store, at, None if goes_on else backup)
            files = extract_files(holdings, folder, identities)
            reached("files restored")
            for pack in (POLICIES, DAGSTER):
                _extract_pack(store, pack, at, folder, identities)
            before_it_opens(folder, backup.manifest)
            reached("restored copy ready")
            flush(folder)
            if occupied:
                kept_files, aside = place_in(folder, to, REPLACED)
            else:
                kept_files, aside = 0, None
                place_as(folder, to, part.home_mode())
    except OSError as error:
        if on_record:
            _record(settings, backup, started, type(error).__name__)
        full = "no room is left" if no_room(error) else f"cannot be written: {error.strerror}"
        raise BackupError(f"{to}: {full}; nothing was replaced") from None
    except GranaryError as error:
        if on_record:
            _record(settings, backup, started, type(error).__name__)
        raise
    if on_record:
        _record(settings, backup, started)
    return RestoreReport(
        backup_id=backup.id,
        location=to,
        engine=backup.manifest.engine,
        taken_at=backup.manifest.taken_at,
        reached_at=reached_at,
        tables=len(backup.manifest.tables),
        rows=backup.manifest.row_count,
        files=files,
        kept_files=kept_files,
        kept_aside=aside,
        seconds=time.monotonic() - started,
        next_steps=_next_steps(part, backup, to),
    )


def _extract_pack(
    store: Store, pack: str, at: datetime | None, folder: Path, identities: Identities
) -> None:
    """The newest policies, or Dagster's storage, up to a time; backups may be older than either."""
    for backup in reversed(store.readable()):
        if pack in backup.manifest.files and (at is None or backup.is_of(at)):
            check_file(backup, pack)
            unpack(backup.path(pack), identities, folder)
            return


def before_it_opens(folder: Path, manifest: Manifest) -> None:
    """Called once all is restored and compared, before the copy is given its final name.

    Whatever raises here keeps the copy from opening. Nothing is to be done yet.

    Args:
        folder: the restored state folder, under its temporary name.
        manifest: that of the backup whose warehouse it holds.
    """


def _next_steps(part: WarehousePart, backup: Backup, to: Path) -> list[str]:
    steps = []
    if backup.manifest.key_fingerprint is not None:
        steps.append("put the pseudonymisation key back: GRANARY_PII_KEY or GRANARY_PII_KEY_FILE")
    steps.append("granary ingest && granary build && granary publish")
    return [
        *part.counted_only(backup),
        f"export GRANARY_HOME={to}",
        *part.next_steps(backup, to, steps),
    ]


def _record(settings: Settings, backup: Backup, started: float, error: str | None = None) -> None:
    with contextlib.suppress(OSError):
        books.record(
            settings,
            "backup_log",
            backup_id=backup.id,
            action="restore",
            outcome="failure" if error else "success",
            engine=backup.manifest.engine,
            table_count=len(backup.manifest.tables),
            row_count=backup.manifest.row_count,
            size_bytes=backup.manifest.size_bytes,
            duration_seconds=time.monotonic() - started,
            error_class=error,
            ended_at=utc_now(),
        )
