"""Exports that are there: what the manifest beside a file says of it, and how the book tells it."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.core.period import Period
from orchestration.core.settings import Settings
from orchestration.export.errors import ExportError
from orchestration.export.manifest import SUFFIX, Facts, now
from orchestration.warehouse import books


@dataclass(frozen=True)
class Finished:
    """A file that is complete."""

    size_bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Kept:
    """An export in `<home>/exports`, as its manifest describes it."""

    path: Path
    manifest: Path
    facts: Facts
    finished: Finished

    @property
    def expires_at(self) -> datetime:
        """When its retention ends, UTC, without zone."""
        return self.facts.expires_at


def kept(settings: Settings) -> list[Kept]:
    """Every export in `<home>/exports`, the first to expire first.

    Raises:
        ExportError: a manifest cannot be read.
    """
    found = (read(path) for path in settings.exports.rglob(f"*{SUFFIX}"))
    return sorted(found, key=lambda export: (export.expires_at, export.path))


def read(path: Path) -> Kept:
    """The export that a manifest describes.

    Raises:
        ExportError: it is no manifest of an export.
    """
    try:
        of = json.loads(path.read_text("utf-8"))
        facts = Facts(
            of["export_id"],
            of["report"],
            of["format"],
            Period(
                date.fromisoformat(of["filters"]["first_day"]),
                date.fromisoformat(of["filters"]["last_day"]),
            ),
            of["exported_by"],
            *(_moment(of[name]) for name in ("exported_at", "expires_at", "published_at")),
        )
        finished = Finished(of["file"]["size_bytes"], of["file"]["sha256"], of["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ExportError(
            f"{path} is no manifest of an export: what it stands beside has no known retention; "
            f"remove both, or put the manifest back"
        ) from None
    return Kept(path.with_name(path.name.removesuffix(SUFFIX)), path, facts, finished)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def removal(export: Kept) -> dict[str, Any]:
    """The entry that says an export is gone."""
    # A kill before the manifest goes has it recorded again: under the same id it is one entry.
    entry_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{export.facts.export_id} removed")
    return entry_of(export.facts, export.finished) | {"entry_id": entry_id, "removed_at": now()}


def name_lock(settings: Settings, path: Path) -> FileLock:
    """The lock under which a file and its manifest get their names, or lose them."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
    return FileLock(settings.scratch / f"export-{name}.lock", mode=0o600)


def record(settings: Settings, entries: Sequence[Mapping[str, Any]]) -> None:
    """Put entries into `governance.export_log`."""
    books.record_all(settings, "export_log", entries)


def entry_of(facts: Facts, finished: Finished) -> dict[str, Any]:
    """An export as the book has it."""
    return {
        "export_id": facts.export_id,
        "report": facts.report,
        "format": facts.format,
        "first_day": facts.period.first_day,
        "last_day": facts.period.last_day,
        "row_count": finished.rows,
        "size_bytes": finished.size_bytes,
        "sha256": finished.sha256,
        "exported_by": facts.exported_by,
        "exported_at": facts.exported_at,
        "expires_at": facts.expires_at,
    }
