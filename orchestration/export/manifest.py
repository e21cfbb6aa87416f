"""The manifest beside an export: its contents and digest, who made it when, and when it expires."""

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
    """A table of an export, and the archive member or the sheets that hold its rows.

    `day` is the column that the period selects by; None if all rows were written.
    """

    relation: Relation
    day: str | None
    rows: int
    file: str | None = None
    sheets: Sequence[str] = ()
    sha256: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the table's part of the manifest, without the places that do not apply."""
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
        """Return the first part of a manifest."""
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
    """Return the path of a file's manifest."""
    return path.with_name(path.name + SUFFIX)


def manifest_of(
    facts: Facts, form: Format, tables: Sequence[Written], file: dict[str, Any], texts_cut: int
) -> dict[str, Any]:
    """Return the manifest of an export of marts.

    Args:
        facts: what was known before the file was written.
        form: the format of the tables.
        tables: what was written.
        file: name, size_bytes and sha256 of the file.
        texts_cut: how many texts were shortened to fit an Excel cell.
    """
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
    """Return a manifest as the JSON text that is written."""
    return json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"


def account(settings: Settings) -> str:
    """Return a keyed pseudonym of the system account that runs this process.

    It is the same for all exports of that account.

    Raises:
        ConfigurationError: there is no pseudonymisation key.
    """
    try:
        # Not getpass.getuser(): that trusts environment variables, which anybody can set.
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return str(pseudonym(settings.read_key(), name, DOMAIN))


def digest(file: BufferedReader | BytesIO) -> str:
    """Return the SHA-256, in hexadecimal, of a file from its current position on."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def described(path: Path, name: str | None = None) -> dict[str, Any]:
    """Return a file's name, size in bytes and SHA-256, as manifests hold them."""
    with open(path, "rb") as file:
        return {
            "name": name or path.name,
            "size_bytes": path.stat().st_size,
            "sha256": digest(file),
        }


def now() -> datetime:
    """Return the present time, UTC, without zone, in whole seconds."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def utc(moment: datetime) -> str:
    """Return a UTC time without zone as ISO 8601 with Z."""
    return f"{moment.isoformat()}Z"
