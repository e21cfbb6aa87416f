"""A restored folder takes its place: under a new name, or part by part in a folder in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock

from orchestration.backup.files.scratch import private_mode
from orchestration.core.clock import utc_now
from orchestration.core.fault_points import reached
from orchestration.core.files import UNFINISHED, flush_folder, owner, sweep

# Files in these that have come since the backup stay, beside the restored ones.
MERGED = ("landing", "tiers")


@contextlib.contextmanager
def beside(to: Path, *, occupied: bool) -> Iterator[Path]:
    """Create a hidden folder on the same file system, after removing what a kill left."""
    parent = to if occupied else to.parent
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent.glob(f".{to.name}.*.restore{UNFINISHED}"))
    folder = parent / f".{to.name}.{owner()}.{uuid.uuid4().hex}.restore{UNFINISHED}"
    folder.mkdir(mode=0o700)
    folder.chmod(private_mode())  # whatever the umask
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def place_as(folder: Path, to: Path, mode: int) -> None:
    """Give a folder its final name and permissions; only an empty folder may have that name."""
    with contextlib.suppress(FileNotFoundError):
        to.rmdir()  # empty
    folder.chmod(mode)
    folder.rename(to)
    flush_folder(to.parent)


def place_in(folder: Path, to: Path, replaced: Sequence[str]) -> tuple[int, Path]:
    """Replace parts of a folder that is in use by restored ones.

    Args:
        replaced: names that go aside, whether they were restored or not.

    Returns:
        How many files stay that had come since the backup, and where what was replaced is.
    """
    aside = to / f"before-restore-{utc_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
    aside.mkdir(mode=0o700)
    kept = 0
    with FileLock(to / "warehouse.lock", mode=0o600, is_singleton=False):
        for root in MERGED:
            kept += _keep_newcomers(to / root, folder / root)
        restored = [path.name for path in sorted(folder.iterdir())]
        if (to / "dagster").exists() and "dagster" in restored:
            restored.remove("dagster")  # what it remembers of since is worth more
        # A log that stays where its file is gone would be replayed over the restored one.
        for name in dict.fromkeys((*replaced, *restored)):
            if os.path.lexists(to / name):
                (to / name).rename(aside / name)
                reached("part moved")
        flush_folder(to)
        for name in restored:
            (folder / name).rename(to / name)
            reached("part moved")
    flush_folder(to)
    return kept, aside


def _keep_newcomers(old: Path, new: Path) -> int:
    """Link files that the backup does not have into the restored folder."""
    kept = 0
    for folder, _, names in os.walk(old):
        for name in names:
            path = Path(folder) / name
            target = new / path.relative_to(old)
            if name.endswith(UNFINISHED) or target.exists() or not path.is_file():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copy2(path, target)
            kept += 1
    return kept


def flush(folder: Path) -> None:
    """Flush everything to disk before it gets its name; one call for all files."""
    flush_folder(folder)
    os.sync()
