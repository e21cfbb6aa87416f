"""What a backup says of itself, and the folder that holds backups.

A backup is a folder `<time>-t<tier>-n<number>-<digest>` with a manifest and encrypted files. The
digest in its name is that of the manifest, and the manifest carries the digests of the files: none
can be swapped for another's. The manifest also carries a code made with a secret that lies in the
backup itself, encrypted; who holds the private key can tell that the two were written together.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from orchestration.backup.errors import BackupError, DamagedBackup, OutOfRange
from orchestration.core.clock import believable, utc_now
from orchestration.core.fault_points import reached
from orchestration.core.files import UNFINISHED, flush_folder, unfinished, whole_file
from orchestration.core.settings import Settings
from orchestration.secrecy.errors import DamagedFile
from orchestration.secrecy.sealing import Sealed
from orchestration.warehouse.hashing import TableContent

MANIFEST = "manifest.json"
SECRET = "secret.zst.age"  # noqa: S105 (a file's name)
WAREHOUSE = "warehouse.zst.age"
FILES = "files.zst.age"
INDEX = "files.index.zst"
POLICIES = "policies.zst.age"
DAGSTER = "dagster.zst.age"
# The folder whose files hold what has left the warehouse, and what of it a backup may lack.
TIERS = "tiers"
LACKING = "files of the tier store that the warehouse lists"
FORMAT = 1
WAL_FOLDER = "wal"
# Backups of older versions have no number, and were ordered by their times.
NAME = re.compile(r"\d{8}T\d{12}Z-t[1-9](?:-n(\d+))?-[0-9a-f]{16}")


@dataclass(frozen=True)
class TableEntry:
    """Rows of a table and the digest of its content under the backup's secret."""

    schema: str
    name: str
    rows: int
    digest: str

    @classmethod
    def of(cls, content: TableContent, secret: bytes) -> TableEntry:
        """What a manifest says of a table."""
        return cls(content.schema, content.name, content.rows, content.digest(secret))

    @property
    def relation(self) -> str:
        """Schema and table, with a dot between."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class WalRange:
    """Where a PostgreSQL backup begins and ends in the server's log.

    The tables' digests are those at `restore_point`; recovery needs every segment in `segments`.
    """

    system_identifier: str
    server_version: int
    database: str
    role: str
    """Database whose tables are in the manifest, and the role that read them."""
    other_databases: list[str]
    restore_point: str
    segment_bytes: int
    segments: dict[str, str]
    """SHA-256 of the archived, encrypted segment by its file name, in order."""


@dataclass(frozen=True)
class Manifest:
    """One backup."""

    taken_at: datetime
    """Moment, UTC, whose state it holds: of the warehouse, or of the files where it has none."""
    tier: int
    engine: str
    engine_version: str
    granary_version: str
    recipients: list[str]
    roots: list[str]
    """Folders of the state whose files the index lists."""
    files: dict[str, Sealed]
    tables: list[TableEntry]
    left_out: dict[str, str]
    """What of the state folder is not in it, and why."""
    key_fingerprint: str | None = None
    """Names the pseudonymisation key without telling it; a build with another one is refused."""
    newest_row_at: datetime | None = None
    """When the newest row of the warehouse was loaded, UTC."""
    wal: WalRange | None = None
    format: int = FORMAT
    number: int = 0
    """Its place among the backups of its folder, by which they are ordered: clocks may go back."""
    last_batch_id: int | None = None
    """The loader's last batch, where the warehouse is a file: a log has its own order."""
    removed_rows: int = 0
    """Rows of schema raw that the lifecycle had ever moved or ended."""
    shrunk: str = ""
    """What it lacks beside the backup before it, where no reason for that is on record."""

    @property
    def has_warehouse(self) -> bool:
        """Whether the warehouse is in it."""
        return WAREHOUSE in self.files

    @property
    def stem(self) -> str:
        """The backup's name without the digest."""
        number = f"-n{self.number}" if self.number else ""
        return f"{self.taken_at:%Y%m%dT%H%M%S%f}Z-t{self.tier}{number}"

    @property
    def size_bytes(self) -> int:
        """Bytes of its encrypted files."""
        return sum(file.size_bytes for file in self.files.values())

    @property
    def row_count(self) -> int:
        """Rows over all tables."""
        return sum(table.rows for table in self.tables)

    def as_text(self, secret: bytes) -> str:
        """The manifest's file: one line of JSON and its code under the backup's secret."""
        body = json.dumps(asdict(self), sort_keys=True, default=_json_form)
        return f"{body}\n{_code(body, secret)}\n"


