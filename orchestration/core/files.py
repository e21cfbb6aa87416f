"""Write files atomically and durably: a private temporary file, fsync, then its final name.

The name of a temporary file contains the process that writes it, so that another process can tell
which ones a killed process left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
import time
import uuid
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from orchestration.core.fault_points import reached

UNFINISHED = ".tmp"
# Process id, its start time in ticks, and a checksum of the machine or container it runs on.
OWNER = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})[.-]")
# Files of another machine, whose processes cannot be looked up, count as abandoned after a day.
ABANDONED_SECONDS = 24 * 3600


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = False, text: bool = False) -> Iterator[IO[Any]]:
    """Open a file for writing that gets its name only when it is complete and on disk.

    The content goes to a hidden file in the same folder whose name ends in `.tmp`. After an
    exception neither file exists.

    Args:
        path: the final name; a missing folder is created.
        replace: replace an existing file of that name.
        text: write UTF-8 text instead of bytes.

    Raises:
        FileExistsError: the file exists, even if it was created meanwhile; `replace` is not set.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(path)
    try:
        with open(
            beside,
            "x" if text else "xb",
            opener=lambda name, flags: os.open(name, flags, 0o600),
            encoding="utf-8" if text else None,
            newline="\n" if text else None,
        ) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        place(beside, path, replace=replace)
    finally:
        beside.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file; None if the file is missing or incomplete."""
    try:
        read = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return read if isinstance(read, dict) else None


def place(beside: Path, path: Path, *, replace: bool = False) -> None:
    """Give a complete, flushed file its final name, durably.

    Raises:
        FileExistsError: a file of that name exists, and `replace` is not set.
    """
    reached("file complete")
    if replace:
        os.replace(beside, path)
    else:
        # rename(2) would silently replace a file created meanwhile; link(2) fails.
        os.link(beside, path)
        beside.unlink()
    flush_folder(path.parent)
    reached("file named")


def flush_folder(folder: Path) -> None:
    """Fsync a folder: without it a power cut may undo a rename or a removal in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unfinished(path: Path) -> Path:
    """Return a hidden, unique name in the same folder, for this process to write under."""
    return path.with_name(f".{path.name[:100]}.{owner()}.{uuid.uuid4().hex}{UNFINISHED}")


def working_folder(parent: Path, kind: str) -> tempfile.TemporaryDirectory[str]:
    """Create a private folder of this process, removed when its context ends."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.TemporaryDirectory(
        prefix=f"{kind}-{owner()}-", dir=parent, ignore_cleanup_errors=True
    )


def owner() -> str:
    """Return this process's id, start time and machine, as temporary names contain them.

    The start time tells it from a later process with the same id.
    """
    return f"{os.getpid()}-{started(os.getpid())}-{_machine()}"


def sweep(paths: Iterable[Path]) -> None:
    """Remove the temporary files and folders among `paths` whose process has ended."""
    for path in paths:
        # What this account may not remove is left for one that may.
        with contextlib.suppress(OSError):
            if not is_left(path):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def is_left(path: Path) -> bool:
    """Whether the process that wrote a temporary file or folder has ended.

    Raises:
        FileNotFoundError: the file is gone.
    """
    owners = OWNER.findall(path.name)
    if owners and owners[-1][2] == _machine():
        process, ticks, _ = owners[-1]
        return started(int(process)) != int(ticks)
    return time.time() - path.lstat().st_mtime > ABANDONED_SECONDS


def started(process: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None if there is no such process.

    Without /proc (not on Linux) a running process gives 0.
    """
    try:
        # Field 22 of stat. The program's name, field 2, may itself hold blanks and brackets.
        return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[19])
    except (OSError, IndexError):
        return 0 if _is_running(process) else None


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _machine() -> str:
    """Return a checksum of host and pid namespace: within it a process id is unique."""
    try:
        numbered = os.readlink("/proc/self/ns/pid")
    except OSError:
        numbered = ""
    return f"{zlib.crc32(f'{socket.gethostname()} {numbered}'.encode()):08x}"
