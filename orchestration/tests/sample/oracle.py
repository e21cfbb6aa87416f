"""A second reading of the landing zone with plain Python: it shares no code with the generator."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import zstandard

CONTRACT: dict[str, dict[str, str]] = {
    "interactions": {
        "session_id": "text!",
        "user_id": "text",
        "timestamp": "time!",
        "user_role": "text",
        "query": "text!",
        "query_type": "text",
        "response_time": "number",
        "response_length": "whole",
        "code_snippets_shown": "whole",
        "citations_provided": "whole",
        "success": "flag!",
        "user_rating": "whole",
        "provider": "text",
        "model": "text",
        "input_tokens": "whole",
        "output_tokens": "whole",
        "cached_input_tokens": "whole",
        "reasoning_tokens": "whole",
        "cost_usd": "amount",
        "time_to_first_token": "number",
        "trace_id": "text",
        "request_id": "text",
        "error_type": "text",
    },
    "content_accesses": {
        "session_id": "text!",
        "timestamp": "time!",
        "user_role": "text!",
        "content_id": "text!",
        "content_type": "text!",
        "relevance_score": "number",
    },
    "session_memory": {
        "session_id": "text!",
        "key": "text!",
        "value": "text",
        "updated_at": "time!",
    },
    "system_metrics": {
        "timestamp": "time!",
        "metric_name": "text!",
        "metric_value": "number!",
        "metric_unit": "text",
        "component": "text!",
    },
}
NATURAL_KEYS = {
    "interactions": ("session_id", "timestamp", "query"),
    "content_accesses": ("session_id", "timestamp", "content_id"),
    "session_memory": ("session_id", "key", "updated_at"),
    "system_metrics": ("timestamp", "metric_name", "component"),
}
EVENT_TIMES = {"session_memory": "updated_at"}


@dataclass
class Reading:
    """One stream as read: figures by delivery day, and the latest record of each key."""

    files: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    new_keys: Counter[str] = field(default_factory=Counter)
    latest: dict[tuple[object, ...], dict[str, Any]] = field(default_factory=dict)
    delivered: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def text_of(path: Path) -> str:
    """A file's text, decompressed; strict UTF-8."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    elif path.suffix == ".zst":
        content = zstandard.ZstdDecompressor().decompress(content)
    return content.decode("utf-8")


def lines_of(path: Path) -> list[str]:
    """The lines of a file; the last must be complete."""
    text = text_of(path)
    assert text.endswith("\n")
    return text[:-1].split("\n")


def files_of(landing: Path, stream: str) -> Iterator[tuple[str, Path]]:
    """Delivery day and path, in path order."""
    for path in sorted((landing / "assistant" / stream).rglob("part-*")):
        yield path.parent.name, path


def read(landing: Path, stream: str) -> Reading:
    """Read a stream as a loader would: what is valid loads, the later delivery wins."""
    reading = Reading()
    for day, path in files_of(landing, stream):
        reading.files[day] += 1
        for line in lines_of(path):
            reading.lines[day] += 1
            record = parsed(stream, line)
            if record is None:
                continue
            reading.rows[day] += 1
            reading.delivered.append((day, record))
            key = tuple(record[name] for name in NATURAL_KEYS[stream])
            reading.new_keys[day] += key not in reading.latest
            reading.latest[key] = record
    return reading


def parsed(stream: str, line: str) -> dict[str, Any] | None:
    """The record, its times in UTC and amounts as decimals, or None if the line is no row."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    for name, kind in CONTRACT[stream].items():
        value = record.get(name)
        if value is None:
            if kind.endswith("!"):
                return None
            continue
        if not _fits(value, kind.rstrip("!")):
            return None
        if kind == "amount":
            record[name] = Decimal(str(value))
    time = EVENT_TIMES.get(stream, "timestamp")
    record[time] = datetime.fromisoformat(record[time]).astimezone(UTC)
    return record


def _fits(value: object, kind: str) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "whole":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in ("number", "amount"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
