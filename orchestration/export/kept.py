"""Exports in `<home>/exports`: read their manifests, and record them in the export log."""

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
    """The size, digest and rows of a complete file."""

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
    """Return every export in `<home>/exports`, the first to expire first.

    Raises:
        ExportError: a manifest cannot be read.
    """
    found = (read(path) for path in settings.exports.rglob(f"*{SUFFIX}"))
    return sorted(found, key=lambda export: (export.expires_at, export.path))


def read(path: Path) -> Kept:
    """Return the export that a manifest describes.

    Raises:
        ExportError: the file is not the manifest of an export.
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
            f"{path} is not the manifest of an export, so the retention of the file beside it is "
            f"unknown: remove both, or restore the manifest"
        ) from None
    return Kept(path.with_name(path.name.removesuffix(SUFFIX)), path, facts, finished)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def removal(export: Kept) -> dict[str, Any]:
    """Return the log entry that says an export was removed."""
    # If a run is killed before it removes the manifest, the next one records the removal again.
    # An id derived from the export's makes that the same entry.
    entry_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{export.facts.export_id} removed")
    return entry_of(export.facts, export.finished) | {"entry_id": entry_id, "removed_at": now()}


def name_lock(settings: Settings, path: Path) -> FileLock:
    """Return the lock under which a file and its manifest are named or removed."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    # A digest, because a path does not fit into a file name.
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
    return FileLock(settings.scratch / f"export-{name}.lock", mode=0o600)


def record(settings: Settings, entries: Sequence[Mapping[str, Any]]) -> None:
    """Append entries to `governance.export_log`."""
    books.record_all(settings, "export_log", entries)


def entry_of(facts: Facts, finished: Finished) -> dict[str, Any]:
    """Return an export's entry for `governance.export_log`."""
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
