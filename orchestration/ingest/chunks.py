"""What reading a landed file gives: tables of numbered lines, and what was learnt on the way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

ARROW_BATCH_ROWS = 30_000
# Arrow's 32-bit offsets end at 2 GiB.
LONGEST_LINE_BYTES = 1 << 30

CHUNK_SCHEMA = pa.schema(
    [
        ("_line", pa.int64()),
        ("_text", pa.string()),
        ("_fault", pa.string()),
        ("_most_keys", pa.int32()),
    ]
)


class FileFailure(Exception):
    """The file as a whole cannot be read; the message says why and quotes none of its content."""


@dataclass
class FileDigest:
    """What reading a file to its end tells about it; complete when the chunks are exhausted."""

    line_count: int = 0
    size_bytes: int = 0
    sha256: Any = field(default_factory=hashlib.sha256)


def numbered(
    lines: Any, texts: pa.Array, faults: pa.Array, most_keys: pa.Array | None = None
) -> pa.Table:
    """A table of CHUNK_SCHEMA, in batches that DuckDB's threads share."""
    if most_keys is None:
        most_keys = pa.nulls(len(texts), pa.int32())
    table = pa.table([pa.array(lines, pa.int64()), texts, faults, most_keys], schema=CHUNK_SCHEMA)
    return pa.Table.from_batches(table.to_batches(max_chunksize=ARROW_BATCH_ROWS))
