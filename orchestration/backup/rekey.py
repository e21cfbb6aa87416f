"""Encrypt backups anew for other recipients, after a private key has been exposed."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from orchestration.backup.errors import TargetExists
from orchestration.backup.files.packing import Entry, read_index, write_index
from orchestration.backup.files.reading import check_file, read_secret
from orchestration.backup.manifest import INDEX, WAL_FOLDER, Backup
from orchestration.backup.postgres.wal import DIGITS, Archived, archived
from orchestration.backup.progress import Progress
from orchestration.backup.store import Store
from orchestration.core.settings import Settings
from orchestration.secrecy import keys
from orchestration.secrecy.sealing import SUFFIX, Identities, Recipients, chunks_from, seal, unseal


@dataclass(frozen=True)
class RekeyReport:
    """What was encrypted anew. `names` gives the new name of every backup."""

    location: Path
    backups: int
    log_segments: int
    names: dict[str, str]


def rekey(
    settings: Settings,
    to: Path,
    identities: Identities,
    progress: Progress | None = None,
    *,
    only: Collection[str] | None = None,
) -> RekeyReport:
    """Write copies of all backups, or of some, for the recipients the settings name.

    Nothing is unencrypted on disk at any time. The old backups stay.

    Args:
        to: a folder that holds no backups yet.
        only: names of backups; those they build on must be among them.

    Raises:
        TargetExists: the folder holds something.
        DamagedBackup: a backup is damaged; it cannot be carried over.
        WrongKey: the identities do not open one.
    """
    if to.exists() and any(to.iterdir()):
        raise TargetExists(f"{to} holds something: choose a new folder")
    texts = keys.read_recipients(settings)
    recipients = keys.parse_recipients(texts)
    old, new = Store.of(settings), Store(to.absolute())
    chosen = [b for b in old.readable() if only is None or b.id in only]
    servers = sorted({b.manifest.wal.system_identifier for b in chosen if b.manifest.wal})
    segments = {
        file.path.name: _segment(file, new.root / WAL_FOLDER / server, identities, recipients)
        for server in servers
        for file in archived(old.root / WAL_FOLDER / server).values()
    }
    names: dict[str, str] = {}
    with new.exclusive():
        for number, backup in enumerate(chosen):
            names[backup.id] = _backup(
                backup, new, names, segments, identities, recipients, texts
            ).id
            if progress is not None:
                progress("backups encrypted anew", number + 1, len(chosen))
    return RekeyReport(new.root, len(names), len(segments), names)


def _backup(
    backup: Backup,
    new: Store,
    names: dict[str, str],
    segments: dict[str, tuple[str, str]],
    identities: Identities,
    recipients: Recipients,
    texts: list[str],
) -> Backup:
    secret = read_secret(backup, identities)
    manifest = backup.manifest
    with new.unfinished() as folder:
        files = {}
        for name in manifest.files:
            check_file(backup, name)
            if name == INDEX:
                entries = read_index(backup.path(INDEX)).values()
                files[name] = write_index([_renamed(e, names) for e in entries], folder / name)
                continue
            with unseal(backup.path(name), identities) as stream:
                files[name] = seal(chunks_from(stream), folder / name, recipients)
        wal = manifest.wal and replace(
            manifest.wal, segments=dict(segments[name] for name in manifest.wal.segments)
        )
        copied = replace(manifest, files=files, recipients=texts, wal=wal)
        return new.commit(folder, copied, secret)


def _renamed(entry: Entry, names: dict[str, str]) -> Entry:
    return replace(entry, stored_in=names[entry.stored_in]) if entry.stored_in else entry


def _segment(
    file: Archived, folder: Path, identities: Identities, recipients: Recipients
) -> tuple[str, str]:
    """Encrypt one archived segment anew; return its new name and digest."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{file.name}.new"
    with unseal(file.path, identities) as stream:
        sealed = seal(chunks_from(stream), beside, recipients)
    time = file.path.stat().st_mtime_ns
    os.utime(beside, ns=(time, time))
    name = f"{file.name}.{file.content_digest}.{sealed.sha256[:DIGITS]}{SUFFIX}"
    beside.rename(folder / name)
    return name, sealed.sha256
