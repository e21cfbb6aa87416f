"""Read landed files of any format as chunks of numbered lines.

JSON lines are split without copying: the positions of newlines become the offsets of an Arrow
string array over the read buffer. CSV records, Parquet rows (see `records`) and the spans of OTLP
requests (see `otlp`) become one JSON object each, so that later steps handle a single form.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import duckdb
import numpy as np
import pyarrow as pa
import zstandard

from orchestration.ingest.chunks import LONGEST_LINE_BYTES, FileDigest, FileFailure, numbered
from orchestration.ingest.otlp import otlp_chunks
from orchestration.ingest.records import Fields, csv_chunks, parquet_chunks
from orchestration.ingest.slabs import Slabs

# Block size of scans; blocks of this size stay in the processor's cache.
SCAN_BYTES = 1 << 20
NEWLINE, COLON, QUOTE, BLANK = b'\n:" '
# Largest window zstd can write (`--ultra --long=31`); readers refuse more than 2**27 by default.
WINDOW_BYTES = 1 << 31


def read_chunks(path: Path, digest: FileDigest, slabs: Slabs, fields: Fields) -> Iterator[pa.Table]:
    """Yield a file's lines as tables of CHUNK_SCHEMA, and complete its digest on the way.

    Args:
        path: the file; its suffixes tell format and compression.
        digest: updated with every chunk.
        slabs: buffers to read into.
        fields: what each column of the contract may be called, and whether it is required. A CSV
            file whose header lacks a required one is refused.

    Raises:
        FileFailure: the file cannot be opened or decompressed, or is not of its format.
    """
    try:
        # Unbuffered: reads are large already, and a buffer would copy each once more.
        with open(path, "rb", buffering=0) as raw:
            hashed = _HashingReader(raw, digest)
            name = path.name
            plain = name.removesuffix(".gz").removesuffix(".zst")
            if name.endswith(".parquet"):
                yield from parquet_chunks(path, hashed, digest, fields)
            elif plain.endswith(".csv"):
                yield from csv_chunks(_decompressed(hashed, name), digest, fields)
            elif plain.endswith(".otlp.jsonl"):
                yield from otlp_chunks(_decompressed(hashed, name), digest)
            else:
                yield from _line_chunks(_decompressed(hashed, name), digest, slabs)
    except FileFailure:
        raise
    except OSError as error:
        reason = error.strerror or "damaged or truncated compression"
        raise FileFailure(f"cannot be read: {reason}") from None
    except (EOFError, zlib.error, zstandard.ZstdError):
        raise FileFailure("cannot be read: damaged or truncated compression") from None
    except (pa.ArrowException, duckdb.Error) as error:
        raise FileFailure(f"cannot be read: broken file ({type(error).__name__})") from None


class _HashingReader(io.RawIOBase):
    """Passes bytes through and updates the digest of the file's bytes on disk."""

    def __init__(self, raw: io.RawIOBase | IO[bytes], digest: FileDigest) -> None:
        self._raw = cast(io.RawIOBase, raw)
        self._digest = digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._raw.readinto(buffer) or 0
        self._digest.sha256.update(memoryview(buffer)[:count])
        self._digest.size_bytes += count
        return count


def _zstd_frame() -> zstandard.ZstdDecompressionObj:
    return zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES).decompressobj()


class _WholeZstd(io.RawIOBase):
    """Decompresses all zstd frames of a file; raises EOFError if the last one is truncated.

    zstandard's own readers end without an error there.
    """

    def __init__(self, raw: _HashingReader) -> None:
        self._raw = raw
        self._frame = _zstd_frame()
        self._pending = memoryview(b"")
        self._started = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._pending:
            block = self._raw.read(SCAN_BYTES)
            if not block:
                if self._started and not self._frame.eof:
                    raise EOFError
                return 0
            output = b""
            while block:
                if self._frame.eof:
                    self._frame = _zstd_frame()
                self._started = True
                output += self._frame.decompress(block)
                block = self._frame.unused_data
            self._pending = memoryview(output)
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count


