"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

UNFINISHED = ".tmp"


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
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}{UNFINISHED}")
    try:
        with open(
            beside,
            "x" if text else "xb",
            encoding="utf-8" if text else None,
            newline="\n" if text else None,
        ) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        place(beside, path, replace=replace)
    finally:
        beside.unlink(missing_ok=True)


def place(beside: Path, path: Path, *, replace: bool = False) -> None:
    """Give a complete file its name, durably.

    Raises:
        FileExistsError: there is a file of that name, and `replace` is not set.
    """
    if replace:
        os.replace(beside, path)
    else:
        # Unlike a rename, a link never takes the place of a file that came meanwhile.
        os.link(beside, path)
        beside.unlink()
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
