"""The end of an export: what lies in `<home>/exports` is removed when its retention ends."""

from __future__ import annotations

import contextlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.export.errors import ExportError
from orchestration.export.manifest import SUFFIX, Facts, now
from orchestration.export.place import Finished, entry_of, name_lock, record
from orchestration.files import UNFINISHED, flush_folder, sweep
from orchestration.report.period import Period
from orchestration.settings import Settings


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


def expired(settings: Settings, as_of: datetime | None = None) -> list[Kept]:
    """Exports whose retention has ended at a time, by default now; a time without zone is UTC.

    Raises:
        ExportError: a manifest cannot be read.
    """
    moment = now() if as_of is None else as_of
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return [export for export in kept(settings) if export.expires_at <= moment]


def prune(settings: Settings, as_of: datetime | None = None) -> list[Kept]:
    """Remove exports whose retention has ended and put that on record; returns them.

    A kill leaves what the next call takes up again. Files that a killed export left half written
    are removed too.

    Raises:
        ExportError: a manifest cannot be read, or a file not be removed.
    """
    removed = []
    with contextlib.ExitStack() as held:
        for export in expired(settings, as_of):
            held.enter_context(name_lock(settings, export.path))
            # Its name may have been given to a new export meanwhile.
            if export.manifest.exists() and read(export.manifest) == export:
                _unlink(export.path)
                removed.append(export)
        record(settings, [removal(export) for export in removed])
        for export in removed:
            _unlink(export.manifest)
    sweep(settings.exports.rglob(f".*{UNFINISHED}"))
    return removed


def removal(export: Kept) -> dict[str, Any]:
    """The entry that says an export is gone."""
    # A kill before the manifest goes has it recorded again: under the same id it is one entry.
    entry_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{export.facts.export_id} removed")
    return entry_of(export.facts, export.finished) | {"entry_id": entry_id, "removed_at": now()}


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise ExportError(f"{path} cannot be removed: {error.strerror}") from None


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
