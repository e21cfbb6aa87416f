"""Arrow columns as an extraction from PostgreSQL gives them, made from numbers and pools."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.core.contracts import Stream, load_contracts
from orchestration.sample.noise import Flags, Ints, Words, key_of, mix
from orchestration.sample.text import Strings, fixed_width, strings

STREAMS = (
    "organizations", "users", "documents", "document_sections", "analysis_results",
    "user_feedback", "audit_logs", "deletions",
)  # fmt: skip
"""The streams the sample writes; what extraction alone knows of, schema_drift, is none of them."""

MISSING = -(1 << 62)
"""Marks a missing value in an integer array."""

UTC_TIME = pa.timestamp("us", tz="UTC")
_ARROW = {
    "uuid": pa.string(), "varchar": pa.string(), "json": pa.string(), "timestamp": UTC_TIME,
    "bigint": pa.int64(), "double precision": pa.float64(), "boolean": pa.bool_(),
}  # fmt: skip
_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype=np.uint16)
_GROUPS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


@cache
def contract(stream: str) -> Stream:
    """The contract of a stream."""
    return load_contracts()["prism", stream]


@cache
def schema_of(stream: str) -> Any:
    """The Arrow schema of a stream's files."""
    return pa.schema([(c.name, _ARROW[c.data_type]) for c in contract(stream).columns])


def table_of(stream: str, columns: Mapping[str, Any]) -> Any:
    """A table of a stream.

    Raises:
        KeyError: a column of the contract is missing.
    """
    schema = schema_of(stream)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def uuids(key: int, numbers: Words) -> Strings:
    """Random-looking UUIDs (RFC 9562, version 4) of numbers that differ."""
    words = np.empty((len(numbers), 2), dtype=">u8")
    high = mix(numbers ^ np.uint64(key))
    words[:, 0] = high & np.uint64(~0xF000 & (1 << 64) - 1) | np.uint64(0x4000)
    low = mix(high + np.uint64(0x9E3779B97F4A7C15))
    words[:, 1] = low & np.uint64((1 << 62) - 1) | np.uint64(1 << 63)
    digits = _PAIRS[words.view(np.uint8)].view(np.uint8).reshape(len(numbers), 32)
    text = np.full((len(numbers), 36), ord("-"), dtype=np.uint8)
    for dashes, (begin, end) in enumerate(_GROUPS):
        text[:, begin + dashes : end + dashes] = digits[:, begin:end]
    return fixed_width(pa.py_buffer(text), len(numbers), 36)


class Ids:
    """Ids of one kind of row."""

    def __init__(self, seed: int, kind: str) -> None:
        self._key = key_of(seed, "prism ids", kind)

    def of(self, numbers: Ints) -> Strings:
        """The ids of numbered rows; one number, one id."""
        return uuids(self._key, numbers.astype(np.uint64))


def whole(values: Ints) -> Any:
    """Integers, some of them missing."""
    return pa.array(values, pa.int64(), mask=values == MISSING)


def decimal(values: Ints, places: int) -> Any:
    """Integers divided by a power of ten, some of them missing."""
    return pa.array(values / 10.0**places, pa.float64(), mask=values == MISSING)


@cache
def _pool(entries: tuple[str, ...]) -> Strings:
    return strings(entries)


def chosen(pool: tuple[str, ...] | Strings, index: Ints) -> Strings:
    """Entries of a pool; missing where the index is negative."""
    table = _pool(pool) if isinstance(pool, tuple) else pool
    return table.take(pa.array(index, mask=index < 0))


def only(flags: Flags, column: Any) -> Any:
    """The column where flagged, elsewhere missing."""
    return pc.if_else(pa.array(flags), column, pa.scalar(None, column.type))


class Times:
    """Times as an extraction gives them."""

    def __init__(self, epoch: int) -> None:
        """`epoch`: midnight of the first day, in microseconds since 1970."""
        self._epoch = epoch

    def column(self, times: Ints) -> Any:
        """Microseconds since the first midnight, some of them missing, as timestamps."""
        return pa.array(times + self._epoch, pa.int64(), mask=times == MISSING).cast(UTC_TIME)


def edited(table: Any, edits: Mapping[int, Mapping[str, Any]]) -> Any:
    """The table with some values of some rows replaced.

    Args:
        table: any table.
        edits: new values by row and column.
    """
    by_column: dict[str, tuple[list[int], list[Any]]] = {}
    for row in sorted(edits):
        for name, value in edits[row].items():
            rows, values = by_column.setdefault(name, ([], []))
            rows.append(row)
            values.append(value)
    for name, (rows, values) in by_column.items():
        position = table.column_names.index(name)
        column = table.column(position).combine_chunks()
        place = np.arange(len(table))
        place[rows] = len(table) + np.arange(len(rows))
        whole_column = pa.concat_arrays([column, pa.array(values, column.type)])
        table = table.set_column(position, name, whole_column.take(pa.array(place)))
    return table
