"""A home as it should be: private, and without what killed processes have left."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from orchestration.core.files import UNFINISHED, sweep
from orchestration.core.settings import Settings


def keep_private() -> None:
    """Let nobody else read what this process and its children write."""
    os.umask(0o077)


def tidy(settings: Settings) -> None:
    """Shut a home to others, and remove what killed processes were writing in it."""
    root = settings.root
    if not root.is_dir():
        return
    wanted = 0o700
    if os.geteuid() == 0 and (root / "postgres").is_dir():
        wanted = 0o711  # another account runs the server that was restored into it
    if stat.S_IMODE(root.stat().st_mode) & ~wanted:
        with contextlib.suppress(PermissionError):  # another account's
            root.chmod(wanted)
    sweep(_unfinished(settings))


def sweep_landing(settings: Settings) -> None:
    """The same for the landing zone, which may hold very many files."""
    sweep(settings.landing.rglob(f".*{UNFINISHED}"))


def _unfinished(settings: Settings) -> Iterator[Path]:
    for folder in (
        settings.root, settings.operations, settings.reports, settings.truth, settings.backups,
        settings.key_path.parent,
    ):  # fmt: skip
        yield from folder.glob(f".*{UNFINISHED}*")
    yield from settings.exports.rglob(f".*{UNFINISHED}*")
    if settings.scratch.is_dir():
        # A lock must stay: another process may be waiting for it.
        yield from (path for path in settings.scratch.iterdir() if path.suffix != ".lock")
    # Where readers of the published file put what does not fit into memory.
    yield from settings.root.glob(f"{settings.serving.name}{UNFINISHED}")
