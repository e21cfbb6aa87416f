"""Files of the landing zone: written whole under another name, then renamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from orchestration.core.files import whole_file
from orchestration.sample.declared import Stream
from orchestration.sample.world import SampleError

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

    def write(self, stream: Stream, day: int, date: str, rows: Any) -> str:
        """Write rows as the next part of a delivery day; lines of some days are compressed.

        Returns:
            The path relative to the landing zone, with slashes.
        """
        folder = self._home / stream.name / date
        part = self._parts[folder] = self._parts.get(folder, -1) + 1
        compressed = _SUFFIXES[day % len(_SUFFIXES)]
        suffix = ".parquet" if stream.form == "parquet" else f".jsonl{compressed}"
        path = folder / f"part-{part:04d}{suffix}"
        self._written.add(path)
        with whole_file(path, replace=True) as file:
            if stream.form == "parquet":
                # No dictionaries: zstd packs what repeats as well, in less time.
                packing = {"compression": "zstd", "compression_level": _PARQUET_LEVEL}
                table = rows.select(stream.schema.names)
                pq.write_table(table, file, use_dictionary=False, **packing)
            else:
                file.write(_packed(rows.column("line"), compressed))
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
                f"as {left[0].relative_to(self._landing)}. Remove the folder, then write the "
                "sample again."
            )


def _packed(lines: Any, suffix: str) -> Any:
    """The bytes of all lines, compressed as the suffix says."""
    text = lines.combine_chunks()
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)
    begin, end = offsets[text.offset], offsets[text.offset + len(text)]
    content = memoryview(text.buffers()[2])[begin:end]
    if suffix == ".gz":
        # Arrow's own zlib: one member, no name, no time, the same bytes everywhere.
        return pa.Codec("gzip", compression_level=_GZIP_LEVEL).compress(content)
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(content) if suffix else content