def _decompressed(raw: _HashingReader, name: str) -> io.RawIOBase:
    if name.endswith(".gz"):
        return cast(io.RawIOBase, gzip.GzipFile(fileobj=cast(Any, raw)))
    return _WholeZstd(raw) if name.endswith(".zst") else raw


def _line_chunks(stream: io.RawIOBase, digest: FileDigest, slabs: Slabs) -> Iterator[pa.Table]:
    """Split a stream at newlines; an unfinished line moves to the front of the next buffer."""
    rest = b""
    at_start = True
    while True:
        # Room doubles with the length of an unfinished line, so that a long one is not copied time
        # and again. One spare byte is for the newline that the last line may lack.
        buffer = slabs.take(len(rest) + min(len(rest) + SCAN_BYTES, slabs.slab_bytes) + 1)
        view = memoryview(buffer.data)
        view[: len(rest)] = rest
        end = len(rest)
        ended = False
        while end < len(buffer) - 1:
            count = stream.readinto(view[end:-1])
            if not count:
                ended = True
                break
            end += count
        begin = 0
        if at_start:
            begin = 3 if bytes(view[:3]) == b"\xef\xbb\xbf" else 0
            at_start = False
        if ended and end > begin and buffer[end - 1] != NEWLINE:
            buffer[end] = NEWLINE
            end += 1
        ends, most_keys = _scan(buffer, begin, end)
        cut = int(ends[-1]) if len(ends) else begin
        if len(ends):
            yield _numbered(buffer, begin, ends, most_keys, digest.line_count)
            digest.line_count += len(ends)
        rest = bytes(view[cut:end])
        if ended:
            slabs.give_back(len(buffer) - end)
            return
        if len(rest) > LONGEST_LINE_BYTES:
            raise FileFailure(f"holds a line longer than {LONGEST_LINE_BYTES >> 20} MiB")


def _scan(buffer: np.ndarray, begin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the offset just past each newline, and an upper bound of the keys in that line.

    A JSON key is followed by a quote, optional blanks and a colon. Texts may contain the same
    characters, so counting such colons gives an upper bound.
    """
    ends, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    open_keys = 0
    for start in range(begin, end, SCAN_BYTES):
        block = buffer[start : min(start + SCAN_BYTES, end)]
        before = np.empty_like(block)
        before[0] = buffer[start - 1] if start > begin else NEWLINE
        before[1:] = block[:-1]
        marks = np.flatnonzero(
            (block == NEWLINE) | (block == COLON) & ((before == QUOTE) | (before <= BLANK))
        )
        newlines = np.flatnonzero(block[marks] == NEWLINE)
        if len(newlines):
            keys = np.diff(newlines, prepend=-1) - 1
            keys[0] += open_keys
            ends.append(marks[newlines] + (start + 1))
            counts.append(keys)
            open_keys = 0
        open_keys += len(marks) - (int(newlines[-1]) + 1 if len(newlines) else 0)
    return np.concatenate(ends), np.concatenate(counts)


def _numbered(
    buffer: np.ndarray, begin: int, ends: np.ndarray, most_keys: np.ndarray, before: int
) -> pa.Table:
    offsets = np.empty(len(ends) + 1, dtype=np.int32)
    offsets[0] = begin
    offsets[1:] = ends
    count = len(ends)
    # The newline stays in the text. JSON ignores it, and without it bytes would have to be copied.
    texts = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(buffer))
    faults = pa.nulls(count, pa.string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        texts, faults = _decode_each(buffer, offsets)
    lines = np.arange(before + 1, before + 1 + count, dtype=np.int64)
    return numbered(lines, texts, faults, pa.array(most_keys, pa.int32()))


def _decode_each(buffer: np.ndarray, offsets: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Decode line by line; lines that are not UTF-8 get a fault and keep their bytes as \\xNN."""
    texts: list[str] = []
    faults: list[str | None] = []
    for i in range(len(offsets) - 1):
        line = buffer[offsets[i] : offsets[i + 1]].tobytes()
        try:
            texts.append(line.decode("utf-8"))
            faults.append(None)
        except UnicodeDecodeError:
            texts.append(line.decode("utf-8", "backslashreplace"))
            faults.append("not UTF-8")
    return pa.array(texts, pa.string()), pa.array(faults, pa.string())
