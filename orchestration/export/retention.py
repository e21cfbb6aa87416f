"""The end of an export: what lies in `<home>/exports` is removed when its retention ends."""

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


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise ExportError(f"{path} cannot be removed: {error.strerror}") from None
