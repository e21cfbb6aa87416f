"""Retention of exports: remove files from `<home>/exports` when their retention ends."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from orchestration.core.files import UNFINISHED, flush_folder, sweep
from orchestration.core.settings import Settings
from orchestration.export.errors import ExportError
from orchestration.export.kept import Kept, kept, name_lock, read, record, removal
from orchestration.export.manifest import now


def expired(settings: Settings, as_of: datetime | None = None) -> list[Kept]:
    """Return the exports whose retention has ended by `as_of`, by default now.

    A time without a zone is taken as UTC.

    Raises:
        ExportError: a manifest cannot be read.
    """
    moment = now() if as_of is None else as_of
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return [export for export in kept(settings) if export.expires_at <= moment]


def prune(settings: Settings, as_of: datetime | None = None) -> list[Kept]:
    """Remove exports whose retention has ended, record that, and return them.

    If it is killed, the next call finishes the work. Partial files of killed exports are removed,
    too.

    Raises:
        ExportError: a manifest cannot be read, or a file cannot be removed.
    """
    removed = []
    with contextlib.ExitStack() as held:
        for export in expired(settings, as_of):
            held.enter_context(name_lock(settings, export.path))
            # A new export may have taken the name meanwhile.
            if export.manifest.exists() and read(export.manifest) == export:
                _unlink(export.path)
                removed.append(export)
        # Manifests go last: after a kill they are what the next call finds the exports by.
        record(settings, [removal(export) for export in removed])
        for export in removed:
            _unlink(export.manifest)
    sweep(settings.exports.rglob(f".*{UNFINISHED}"))
    return removed


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise ExportError(f"{path} cannot be removed: {error.strerror}") from None
