"""Files of the landing zone: written whole under another name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import zstandard

from orchestration.sample.options import SampleError
from orchestration.sample.text import Lines, content_bytes

_SUFFIXES = ("", "", ".gz", "", ".zst")
_GZIP_LEVEL = 3
_ZSTD_LEVEL = 3


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".tmp")
    try:
        with unfinished.open("wb") as file:
            yield file
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


class LandingZone:
    """The folder `assistant` of a landing zone."""

    def __init__(self, landing: Path, overwrite: bool) -> None:
        """Look at what is there.

        Raises:
            SampleError: there are files already, and overwriting was not asked for.
        """
        self._landing = landing
        self._home = landing / "assistant"
        self._before = {path for path in self._home.rglob("*") if path.is_file()}
        self._written: set[Path] = set()
        self._parts: dict[Path, int] = {}
        if self._before and not overwrite:
            raise SampleError(
                f"The landing zone {self._home} already holds data. Choose another home, or remove "
                "the folder if nothing in it is needed."
            )

    def write(self, stream: str, day: int, date: str, lines: Lines) -> str:
        """Write the lines as the next part of the delivery day.

        Returns:
            The path relative to the landing zone, with slashes.
        """
        folder = self._home / stream / date
        part = self._parts[folder] = self._parts.get(folder, -1) + 1
        suffix = _SUFFIXES[day % len(_SUFFIXES)]
        path = folder / f"part-{part:04d}.jsonl{suffix}"
        content = content_bytes(lines.text)
        with replacing(path) as file:
            if suffix == ".gz":
                # Arrow's own zlib: one member, no name, no time, the same bytes everywhere.
                file.write(pa.Codec("gzip", compression_level=_GZIP_LEVEL).compress(content))
            elif suffix == ".zst":
                file.write(zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(content))
            else:
                file.write(content)
        self._written.add(path)
        return path.relative_to(self._landing).as_posix()

    def check_complete(self) -> None:
        """Make sure that the folder holds this sample and nothing else.

        Raises:
            SampleError: files of another sample are left over.
        """
        left = sorted(path for path in self._before - self._written if path.is_file())
        if left:
            raise SampleError(
                f"{self._home} still holds {len(left)} files that are no part of this sample, such "
                f"as {left[0].relative_to(self._landing).as_posix()}. Remove the folder, then "
                "write the sample again."
            )
