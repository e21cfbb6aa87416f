"""Private folders for what is decrypted, or not encrypted yet."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orchestration.core.files import sweep, working_folder
from orchestration.core.settings import Settings

KIND = "backup"


@contextlib.contextmanager
def scratch_folder(settings: Settings) -> Iterator[Path]:
    """Yield a folder that is removed at the end; those that killed processes left go first."""
    parent = settings.scratch
    if os.geteuid() == 0:
        # Another account runs restored servers, and may not be able to enter the state folder.
        parent = Path(tempfile.gettempdir()) / "granary"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    parent.chmod(private_mode())
    sweep(parent.glob(f"{KIND}-*"))
    with working_folder(parent, KIND) as name:
        folder = Path(name)
        folder.chmod(private_mode())
        yield folder


def private_mode() -> int:
    """Return the mode of private folders; the account that runs servers may enter root's."""
    return 0o711 if os.geteuid() == 0 else 0o700
