"""A backup's manifest.

A backup is a folder `<time>-t<tier>-n<number>-<digest>` with a manifest and encrypted files. The
digest in its name is that of the manifest, and the manifest carries the digests of the files: none
can be swapped for another's. The manifest also carries a code made with a secret that lies in the
backup itself, encrypted; who holds the private key can tell that the two were written together.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.backup.errors import DamagedBackup
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
        """Describe a table for a manifest."""
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
    def log_segments(self) -> Mapping[str, str]:
        """Segments of a server's log that it needs, as `WalRange.segments`; none for a file."""
        return self.wal.segments if self.wal else {}

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
        """Whether it is known to have been made before or at a time, UTC."""
        return self.is_dated and self.manifest.taken_at <= until

    @property
    def archive(self) -> Path:
        """Where the log segments of its server are."""
        assert self.manifest.wal is not None
        return self.folder.parent / WAL_FOLDER / self.manifest.wal.system_identifier

    def path(self, name: str) -> Path:
        """Path of one of its files."""
        return self.folder / name

    def check_code(self, secret: bytes) -> None:
        """Check the manifest against the code it carries.

        Raises:
            DamagedBackup: it was not written together with the rest of the backup.
        """
        body, code = self.text.splitlines()
        if not hmac.compare_digest(code, _code(body, secret)):
            raise DamagedBackup(
                f"the manifest of {self.id} was not written with this backup; do not restore it"
            )


def _code(body: str, secret: bytes) -> str:
    return hmac.new(secret, body.encode(), hashlib.sha256).hexdigest()


def name_of(stem: str, text: str) -> str:
    """A backup's name: its stem and the digest of its manifest's text."""
    return f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def read_backup(folder: Path) -> Backup:
    """Read a backup and check that the manifest is its own.

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
    if manifest is not None and name_of(manifest.stem, text) == folder.name:
        return Backup(folder, manifest, text)
    if manifest is not None and not folder.name.startswith(f"{manifest.stem}-"):
        raise DamagedBackup(
            f"the manifest in {folder.name} is that of another backup, "
            f"{name_of(manifest.stem, text)}: put the right one back, or use another backup"
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
