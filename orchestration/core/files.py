"""Files that are there whole or not at all, and private.

What is unfinished bears in its name the process that is at it, so that others can tell what a
killed one has left.
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
# A process, when it started, and the machine or container it runs on.
OWNER = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})[.-]")
# What cannot be asked about its process is touched more often than that while it is written.
ABANDONED_SECONDS = 24 * 3600


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = False, text: bool = False) -> Iterator[IO[Any]]:
    """Open a file to write that carries its name only when it is complete and on disk.

    It is written beside, under a hidden name that ends in `.tmp`; an exception leaves nothing.

    Args:
        path: its name; the folder is made where it is missing.
        replace: take the place of a file of that name.
        text: UTF-8 text rather than bytes.

    Raises:
        FileExistsError: there is a file of that name, even one that came meanwhile.
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
    """An object that others write as JSON; None where there is no file, or not the whole of it."""
    try:
        read = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return read if isinstance(read, dict) else None


def place(beside: Path, path: Path, *, replace: bool = False) -> None:
    """Give a complete file its name, durably.

    Raises:
        FileExistsError: there is a file of that name, and `replace` is not set.
    """
    reached("file complete")
    if replace:
        os.replace(beside, path)
    else:
        # Unlike a rename, a link never takes the place of a file that came meanwhile.
        os.link(beside, path)
        beside.unlink()
    flush_folder(path.parent)
    reached("file named")


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unfinished(path: Path) -> Path:
    """A hidden name beside a file or folder, for this process to write it under."""
    return path.with_name(f".{path.name[:100]}.{owner()}.{uuid.uuid4().hex}{UNFINISHED}")


def working_folder(parent: Path, kind: str) -> tempfile.TemporaryDirectory[str]:
    """A private folder of this process, which goes when it is left."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.TemporaryDirectory(
        prefix=f"{kind}-{owner()}-", dir=parent, ignore_cleanup_errors=True
    )


def owner() -> str:
    """This process, as it stands in the names of what it has not finished."""
    return f"{os.getpid()}-{started(os.getpid())}-{_machine()}"


def sweep(paths: Iterable[Path]) -> None:
    """Remove those of some unfinished files and folders whose process has ended."""
    for path in paths:
        # What this account may not remove stays.
        with contextlib.suppress(OSError):
            if not is_left(path):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def is_left(path: Path) -> bool:
    """Whether nobody is at an unfinished file or folder any more.

    Raises:
        FileNotFoundError: it is gone.
    """
    owners = OWNER.findall(path.name)
    if owners and owners[-1][2] == _machine():
        process, ticks, _ = owners[-1]
        return started(int(process)) != int(ticks)
    return time.time() - path.lstat().st_mtime > ABANDONED_SECONDS


def started(process: int) -> int | None:
    """When a process started, in ticks of this boot; None where there is none of that number."""
    try:
        # The name before may hold blanks and brackets.
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
    """Where numbers of processes mean the same: containers of one machine count their own."""
    try:
        numbered = os.readlink("/proc/self/ns/pid")
    except OSError:
        numbered = ""
    return f"{zlib.crc32(f'{socket.gethostname()} {numbered}'.encode()):08x}"
