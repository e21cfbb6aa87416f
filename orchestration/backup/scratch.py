"""Private folders for what is decrypted, or not encrypted yet."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orchestration.settings import Settings

PREFIX = "backup-"


@contextlib.contextmanager
def scratch_folder(settings: Settings) -> Iterator[Path]:
    """A folder that goes at the end; what processes that were killed have left goes first."""
    parent = settings.scratch
    if os.geteuid() == 0:
        # Another account runs restored servers, and may not be able to enter the state folder.
        parent = Path(tempfile.gettempdir()) / "granary"
    parent.mkdir(parents=True, exist_ok=True, mode=private_mode())
    for left in parent.glob(f"{PREFIX}*"):
        if not _is_alive(left.name.split("-")[1]):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    folder.chmod(private_mode())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def private_mode() -> int:
    """Mode of private folders; those of root let the account that runs servers pass."""
    return 0o711 if os.geteuid() == 0 else 0o700


def _is_alive(process: str) -> bool:
    return process.isdigit() and Path(f"/proc/{process}").exists()
