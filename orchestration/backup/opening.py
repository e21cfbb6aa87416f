"""What must happen to a restored copy before anybody can open it."""

from __future__ import annotations

from pathlib import Path

from orchestration.backup.manifest import Manifest


def before_it_opens(folder: Path, manifest: Manifest) -> None:
    """Called once all is restored and compared, before the copy is given its final name.

    Whatever raises here keeps the copy from opening. Nothing is to be done yet.

    Args:
        folder: the restored state folder, under its temporary name.
        manifest: that of the backup whose warehouse it holds.
    """
