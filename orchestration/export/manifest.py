"""What stands beside an export: what it holds, its digest, when, by whom and until when."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

from orchestration.core.period import Period
from orchestration.core.settings import Settings
from orchestration.export.formats import NUMBERS, RULES, Format
from orchestration.export.marts import Relation
from orchestration.export.neutral import RULE
from orchestration.secrecy.pseudonyms import pseudonym

SUFFIX = ".manifest.json"
VERSION = 1
DOMAIN = "system_account"


@dataclass(frozen=True)
class Written:
    """A table of an export: its rows, and the file of the archive or the sheets that hold them."""

    relation: Relation
    day: str | None
    rows: int
    file: str | None = None
    sheets: Sequence[str] = ()
    sha256: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Its part of the manifest; places it does not have are left out."""
        placed = {"file": self.file, "sha256": self.sha256, "sheets": list(self.sheets)}
        return {
            "table": f"{self.relation.schema}.{self.relation.name}",
            "description": self.relation.description,
            "rows": self.rows,
            "period_column": self.day,
            **{name: value for name, value in placed.items() if value},
            "columns": [
                {
                    "name": column.name,
                    "type": column.data_type,
                    "class": column.data_class,
                    "description": column.description,
                }
                for column in self.relation.columns
            ],
        }


@dataclass(frozen=True)
class Facts:
    """What is known of an export before it is written. Times are UTC, without zone."""

    export_id: str
    report: str
    format: str
    period: Period
    exported_by: str
    exported_at: datetime
    expires_at: datetime
    published_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """The first part of a manifest."""
        return {
            "manifest_version": VERSION,
            "export_id": self.export_id,
            "report": self.report,
            "format": self.format,
            "time_zone": "UTC",
            "exported_at": utc(self.exported_at),
            "exported_by": self.exported_by,
            "expires_at": utc(self.expires_at),
            "published_at": utc(self.published_at),
            "granary_version": version("granary"),
        }


def manifest_path(path: Path) -> Path:
    """Where the manifest of a file stands."""
    return path.with_name(path.name + SUFFIX)


def manifest_of(
    facts: Facts, form: Format, tables: Sequence[Written], file: dict[str, Any], texts_cut: int
) -> dict[str, Any]:
    """The manifest of an export of marts; `file` holds name, size_bytes and sha256."""
    rules = asdict(RULES[form])
    if form in (Format.CSV, Format.XLSX):
        rules["texts"] = RULE
    return {
        **facts.as_dict(),
        "file": file,
        "rows": sum(table.rows for table in tables),
        "texts_cut": texts_cut,
        "filters": {
            "first_day": facts.period.first_day.isoformat(),
            "last_day": facts.period.last_day.isoformat(),
            "tables": [table.relation.name for table in tables],
        },
        "reading": {**rules, "numbers": NUMBERS},
        "tables": [table.as_dict() for table in tables],
    }


def rendered(manifest: dict[str, Any]) -> str:
    """A manifest as the text that is written, and signed."""
    return json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"


def account(settings: Settings) -> str:
    """The system account that runs this, as a keyed pseudonym: the same for all its exports.

    Raises:
        ConfigurationError: there is no pseudonymisation key.
    """
    try:
        # The environment could name another.
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return str(pseudonym(settings.read_key(), name, DOMAIN))


def digest(file: BufferedReader | BytesIO) -> str:
    """SHA-256 of a file from where it stands, hexadecimal."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def described(path: Path, name: str | None = None) -> dict[str, Any]:
    """A file as manifests describe it."""
    with open(path, "rb") as file:
        return {
            "name": name or path.name,
            "size_bytes": path.stat().st_size,
            "sha256": digest(file),
        }


def now() -> datetime:
    """The present time, UTC, without zone, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def utc(moment: datetime) -> str:
    """ISO 8601 with zone."""
    return f"{moment.isoformat()}Z"
