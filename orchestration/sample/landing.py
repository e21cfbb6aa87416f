"""Files of the landing zone: written whole under another name, then renamed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from orchestration.core.files import whole_file
from orchestration.sample.delivery import Rows
from orchestration.sample.options import SampleError
from orchestration.sample.text import content_bytes

_SUFFIXES = ("", "", ".gz", "", ".zst")
_GZIP_LEVEL = 3
_ZSTD_LEVEL = 3
_PARQUET_LEVEL = 1


class LandingZone:
    """The folder of one source in a landing zone."""

    def __init__(self, landing: Path, source: str, overwrite: bool) -> None:
        """Look at what is there.

        Raises:
            SampleError: there are files already, and overwriting was not asked for.
        """
        self._landing = landing
        self._home = landing / source
        self._before = {path for path in self._home.rglob("*") if path.is_file()}
        self._written: set[Path] = set()
        self._parts: dict[Path, int] = {}
        if self._before and not overwrite:
            raise SampleError(
                f"The landing zone {self._home} already holds data. Choose another home, or remove "
                "the folder if nothing in it is needed."
            )

    def next_part(self, stream: str, date: str, suffix: str) -> Path:
        """The path of the next part of a delivery day, which the caller must write."""
        folder = self._home / stream / date
        part = self._parts[folder] = self._parts.get(folder, -1) + 1
        path = folder / f"part-{part:04d}{suffix}"
        self._written.add(path)
        return path

    def relative(self, path: Path) -> str:
        """The path relative to the landing zone, with slashes."""
        return path.relative_to(self._landing).as_posix()

    def write_lines(self, stream: str, day: int, date: str, lines: Rows) -> str:
        """Write JSON lines as the next part of the delivery day; some days are compressed.

        Returns:
            The path relative to the landing zone, with slashes.
        """
        suffix = _SUFFIXES[day % len(_SUFFIXES)]
        path = self.next_part(stream, date, f".jsonl{suffix}")
        content = content_bytes(lines.content)
        with whole_file(path, replace=True) as file:
            if suffix == ".gz":
                # Arrow's own zlib: one member, no name, no time, the same bytes everywhere.
                file.write(pa.Codec("gzip", compression_level=_GZIP_LEVEL).compress(content))
            elif suffix == ".zst":
                file.write(zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(content))
            else:
                file.write(content)
        return self.relative(path)

    def check_complete(self) -> None:
        """Make sure that the folder holds this sample and nothing else.

        Raises:
            SampleError: files of another sample are left over.
        """
        left = sorted(path for path in self._before - self._written if path.is_file())
        if left:
            raise SampleError(
                f"{self._home} still holds {len(left)} files that are no part of this sample, such "
                f"as {self.relative(left[0])}. Remove the folder, then "
                "write the sample again."
            )


def write_parquet(path: Path, table: Any, plain: Sequence[str]) -> None:
    """Write a table as Parquet; columns named in `plain` are not dictionary-encoded."""
    with whole_file(path, replace=True) as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            compression_level=_PARQUET_LEVEL,
            use_dictionary=[name for name in table.column_names if name not in plain],
        )
