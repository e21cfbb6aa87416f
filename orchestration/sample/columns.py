"""Columns of values, as Arrow arrays or as JSON: whole numbers, flags, texts, and coded ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.sample.noise import Flags, Floats, Ints, Words, mix

Strings = Any
"""A pyarrow string array (pyarrow has no types of its own)."""
MISSING = -(1 << 62)  # marks a missing value in an integer array
UTC_TIME = pa.timestamp("us", tz="UTC")
_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype=np.uint16)
_UUID_GROUPS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Compact JSON, Japanese unescaped."""


def glue(*parts: Strings | str) -> Strings:
    """Concatenate parts row by row; a str is the same in each, a missing part empties the row."""
    return pc.binary_join_element_wise(*parts, "")


class Pool:
    """Entries to choose from, some likelier than others; coded by position."""

    def __init__(self, entries: Sequence[Any], weights: Sequence[float] | None = None) -> None:
        self.entries = tuple(entries)
        summed = np.cumsum(weights or [1.0] * len(entries))
        self.bounds = summed[:-1] / summed[-1]  # between the entries' parts of [0, 1)
        self._json: dict[str, Strings] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def pick(self, units: Floats) -> Ints:
        """Positions for units, each entry at its share."""
        return np.searchsorted(self.bounds, units, side="right")

    @cached_property
    def _array(self) -> Any:
        return pa.array(self.entries)

    def column(self, codes: Any) -> Any:
        """The entries at Arrow positions."""
        return self._array.take(codes)

    def json(self, key: str, codes: Any) -> Strings:
        """The entries as JSON, each behind `key`."""
        if key not in self._json:
            self._json[key] = pa.array([f"{key}{to_json(entry)}" for entry in self.entries])
        return self._json[key].take(codes)


@dataclass(frozen=True)
class Decimals:
    """Numbers with a fixed number of decimal places; coded without the point."""

    places: int

    def column(self, codes: Any) -> Any:
        """The numbers of Arrow integers."""
        return pc.divide(codes.cast(pa.float64()), 10.0**self.places)


@dataclass(frozen=True)
class Clock:
    """Times; coded as microseconds since the first midnight, which is `epoch` since 1970."""

    epoch: int

    def column(self, codes: Any) -> Any:
        """The times of Arrow integers."""
        return pc.add(codes, self.epoch).cast(UTC_TIME)


@dataclass(frozen=True)
class Coded:
    """Whole numbers that stand for something; missing where `MISSING`."""

    codes: Ints
    meaning: Pool | Decimals | Clock


def column_of(value: Any) -> Any:
    """Any column as an Arrow array."""
    if isinstance(value, Coded):
        return value.meaning.column(column_of(value.codes))
    if isinstance(value, np.ndarray):
        return pa.array(value, mask=missing_in(value))
    return value


def missing_in(value: Any) -> Flags:
    """Where a column has no value."""
    codes = value.codes if isinstance(value, Coded) else value
    if isinstance(codes, np.ndarray):
        return codes == MISSING if codes.dtype == np.int64 else np.zeros(len(codes), np.bool_)
    flags: Flags = pc.is_null(codes).to_numpy(zero_copy_only=False)
    return flags


def only(flags: Flags, value: Any) -> Any:
    """The column where flagged, elsewhere missing."""
    if isinstance(value, Coded):
        return replace(value, codes=only(flags, value.codes))
    if isinstance(value, np.ndarray) and value.dtype == np.int64:
        return np.where(flags, value, MISSING)
    column = column_of(value)
    return pc.if_else(pa.array(flags), column, pa.scalar(None, column.type))


def taken(value: Any, rows: Ints) -> Any:
    """The column at the rows."""
    if isinstance(value, Coded):
        return replace(value, codes=value.codes[rows])
    return value[rows] if isinstance(value, np.ndarray) else value.take(pa.array(rows))


def hexadecimal(words: Words, together: int = 1) -> Strings:
    """16 hexadecimal digits for each word; `together` words make one string."""
    digits = words.astype(">u8").tobytes().hex().encode()
    return _fixed_width(pa.py_buffer(digits), len(words) // together, 16 * together)


def uuids(key: int, numbers: Ints) -> Strings:
    """Random-looking UUIDs (RFC 9562, version 4) of numbers; one number, one UUID."""
    words = np.empty((len(numbers), 2), dtype=">u8")
    high = mix(numbers.astype(np.uint64) ^ np.uint64(key))
    words[:, 0] = high & np.uint64(~0xF000 & (1 << 64) - 1) | np.uint64(0x4000)
    low = mix(high + np.uint64(0x9E3779B97F4A7C15))
    words[:, 1] = low & np.uint64((1 << 62) - 1) | np.uint64(1 << 63)
    digits = _PAIRS[words.view(np.uint8)].view(np.uint8).reshape(len(numbers), 32)
    text = np.full((len(numbers), 36), ord("-"), dtype=np.uint8)
    for dashes, (begin, end) in enumerate(_UUID_GROUPS):
        text[:, begin + dashes : end + dashes] = digits[:, begin:end]
    return _fixed_width(pa.py_buffer(text), len(numbers), 36)


def _fixed_width(characters: Any, count: int, width: int) -> Strings:
    """`count` strings of `width` bytes each, from a buffer that holds one after the other."""
    offsets = pa.py_buffer(np.arange(0, count * width + 1, width, dtype=np.int32))
    return pa.StringArray.from_buffers(count, offsets, characters)


def json_lines(columns: Mapping[str, Any], left_out: Mapping[str, str]) -> Strings:
    """One JSON object a line, each with its line feed.

    Args:
        columns: by name; texts of no pool need no escape. The first column misses no value.
        left_out: columns whose key is left out, not null, where there is no value: `always`, or in
            every other row (`half`).
    """
    parts: list[Strings | str] = []
    for place, (name, value) in enumerate(columns.items()):
        part = _pairs(f'{"," if place else "{"}"{name}":', value)
        if part.null_count:
            nothing = pa.scalar(f',"{name}":null')
            if left_out.get(name) == "always":
                nothing = ""
            elif name in left_out:
                nothing = pc.if_else(pa.array(np.arange(len(part)) % 2 == 0), nothing, "")
            part = pc.coalesce(part, nothing)
        parts.append(part)
    return glue(*parts, "}\n")


def _pairs(key: str, value: Any) -> Strings:
    """A key and each value as JSON; missing where the value is."""
    if isinstance(value, Coded) and isinstance(value.meaning, Pool):
        return value.meaning.json(key, column_of(value.codes))
    column = column_of(value)
    if column.type == UTC_TIME:
        text = column.cast(pa.timestamp("us")).cast(pa.string())
        return glue(f'{key}"', pc.replace_substring(text, " ", "T", max_replacements=1), 'Z"')
    if column.type == pa.string():
        return glue(f'{key}"', column, '"')
    return glue(key, column.cast(pa.string()))
