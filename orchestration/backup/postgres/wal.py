"""Archived segments of a PostgreSQL server's log: what they are called, which are there.

`<wal>/<system identifier>/<segment>.<content>.<file>.zst.age`: the first sixteen digits of the
SHA-256 of the segment and of the encrypted file. So a segment that comes again is known without a
private key, and so is a file that has been damaged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.secrecy.sealing import SUFFIX, file_digest

DIGITS = 16
ARCHIVED = re.compile(
    rf"(?P<name>[0-9A-F]{{8}}(?:[0-9A-F]{{16}}(?:\.[0-9A-F]{{8}}\.backup|\.partial)?|\.history))"
    rf"\.(?P<content>[0-9a-f]{{{DIGITS}}})\.(?P<file>[0-9a-f]{{{DIGITS}}})" + re.escape(SUFFIX)
)
SEGMENT = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True, order=True)
class Archived:
    """One file of an archive."""

    name: str
    """What the server calls it."""
    path: Path
    content_digest: str
    file_digest: str

    @property
    def is_segment(self) -> bool:
        """Whether it is a whole segment, rather than a note about timelines or backups."""
        return SEGMENT.fullmatch(self.name) is not None

    def is_intact(self) -> bool:
        """Whether it is byte for byte what was archived."""
        return file_digest(self.path).startswith(self.file_digest)


def archived(archive: Path) -> dict[str, Archived]:
    """Every file of an archive by the server's name for it, in order."""
    found = {}
    if archive.is_dir():
        for path in sorted(archive.iterdir()):
            if match := ARCHIVED.fullmatch(path.name):
                found[match["name"]] = Archived(
                    match["name"], path, match["content"], match["file"]
                )
    return found


def segments_between(first: str, last: str, segment_bytes: int) -> Iterator[str]:
    """Names of the segments from one to another of the same timeline, both included."""
    timeline, per_log = first[:8], (1 << 32) // segment_bytes
    for number in range(_number(first, per_log), _number(last, per_log) + 1):
        yield f"{timeline}{number // per_log:08X}{number % per_log:08X}"


def missing_segments(known: dict[str, Archived], first: str, segment_bytes: int) -> list[str]:
    """Segments missing between one and the newest of its timeline."""
    there = [name for name, file in known.items() if file.is_segment and name[:8] == first[:8]]
    if not there:
        return [first]
    return [
        name
        for name in segments_between(first, max(*there, first), segment_bytes)
        if name not in known
    ]


def _number(name: str, per_log: int) -> int:
    return int(name[8:16], 16) * per_log + int(name[16:], 16)
