"""The form in which all readers give a landed file: tables of numbered lines, and a digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

ARROW_BATCH_ROWS = 30_000
# Arrow's 32-bit string offsets end at 2 GiB, and a buffer may hold more than one line.
LONGEST_LINE_BYTES = 1 << 30

# _line: number from 1; _text: a JSON object, or the text of an unfit line; _fault: why it is unfit;
# _most_keys: upper bound of the number of keys in _text, null if unknown.
CHUNK_SCHEMA = pa.schema(
    [
        ("_line", pa.int64()),
        ("_text", pa.string()),
        ("_fault", pa.string()),
        ("_most_keys", pa.int32()),
    ]
)


class FileFailure(Exception):
    """A file as a whole cannot be read; the message says why and quotes none of its content."""


@dataclass
class FileDigest:
    """Line count, size on disk and SHA-256 of a file; complete once all its chunks are read."""

    line_count: int = 0
    size_bytes: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)


def numbered(
    lines: Any, texts: pa.Array, faults: pa.Array, most_keys: pa.Array | None = None
) -> pa.Table:
    """Build a table of CHUNK_SCHEMA, in batches small enough for DuckDB's threads to share."""
    if most_keys is None:
        most_keys = pa.nulls(len(texts), pa.int32())
    table = pa.table([pa.array(lines, pa.int64()), texts, faults, most_keys], schema=CHUNK_SCHEMA)
    return pa.Table.from_batches(table.to_batches(max_chunksize=ARROW_BATCH_ROWS))
