"""Tell whether a backup can be restored.

Without a private key every file is held against the manifest, and the manifest against the backup's
name. With one, everything is decrypted, every landed file held against its digest, the warehouse
restored into a scratch folder and every table compared.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.backup.engines import part_of
from orchestration.backup.errors import BackupError, DamagedBackup
from orchestration.backup.files.packing import read_index, unpack
from orchestration.backup.files.reading import Holding, extract_files, file_fault, read_secret
from orchestration.backup.files.scratch import scratch_folder
from orchestration.backup.manifest import (
    DAGSTER,
    FILES,
    INDEX,
    LACKING,
    MANIFEST,
    POLICIES,
    TIERS,
    WAREHOUSE,
    Backup,
    read_backup,
)
from orchestration.backup.progress import Progress, adder
from orchestration.backup.store import Store
from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.secrecy.errors import DamagedFile, WrongKey
from orchestration.secrecy.sealing import Identities
from orchestration.warehouse import books


@dataclass
class VerifyReport:
    """What was found. `tables` were compared with the manifest; none without a private key."""

    backup_id: str
    decrypted: bool
    files: int = 0
    size_bytes: int = 0
    tables: int = 0
    rows: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def verify(
    settings: Settings,
    folder: Path,
    identities: Identities | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check one backup and all that it builds on. Faults are in the report, none is raised.

    Raises:
        WrongKey: the identities do not open it.
        ToolsMissing: PostgreSQL's programs are needed and not there.
    """
    started = time.monotonic()
    report = VerifyReport(folder.name, identities is not None)
    engine: str = settings.target
    try:
        backup = read_backup(folder)
        engine = backup.manifest.engine
        _verify(settings, backup, identities, report, progress)
        _look_for_gaps(backup, report)
    except DamagedFile as fault:
        if str(fault) not in report.faults:
            report.faults.append(str(fault))
    except (BackupError, WrongKey) as error:
        _record(settings, report, engine, started, type(error).__name__)
        raise
    report.seconds = time.monotonic() - started
    _record(settings, report, engine, started, "DamagedBackup" if report.faults else None)
    return report


def _verify(
    settings: Settings,
    backup: Backup,
    identities: Identities | None,
    report: VerifyReport,
    progress: Progress | None,
) -> None:
    manifest = backup.manifest
    advance = adder(progress, "bytes read", manifest.size_bytes)
    for name, expected in manifest.files.items():
        report.files += 1
        report.size_bytes += expected.size_bytes
        if fault := file_fault(backup, name, advance):
            report.faults.append(fault)
    known = {*manifest.files, MANIFEST}
    report.faults += [
        f"{path.name} does not belong to this backup"
        for path in sorted(backup.folder.iterdir())
        if path.name not in known
    ]
    holdings = {}
    if not any(fault.startswith(INDEX) for fault in report.faults):
        holdings = _holdings(backup, report)
    report.faults += part_of(settings, manifest.engine).log_faults(backup)
    report.files += len(manifest.log_segments)
    if identities is None or report.faults:
        return
    secret = read_secret(backup, identities)
    extract_files(holdings, None, identities)
    for part in (POLICIES, DAGSTER):
        if part in manifest.files:
            unpack(backup.path(part), identities, None)
    if WAREHOUSE in manifest.files:
        _compare(settings, backup, secret, identities, report, progress)


def _holdings(backup: Backup, report: VerifyReport) -> dict[str, Holding]:
    """Files the backup lists, once the backups that hold them have been checked."""
    store = Store(backup.folder.parent)
    holders: dict[str, Backup] = {backup.id: backup}
    holdings = {}
    for entry in read_index(backup.path(INDEX)).values():
        holder = entry.stored_in or backup.id
        if holder not in holders:
            holders[holder] = _holder(store, holder)
            if fault := file_fault(holders[holder], FILES):
                report.faults.append(
                    f"{holder}, on which this backup builds: {fault}; granary backup create "
                    "--whole makes one that needs no other"
                )
        holdings[entry.key] = Holding(holders[holder], replace(entry, stored_in=""))
    return holdings


def _look_for_gaps(backup: Backup, report: VerifyReport) -> None:
    """Look for what an intact backup lacks."""
    manifest = backup.manifest
    if manifest.shrunk:
        report.faults.append(manifest.shrunk)
    if lacking := manifest.left_out.get(LACKING):
        report.faults.append(f"{LACKING}: {lacking}; granary backup create makes one that is whole")
    if manifest.has_warehouse and TIERS not in manifest.roots:
        holders = [b for b in Store(backup.folder.parent).readable() if TIERS in b.manifest.roots]
        where = f"{holders[-1].id} lists them" if holders else "no other backup lists them either"
        report.notes.append(f"files of rows that had left the warehouse are not in it; {where}")


def _holder(store: Store, name: str) -> Backup:
    try:
        return read_backup(store.root / name)
    except DamagedFile as fault:
        raise DamagedBackup(
            f"{name}, on which this backup builds, cannot be used: {fault}"
        ) from None


def _compare(
    settings: Settings,
    backup: Backup,
    secret: bytes,
    identities: Identities,
    report: VerifyReport,
    progress: Progress | None,
) -> None:
    part = part_of(settings, backup.manifest.engine)
    with scratch_folder(settings) as scratch:
        found = part.differences(backup, secret, scratch, identities, progress)
    report.faults += [f"table {d.relation} {d.what}" for d in found]
    report.notes += part.counted_only(backup)
    report.tables = len(backup.manifest.tables)
    report.rows = backup.manifest.row_count


def _record(
    settings: Settings, report: VerifyReport, engine: str, started: float, error: str | None
) -> None:
    with contextlib.suppress(OSError):
        books.record(
            settings,
            "backup_log",
            backup_id=report.backup_id,
            action="verify",
            outcome="failure" if error else "success",
            engine=engine,
            table_count=report.tables or None,
            row_count=report.rows or None,
            size_bytes=report.size_bytes,
            duration_seconds=time.monotonic() - started,
            error_class=error,
            ended_at=utc_now(),
        )
