"""JSON lines put together by column: pools of ready fragments, taken and glued by Arrow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.sample.noise import Flags, Ints, Words
from orchestration.sample.rhythm import DAY, SECOND, Calendar

Strings = Any
"""A pyarrow string array (pyarrow has no types of its own)."""


def to_json(value: object) -> str:
    """Compact JSON, Japanese unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def strings(values: Sequence[str]) -> Strings:
    """A string array."""
    return pa.array(values, pa.string())


def glue(*parts: Strings | str) -> Strings:
    """Row by row, the parts in order; a str is the same in each row."""
    return pc.binary_join_element_wise(*parts, "")


def take(pool: Strings, index: Ints) -> Strings:
    """The pool's fragments at the index."""
    return pool.take(pa.array(index))


def either(flags: Flags, yes: Strings, no: Strings) -> Strings:
    """Row by row `yes` where flagged, else `no`."""
    return pc.if_else(pa.array(flags), yes, no)


def hexadecimal(words: Words, together: int = 1) -> Strings:
    """16 hexadecimal digits a word; so many words `together` are one string."""
    digits = words.astype(">u8").tobytes().hex().encode()
    return fixed_width(pa.py_buffer(digits), len(words) // together, 16 * together)


def fixed_width(characters: Any, count: int, width: int) -> Strings:
    """`count` strings of `width` bytes each, from a buffer that holds one after the other."""
    offsets = pa.py_buffer(np.arange(0, count * width + 1, width, dtype=np.int32))
    return pa.StringArray.from_buffers(count, offsets, characters)


def thousandths(values: range) -> Strings:
    """`1234` as `1.234`, for every value of the range."""
    return strings([f"{v // 1000}.{v % 1000:03d}" for v in values])


class TimeText:
    """Times as `2026-01-05T09:31:02.123456`; what follows, `Z` included, is the caller's."""

    _SECONDS = strings([f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}." for s in range(86_400)])
    _THOUSAND = strings([f"{n:03d}" for n in range(1000)])

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def parts(self, times: Ints) -> tuple[Strings, Strings, Strings, Strings]:
        """Date, second, millisecond and microsecond fragments."""
        days = times // DAY
        first = int(days.min()) if len(days) else 0
        last = int(days.max()) if len(days) else 0
        dates = strings([f"{self._calendar.date_of(d)}T" for d in range(first, last + 1)])
        within = times - days * DAY
        seconds, micros = within // SECOND, within % SECOND
        return (
            take(dates, days - first),
            take(self._SECONDS, seconds),
            take(self._THOUSAND, micros // 1000),
            take(self._THOUSAND, micros % 1000),
        )


def content_bytes(text: Strings) -> memoryview:
    """The bytes of all lines, without a copy."""
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)
    begin, end = offsets[text.offset], offsets[text.offset + len(text)]
    return memoryview(text.buffers()[2])[begin:end]