@dataclass(frozen=True)
class Backup:
    """A backup as it lies in its folder."""

    folder: Path
    manifest: Manifest
    text: str = field(repr=False, compare=False)
    is_dated: bool = field(default=True, compare=False)
    """Whether its time can be believed, beside those of the backups before and after it."""
    made_at: datetime = field(default=datetime.min, compare=False)
    """Its time, UTC, or where that cannot be believed one that it is not older than."""

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    def is_of(self, until: datetime) -> bool:
        """Whether it is known to have been made up to a time, UTC."""
        return self.is_dated and self.manifest.taken_at <= until

    @property
    def is_comparable(self) -> bool:
        """Whether this DuckDB hashes rows as the one did that made the backup."""
        return self.manifest.engine != "duckdb" or (
            self.manifest.engine_version == duckdb.__version__
        )

    @property
    def archive(self) -> Path:
        """Where the log segments of its server are."""
        assert self.manifest.wal is not None
        return self.folder.parent / WAL_FOLDER / self.manifest.wal.system_identifier

    def path(self, name: str) -> Path:
        """Path of one of its files."""
        return self.folder / name

    def check_code(self, secret: bytes) -> None:
        """Hold the manifest against the code it carries.

        Raises:
            DamagedBackup: it was not written together with the rest of the backup.
        """
        body, code = self.text.splitlines()
        if not hmac.compare_digest(code, _code(body, secret)):
            raise DamagedBackup(
                f"the manifest of {self.id} was not written with this backup; do not restore it"
            )


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


def _code(body: str, secret: bytes) -> str:
    return hmac.new(secret, body.encode(), hashlib.sha256).hexdigest()


def _named(stem: str, text: str) -> str:
    return f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def read_backup(folder: Path) -> Backup:
    """A backup whose manifest is its own.

    Raises:
        DamagedBackup: the manifest is missing, damaged or that of another backup.
    """
    try:
        text = (folder / MANIFEST).read_text("utf-8")
    except OSError as error:
        raise DamagedBackup(f"{folder.name} has no manifest: {error.strerror}") from None
    except UnicodeDecodeError:
        text = ""
    manifest = _parsed(text)
    if manifest is not None and _named(manifest.stem, text) == folder.name:
        return Backup(folder, manifest, text)
    if manifest is not None and not folder.name.startswith(f"{manifest.stem}-"):
        raise DamagedBackup(
            f"the manifest in {folder.name} is that of another backup, "
            f"{_named(manifest.stem, text)}: put the right one back, or use another backup"
        )
    raise DamagedBackup(
        f"the manifest of {folder.name} is damaged: its digest is not the one in the backup's name"
    )


def _parsed(text: str) -> Manifest | None:
    try:
        data: dict[str, Any] = json.loads(text.splitlines()[0])
        newest = data["newest_row_at"]
        return Manifest(
            **data
            | {
                "taken_at": datetime.fromisoformat(data["taken_at"]),
                "newest_row_at": newest and datetime.fromisoformat(newest),
                "files": {name: Sealed(**file) for name, file in data["files"].items()},
                "tables": [TableEntry(**table) for table in data["tables"]],
                "wal": data["wal"] and WalRange(**data["wal"]),
            }
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def _json_form(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


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
        self, *, warehouse: bool = False, until: datetime | None = None, engine: str | None = None
    ) -> Backup | None:
        """The newest usable backup, if any: with a warehouse, of an engine, taken up to a time."""
        for backup in reversed(self.readable()):
            manifest = backup.manifest
            if (
                (manifest.has_warehouse or not warehouse)
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
        final = self.root / _named(manifest.stem, text)
        folder.rename(final)
        flush_folder(self.root)
        return Backup(final, manifest, text)

    def remove(self, backup: Backup) -> None:
        """Remove a backup: hidden first, so that a kill leaves nothing that looks like one."""
        hidden = self.root / f".{backup.id}{UNFINISHED}"
        backup.folder.rename(hidden)
        flush_folder(self.root)
        shutil.rmtree(hidden)
