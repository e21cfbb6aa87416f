"""Make a backup: written under a hidden name, and given its own when it is whole and on disk."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib.metadata
import json
import os
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from orchestration.backup.engines import part_of
from orchestration.backup.errors import BackupError
from orchestration.backup.files.packing import (
    Entry,
    Packed,
    Source,
    copy_databases,
    key_of,
    pack,
    pack_new,
    read_index,
    sources,
    write_index,
)
from orchestration.backup.files.scratch import scratch_folder
from orchestration.backup.manifest import (
    DAGSTER,
    FILES,
    INDEX,
    LACKING,
    POLICIES,
    SECRET,
    TIERS,
    WAREHOUSE,
    Backup,
    Manifest,
    TableEntry,
)
from orchestration.backup.parts import Copied
from orchestration.backup.progress import Progress, adder
from orchestration.backup.store import Store
from orchestration.backup.tables.shrinking import baseline, shrunk
from orchestration.core.clock import gone_back, utc_now
from orchestration.core.errors import ConfigurationError, GranaryError
from orchestration.core.fault_points import reached
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.policies.backup import tiers
from orchestration.secrecy import keys
from orchestration.secrecy.errors import DamagedFile
from orchestration.secrecy.sealing import Recipients, Sealed, no_room, seal
from orchestration.warehouse import books
from orchestration.warehouse.configured import warehouse_of

FILES_TIER, WAREHOUSE_TIER, ARCHIVE_TIER = 1, 2, 3

_LEFT_OUT = {
    "serving.duckdb": "granary publish makes it",
    "reports": "granary report makes them",
    "logs": "of no use to a restored warehouse",
    "tmp": "may be removed at any time",
    "target": "dbt makes it",
    "keys": "private keys are never in a backup: keep them apart",
    "extract": "a full extraction makes it anew, and an old one would skip rows",
    "truth": "belongs to the sample",
    "catalog.html": "make docs makes it",
    "operations": "entries that wait; the next command takes them into the warehouse",
    "known": "what was last known of the warehouse; the next command tells anew",
    "warehouse.lock": "holds nothing",
    "warehouse.duckdb.wal": "its rows are in the copy",
}


@dataclass(frozen=True)
class CreateReport:
    """What a backup holds. Sizes in bytes as they lie on disk, encrypted."""

    backup_id: str
    location: Path
    tier: int
    tables: int
    rows: int
    files: int
    new_files: int
    size_bytes: int
    seconds: float
    warnings: list[str] = field(default_factory=list)
    shrunk: str = ""
    """What it lacks beside the one before; it does not count as a success then."""


@dataclass
class _Draft:
    """A manifest in the making."""

    folder: Path
    scratch: Path
    recipients: Recipients
    secret: bytes
    files: dict[str, Sealed] = field(default_factory=dict)
    copied: Copied = field(default_factory=Copied)
    left_out: dict[str, str] = field(default_factory=dict)
    packed: Packed = field(default_factory=Packed)
    taken_at: datetime | None = None


def create(
    settings: Settings,
    tier: int = ARCHIVE_TIER,
    progress: Progress | None = None,
    *,
    whole: bool = False,
    smaller: bool = False,
) -> CreateReport:
    """Make a backup of a tier: 1 files, 2 the warehouse too, 3 everything.

    Whatever goes wrong, the backups before it stay as they are.

    Args:
        tier: what it holds.
        progress: told how far it is.
        whole: store every file, also those that earlier backups hold.
        smaller: the warehouse is meant to hold far less than in the backup before.

    Raises:
        ConfigurationError: no recipient is set, or the server does not archive.
        WarehouseError: the warehouse cannot be reached.
        BackupError: it cannot be written.
    """
    started = time.monotonic()
    recipients = keys.read_recipients(settings)
    store = Store.of(settings)
    try:
        with store.exclusive(), scratch_folder(settings) as scratch, store.unfinished() as folder:
            draft = _Draft(folder, scratch, keys.parse_recipients(recipients), os.urandom(32))
            _fill(settings, store, tier, draft, progress, whole=whole)
            manifest = _manifest(settings, tier, recipients, draft, store.next_number())
            if not smaller:
                said = shrunk(manifest, baseline(store, manifest))
                manifest = replace(manifest, shrunk=said)
            backup = store.commit(folder, manifest, draft.secret)
    except OSError as error:
        _record(settings, None, started, type(error).__name__)
        full = "no room is left" if no_room(error) else f"no backup is made: {error.strerror}"
        raise BackupError(
            f"{full} ({store.root}, or {settings.scratch}); the backups before it are untouched"
        ) from None
    except GranaryError as error:
        _record(settings, None, started, type(error).__name__)
        raise
    _record(settings, backup, started, "BackupShrunk" if manifest.shrunk else None)
    return CreateReport(
        backup_id=backup.id,
        location=backup.folder,
        tier=tier,
        tables=len(manifest.tables),
        rows=manifest.row_count,
        files=len(draft.packed.index),
        new_files=draft.packed.new_files,
        size_bytes=manifest.size_bytes,
        seconds=time.monotonic() - started,
        warnings=[*warnings(settings), *_said_of_the_clock(store)],
        shrunk=manifest.shrunk,
    )


def _said_of_the_clock(store: Store) -> list[str]:
    said = gone_back(backup.manifest.taken_at for backup in store.readable()[-2:])
    return [said] if said else []


def warnings(settings: Settings) -> list[str]:
    """What a person should change about where backups and their keys are kept."""
    found = []
    if settings.backups.stat().st_dev == settings.root.stat().st_dev:
        found.append(
            f"{settings.backups} is on the same file system as the warehouse, so one broken disk "
            "takes both: set GRANARY_BACKUP_DIR to a folder on another disk"
        )
    if settings.backup_identity_file is not None and settings.backup_identity_file.exists():
        found.append(
            "the private key of the backups is on this machine; keep it where no warehouse is"
        )
    return found


def _fill(
    settings: Settings,
    store: Store,
    tier: int,
    draft: _Draft,
    progress: Progress | None,
    *,
    whole: bool,
) -> None:
    """Write every part into the folder."""
    draft.files[SECRET] = seal(
        [json.dumps({"secret": draft.secret.hex()}).encode()],
        draft.folder / SECRET,
        draft.recipients,
    )
    reached("secret sealed")
    if tier >= WAREHOUSE_TIER:
        _add_warehouse(settings, draft, progress)
    else:
        part_of(settings).archive_log()
    # After the warehouse: whatever is loaded was landed before.
    draft.taken_at = draft.copied.taken_at or utc_now()
    since = datetime.max if whole else draft.taken_at - tiers()[tier].repack
    _add_files(settings, store, draft, progress, since)
    if tier >= WAREHOUSE_TIER:
        policies = sources(PROJECT_DIR / "seeds", "policies")
        draft.files[POLICIES] = pack(policies, draft.folder / POLICIES, draft.recipients)
    if tier >= ARCHIVE_TIER and settings.dagster.is_dir():
        remembered = copy_databases(settings.dagster, "dagster", draft.scratch)
        draft.files[DAGSTER] = pack(remembered, draft.folder / DAGSTER, draft.recipients)
    _note_left_out(settings, tier, draft)


def _add_warehouse(settings: Settings, draft: _Draft, progress: Progress | None) -> None:
    if not warehouse_of(settings).exists():
        draft.left_out[settings.warehouse.name] = "there is none yet"
        return
    path = draft.folder / WAREHOUSE
    draft.copied = part_of(settings).copy(path, draft.recipients, draft.scratch, progress)
    if draft.copied.sealed is not None:
        draft.files[WAREHOUSE] = draft.copied.sealed


def roots(settings: Settings) -> dict[str, Path]:
    """Folders whose files every tier backs up one by one, by their name in the state folder."""
    return {"landing": settings.landing, TIERS: settings.tiers}


def _add_files(
    settings: Settings,
    store: Store,
    draft: _Draft,
    progress: Progress | None,
    since: datetime,
) -> None:
    found = [source for name, folder in roots(settings).items() for source in sources(folder, name)]
    known = _known(store, since, roots(settings))
    draft.packed, sealed = pack_new(
        found,
        known,
        draft.folder / FILES,
        draft.recipients,
        adder(progress, "bytes of files encrypted", _size(found) if progress else 0),
    )
    reached("files packed")
    if sealed is not None:
        draft.files[FILES] = sealed
    draft.files[INDEX] = write_index(draft.packed.index, draft.folder / INDEX)
    reached("index written")
    listed = {key_of(f"{TIERS}/{path}") for path in draft.copied.left.tier_files}
    if lacking := listed - {entry.key for entry in draft.packed.index}:
        # Moved on since the warehouse was copied, or lost.
        draft.left_out[LACKING] = f"{len(lacking)} of {len(listed)} were not there"
    if draft.packed.irregular:
        draft.left_out["files that are none or cannot be read"] = str(draft.packed.irregular)


def _known(store: Store, since: datetime, wanted: dict[str, Path]) -> dict[str, Entry]:
    """Files that earlier backups hold, by key; not those whose turn it is to be stored anew."""
    by_id = {backup.id: backup for backup in store.readable()}
    known: dict[str, Entry] = {}
    # Newest last: the last backup that lists the tier store may be older than the newest of all.
    latest = {name: backup for backup in by_id.values() for name in backup.manifest.roots}
    for backup in {latest[name].id: latest[name] for name in wanted if name in latest}.values():
        # What a damaged backup lists is stored anew.
        with contextlib.suppress(DamagedFile):
            for entry in read_index(backup.path(INDEX)).values():
                holder = by_id.get(entry.stored_in or backup.id)
                if holder and FILES in holder.manifest.files and holder.made_at >= since:
                    known[entry.key] = replace(entry, stored_in=holder.id)
    return known


def _size(found: list[Source]) -> int:
    total = 0
    for source in found:
        with contextlib.suppress(OSError):
            total += source.path.stat().st_size
    return total


def _note_left_out(settings: Settings, tier: int, draft: _Draft) -> None:
    inside = {*roots(settings), settings.warehouse.name}
    if tier >= ARCHIVE_TIER:
        inside.add(settings.dagster.name)
    if tier < WAREHOUSE_TIER:
        inside.remove(settings.warehouse.name)
    for path in sorted(settings.root.iterdir()):
        if path.name in inside or path == settings.backups:
            continue
        default = "not in this tier" if path.name in _TIERED else "not known to backups"
        draft.left_out.setdefault(path.name, _LEFT_OUT.get(path.name, default))


_TIERED = ("warehouse.duckdb", "dagster")


def _manifest(
    settings: Settings, tier: int, recipients: list[str], draft: _Draft, number: int
) -> Manifest:
    assert draft.taken_at is not None
    tables = [TableEntry.of(content, draft.secret) for content in draft.copied.contents]
    return Manifest(
        taken_at=draft.taken_at,
        tier=tier,
        engine=settings.target,
        engine_version=draft.copied.engine_version,
        granary_version=importlib.metadata.version("granary"),
        recipients=recipients,
        roots=sorted(roots(settings)),
        files=draft.files,
        tables=tables,
        left_out=draft.left_out,
        key_fingerprint=key_fingerprint(settings),
        newest_row_at=draft.copied.newest_row_at,
        wal=draft.copied.wal,
        number=number,
        last_batch_id=draft.copied.last_batch_id,
        removed_rows=draft.copied.left.removed_rows,
    )


def key_fingerprint(settings: Settings) -> str | None:
    """The name of the pseudonymisation key, as builds keep it; None without a key."""
    try:
        key = settings.read_key()
    except ConfigurationError:
        return None
    digest = hmac.new(key, b"granary:fingerprint", hashlib.sha256).digest()
    return str(uuid.UUID(bytes=digest[:16]))


def _record(
    settings: Settings, backup: Backup | None, started: float, error: str | None = None
) -> None:
    manifest = backup.manifest if backup else None
    with contextlib.suppress(OSError):  # a disk that is full takes no entry either
        books.record(
            settings,
            "backup_log",
            backup_id=backup.id if backup else "none",
            action="create",
            outcome="failure" if error else "success",
            engine=settings.target,
            table_count=len(manifest.tables) if manifest else None,
            row_count=manifest.row_count if manifest else None,
            size_bytes=manifest.size_bytes if manifest else None,
            duration_seconds=time.monotonic() - started,
            error_class=error,
            ended_at=utc_now(),
        )
