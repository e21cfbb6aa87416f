"""Who holds a file or a server's lock: a process by its number, its program, and since when.

Linux tells of locks in `/proc/locks`, whoever took them; elsewhere nothing is told.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.core.files import started

PROC = Path("/proc")
INTERPRETERS = ("python", "pypy")


def holder_of(path: Path) -> str | None:
    """In words, which other process has locked a file; None where none has, or none is told."""
    try:
        found = path.stat()
        listed = (PROC / "locks").read_text().splitlines()
    except OSError:
        return None
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    for line in listed:
        fields = line.split()
        # Behind an arrow stand those that wait.
        if place not in fields or "->" in fields:
            continue
        process = int(fields[fields.index(place) - 1])
        if process not in (os.getpid(), -1, 0):  # of another container: no number here
            return described(process)
    return None


def described(process: int) -> str:
    """A process by its number, its program and since when it runs."""
    since = _since(process)
    told = f", running since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
    return f"process {process} ({_program(process)}{told})"


def own_name() -> str:
    """This process by its program and number, for servers to name it by."""
    return f"{_named(sys.argv)} {os.getpid()}"


def _since(process: int) -> datetime | None:
    ticks = started(process)
    try:
        [booted] = [
            int(line.split()[1])
            for line in (PROC / "stat").read_text().splitlines()
            if line.startswith("btime ")
        ]
    except (OSError, ValueError):
        return None
    if not ticks:
        return None
    return datetime.fromtimestamp(booted, UTC) + timedelta(seconds=ticks / os.sysconf("SC_CLK_TCK"))


def _program(process: int) -> str:
    try:
        arguments = (PROC / str(process) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "unknown"
    return _named([os.fsdecode(argument) for argument in arguments if argument]) or "unknown"


def _named(arguments: list[str]) -> str:
    """A program and its command: arguments beyond may hold what is nobody's business."""
    names = [Path(argument).name for argument in arguments]
    if names and names[0].startswith(INTERPRETERS):
        # A module or a script; the text of a program given on the command line is none.
        names = names[2:] if names[1:2] == ["-m"] else names[1:]
        if not names or names[0].startswith("-"):
            return "python"
    command = [name for name in names[1:2] if name.replace("-", "").isalpha()]
    return " ".join(names[:1] + command)
