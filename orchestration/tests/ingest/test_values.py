"""A value is stored where nothing of it is lost; otherwise its line is rejected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    interaction,
    lines,
    loaded,
    rejected,
)
from orchestration.tests.workspace import Workspace

LARGEST = 2**53 - 1
STORED: list[tuple[str, Any, Any]] = [
    ("response_length", "2", 2),
    ("response_length", 3.0, 3),
    ("response_length", -4, -4),
    ("response_length", None, None),
    ("response_length", LARGEST, LARGEST),
    ("response_length", -LARGEST, -LARGEST),
    ("response_time", "0.25", 0.25),
    ("response_time", 0, 0.0),
    ("response_time", "1", 1.0),
    ("response_time", 1e300, 1e300),
    ("response_time", 5e-324, 5e-324),
    ("response_time", None, None),
    ("success", "true", True),
    ("success", False, False),
    ("success", "t", True),
    ("success", "F", False),
    ("success", "TRUE", True),
    ("success", 1, True),
    ("success", "0", False),
    ("response_length", "", None),
    ("response_time", "", None),
    ("user_id", "", None),
    ("user_id", 7, "7"),
    ("user_id", -7, "-7"),
    ("user_id", 42.0, "42.0"),
    ("user_id", "007", "007"),
    ("user_id", 2**63, str(2**63)),
    ("user_id", "undefined", "undefined"),
    ("session_id", 42, "42"),
    ("session_id", "nullable", "nullable"),
    ("query", " \t\n", " \t\n"),
    ("query", "null", "null"),
    ("query", "123", "123"),
    ("query", "[1]", "[1]"),
    ("query", '{"a": 1}', '{"a": 1}'),
    ("query", "true", "true"),
    ("query", "\\u0000", "\\u0000"),
    ("query", "\\", "\\"),
    ("timestamp", "2026-01-01T09:00:00+09:00", datetime(2026, 1, 1)),
    ("timestamp", "2026-01-01 00:00:00.000001", datetime(2026, 1, 1, microsecond=1)),
    ("timestamp", "1990-01-01T00:00:00Z", datetime(1990, 1, 1)),
]
REJECTED: list[tuple[str, Any, str]] = [
    ("response_length", 2.5, "wrong type: response_length is not a whole number"),
    ("response_length", LARGEST + 1, "wrong type: response_length is not a whole number"),
    ("response_length", LARGEST + 2, "wrong type: response_length is not a whole number"),
    ("response_length", 10**400, "wrong type: response_length is not a whole number"),
    ("response_length", True, "wrong type: response_length is not a whole number"),
    ("response_length", " ", "wrong type: response_length is not a whole number"),
    ("response_length", [3], "wrong type: response_length is not a whole number"),
    ("response_length", {"a": 1}, "wrong type: response_length is not a whole number"),
    ("response_time", "NaN", "wrong type: response_time is not a number"),
    ("response_time", "inf", "wrong type: response_time is not a number"),
    ("response_time", 10**400, "wrong type: response_time is not a number"),
    ("response_time", "fast", "wrong type: response_time is not a number"),
    ("response_time", True, "wrong type: response_time is not a number"),
    ("response_time", False, "wrong type: response_time is not a number"),
    ("success", "perhaps", "wrong type: success is not true or false"),
    ("success", "yes", "wrong type: success is not true or false"),
    ("success", 2, "wrong type: success is not true or false"),
    ("success", [], "wrong type: success is not true or false"),
    ("query", 123, "wrong type: query is not text"),
    ("query", -1.5, "wrong type: query is not text"),
    ("query", True, "wrong type: query is not text"),
    ("query", ["a"], "wrong type: query is not text"),
    ("query", {"a": "b"}, "wrong type: query is not text"),
    ("query", "\0", "NUL character in query"),
    ("query", "(\0", "NUL character in query"),
    ("user_id", "u\0", "NUL character in user_id"),
    ("user_id", True, "wrong type: user_id is not text"),
    ("user_id", ["a"], "wrong type: user_id is not text"),
    ("query", "", "missing field: query"),
    ("timestamp", "", "missing field: timestamp"),
    ("success", "", "missing field: success"),
    ("success", "1.0", "wrong type: success is not true or false"),
    ("session_id", "", "missing field: session_id"),
    ("session_id", "  ", "missing field: session_id"),
    ("session_id", "undefined", "missing field: session_id"),
    ("session_id", " NULL ", "missing field: session_id"),
    ("session_id", "00000000-0000-0000-0000-000000000000", "missing field: session_id"),
    ("timestamp", 1767225600, "wrong type: timestamp is not an ISO 8601 time"),
    ("timestamp", "yesterday", "wrong type: timestamp is not an ISO 8601 time"),
    ("timestamp", "2026-02-30T00:00:00Z", "wrong type: timestamp is not an ISO 8601 time"),
    ("timestamp", "1989-12-31T23:59:59Z", "out of range: timestamp"),
    ("timestamp", "2100-01-02T00:00:00Z", "out of range: timestamp"),
    ("timestamp", "infinity", "wrong type: timestamp is not an ISO 8601 time"),
]


def test_values_are_stored_whole_or_their_line_is_rejected(workspace: Workspace) -> None:
    cases = [(name, value) for name, value, _ in [*STORED, *REJECTED]]
    path = f"{INTERACTIONS}/a.jsonl"
    workspace.write(path, lines(interaction(**{name: value}) for name, value in cases))
    workspace.ingest()
    fields = ["response_length", "response_time", "success", "query", "user_id", "timestamp",
              "session_id"]  # fmt: skip
    rows, rejects = loaded(workspace, *fields, "_extra"), rejected(workspace)
    for number, (name, value, expected) in enumerate(STORED, 1):
        assert (path, number) in rows, (name, value, rejects.get((path, number)))
        stored = dict(zip(fields, rows[path, number], strict=False))[name]
        assert (stored, type(stored)) == (expected, type(expected)), (name, value)
    for number, (name, value, reason) in enumerate(REJECTED, len(STORED) + 1):
        assert (path, number) in rejects, (name, value)
        assert rejects[path, number][0] == reason, (name, value)
    assert {extra for *_, extra in rows.values()} == {None}
