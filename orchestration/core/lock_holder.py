"""Find out which process holds a lock: its id, its program and since when it runs.

Linux lists all locks in `/proc/locks`, whichever program took them. Other systems give nothing.
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
    """Describe the other process that has locked a file; None if there is none or it is unknown."""
    try:
        found = path.stat()
        listed = (PROC / "locks").read_text().splitlines()
    except OSError:
        return None
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    for line in listed:
        fields = line.split()
        # Lines with an arrow are processes that wait for the lock.
        if place not in fields or "->" in fields:
            continue
        process = int(fields[fields.index(place) - 1])
        if process not in (os.getpid(), -1, 0):  # -1 and 0: a process of another container
            return described(process)
    return None


def described(process: int) -> str:
    """Describe a process by its id, program and start time."""
    since = _since(process)
    told = f", running since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
    return f"process {process} ({_program(process)}{told})"


def own_name() -> str:
    """Return this process's program and id, to be a server's `application_name`."""
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
    """Return a program and its command, and no further argument: those may hold secrets."""
    names = [Path(argument).name for argument in arguments]
    if names and names[0].startswith(INTERPRETERS):
        # Name the module or script instead; code given with `-c` has no name.
        names = names[2:] if names[1:2] == ["-m"] else names[1:]
        if not names or names[0].startswith("-"):
            return "python"
    command = [name for name in names[1:2] if name.replace("-", "").isalpha()]
    return " ".join(names[:1] + command)
