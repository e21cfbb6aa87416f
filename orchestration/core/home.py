"""Keep the state folder private and free of what killed processes left behind."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from orchestration.core.files import UNFINISHED, sweep
from orchestration.core.settings import Settings


def keep_private() -> None:
    """Set the umask so that no other account can read what this process and its children write."""
    os.umask(0o077)


def tidy(settings: Settings) -> None:
    """Close the state folder to other accounts and remove what killed processes left in it."""
    root = settings.root
    if not root.is_dir():
        return
    wanted = 0o700
    if os.geteuid() == 0 and (root / "postgres").is_dir():
        wanted = 0o711  # another account runs the server that was restored into it
    if stat.S_IMODE(root.stat().st_mode) & ~wanted:
        with contextlib.suppress(PermissionError):  # it belongs to another account
            root.chmod(wanted)
    sweep(_unfinished(settings))


def sweep_landing(settings: Settings) -> None:
    """Remove what killed processes left in the landing zone.

    Not part of `tidy`: walking a zone of very many files takes too long for every command.
    """
    sweep(settings.landing.rglob(f".*{UNFINISHED}"))


def _unfinished(settings: Settings) -> Iterator[Path]:
    """Yield every temporary file and folder in the state folder, whoever is writing it."""
    for folder in (
        settings.root, settings.operations, settings.reports, settings.truth, settings.backups,
        settings.key_path.parent,
    ):  # fmt: skip
        yield from folder.glob(f".*{UNFINISHED}*")
    yield from settings.exports.rglob(f".*{UNFINISHED}*")
    if settings.scratch.is_dir():
        # Another process may be waiting for a lock: its file must stay.
        yield from (path for path in settings.scratch.iterdir() if path.suffix != ".lock")
    # Where readers of the published file spill what does not fit into memory.
    yield from settings.root.glob(f"{settings.serving.name}{UNFINISHED}")
