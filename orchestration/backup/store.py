"""The folder that holds backups, and which of them a command means."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.backup.errors import BackupError, OutOfRange
from orchestration.backup.manifest import MANIFEST, NAME, Backup, Manifest, name_of, read_backup
from orchestration.core.clock import believable, utc_now
from orchestration.core.fault_points import reached
from orchestration.core.files import UNFINISHED, flush_folder, unfinished, whole_file
from orchestration.core.settings import Settings
from orchestration.secrecy.errors import DamagedFile


class Store:
    """The folder of backups. Whatever carries a backup's name in it was written whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """Where the settings say backups are kept."""
        return cls(settings.backups)

    @property
    def names(self) -> list[str]:
        """Names of all backups, oldest first."""
        if not self.root.is_dir():
            return []
        found = (path.name for path in self.root.iterdir() if NAME.fullmatch(path.name))
        return sorted(found, key=lambda name: (_number(name), name))

    def next_number(self) -> int:
        """The number of the next backup; whoever makes it keeps others from doing so."""
        return max(map(_number, self.names), default=0) + 1

    def read(self, name: str) -> Backup:
        """A backup by its name, or by a beginning of it that no other has.

        Raises:
            OutOfRange: there is no such backup, or several.
            DamagedBackup: its manifest cannot be used.
        """
        found = [known for known in self.names if known.startswith(name)]
        if name in found:
            found = [name]
        if len(found) != 1:
            raise OutOfRange(
                f"{'no backup is' if not found else 'several backups are'} named {name} in "
                f"{self.root}: granary backup list shows them"
            )
        return read_backup(self.root / found[0])

    def readable(self) -> list[Backup]:
        """Backups whose manifest can be used, oldest first."""
        found = []
        for name in self.names:
            with contextlib.suppress(DamagedFile):
                found.append(read_backup(self.root / name))
        return _dated(found)

    def newest(
        self,
        *,
        warehouse: bool = False,
        unshrunk: bool = False,
        until: datetime | None = None,
        engine: str | None = None,
    ) -> Backup | None:
        """The newest usable backup, if there is one.

        Args:
            warehouse: with a warehouse.
            unshrunk: that had not shrunk itself.
            until: known to have been made up to this time, UTC.
            engine: of this engine.
        """
        for backup in reversed(self.readable()):
            manifest = backup.manifest
            if (
                (manifest.has_warehouse or not warehouse)
                and not (unshrunk and manifest.shrunk)
                and (until is None or backup.is_of(until))
                and engine in (None, manifest.engine)
            ):
                return backup
        return None

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep others from writing or pruning backups; what a kill left is removed.

        Raises:
            BackupError: another backup has been running for ten minutes, or the folder cannot be
                written to.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o755)
            with FileLock(self.root / ".lock", timeout=600, mode=0o600, is_singleton=False):
                self._remove_leftovers()
                yield
        except Timeout:
            raise BackupError(
                f"another backup is being written to {self.root}; try again when it has ended"
            ) from None

    def _remove_leftovers(self) -> None:
        for path in self.root.glob(f".*{UNFINISHED}"):
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A hidden folder to write a backup into; it goes unless `commit` has renamed it."""
        folder = unfinished(self.root / "backup")
        folder.mkdir(mode=0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def commit(self, folder: Path, manifest: Manifest, secret: bytes) -> Backup:
        """Write the manifest and give the folder its name: from here on it is a backup."""
        text = manifest.as_text(secret)
        with whole_file(folder / MANIFEST, replace=True, text=True) as file:
            file.write(text)
        reached("manifest written")
        final = self.root / name_of(manifest.stem, text)
        folder.rename(final)
        flush_folder(self.root)
        return Backup(final, manifest, text)

    def remove(self, backup: Backup) -> None:
        """Remove a backup: hidden first, so that a kill leaves nothing that looks like one."""
        hidden = self.root / f".{backup.id}{UNFINISHED}"
        backup.folder.rename(hidden)
        flush_folder(self.root)
        shutil.rmtree(hidden)


def warehouse_backup(store: Store, at: datetime | None, name: str | None = None) -> Backup:
    """The backup whose warehouse a restore starts from.

    Raises:
        OutOfRange: none reaches back so far, or there is none at all.
    """
    if name is not None:
        backup = store.read(name)
        if not backup.manifest.has_warehouse:
            raise OutOfRange(f"{backup.id} holds files only: choose one of tier 2 or 3")
        if at is not None and backup.manifest.taken_at > at:
            raise OutOfRange(f"{backup.id} was taken after {at:%Y-%m-%dT%H:%M:%SZ}")
        if at is not None and not next(b for b in store.readable() if b.id == backup.id).is_dated:
            raise OutOfRange(
                f"{backup.id} was taken while the clock was wrong, so it may hold what came after "
                f"{at:%Y-%m-%dT%H:%M:%SZ}: leave --at out"
            )
        return backup
    if (found := store.newest(warehouse=True, until=at)) is not None:
        return found
    every = [b.manifest.taken_at for b in store.readable() if b.manifest.has_warehouse]
    if every and at is not None:
        raise OutOfRange(
            f"no backup reaches back to {at:%Y-%m-%dT%H:%M:%SZ}: the oldest with a warehouse is of "
            f"{min(every):%Y-%m-%dT%H:%M:%SZ}"
        )
    damaged = len(store.names) - len(store.readable())
    raise BackupError(
        f"no usable backup with a warehouse in {store.root}"
        + (f"; {damaged} are damaged: granary backup verify names them" if damaged else "")
        + ": set GRANARY_BACKUP_DIR to where backups are"
    )


def newest_name(store: Store, name: str | None) -> str:
    """Name of the newest backup, or of the only one whose name begins so.

    Raises:
        OutOfRange: there is none, or there are several.
    """
    found = [known for known in store.names if name is None or known.startswith(name)]
    if not store.names:
        raise OutOfRange(f"no backup in {store.root}: granary backup create makes one")
    if not found:
        raise OutOfRange(f"no such backup in {store.root}: granary backup list shows them")
    if name is not None and name not in found and len(found) > 1:
        raise OutOfRange(f"{len(found)} backups begin with {name}: write more of the name")
    return name if name in found else found[-1]


def _number(name: str) -> int:
    matched = NAME.fullmatch(name)
    return int(matched[1] or 0) if matched else 0


def _dated(backups: list[Backup]) -> list[Backup]:
    """The same, with what their times are worth; given oldest first."""
    now = utc_now()
    right = believable([backup.manifest.taken_at for backup in backups], now)
    # What has no right time before it is as old as what comes after.
    made_at = next((b.manifest.taken_at for b, ok in zip(backups, right, strict=True) if ok), now)
    found = []
    for backup, is_dated in zip(backups, right, strict=True):
        made_at = backup.manifest.taken_at if is_dated else made_at
        found.append(replace(backup, is_dated=is_dated, made_at=made_at))
    return found
