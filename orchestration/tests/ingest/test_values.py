"""A value is stored where nothing of it is lost; otherwise its line is rejected."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    interaction,
    lines,
    loaded,
    rejected,
)
from orchestration.tests.prism.records import organization, user
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
# ISO 8601 as applications write it: without seconds or minutes, basic, with a comma, in lower case,
# with the name of a zone after the offset (RFC 9557).
TIMES: list[tuple[Any, datetime]] = [
    ("2026-01-01T10:00Z", datetime(2026, 1, 1, 10)),
    ("2026-01-01T10:30+09:00", datetime(2026, 1, 1, 1, 30)),
    ("2026-01-01 10Z", datetime(2026, 1, 1, 10)),
    ("20260101T100203Z", datetime(2026, 1, 1, 10, 2, 3)),
    ("20260101T1002Z", datetime(2026, 1, 1, 10, 2)),
    ("20260101T100203.5+0930", datetime(2026, 1, 1, 0, 32, 3, 500000)),
    ("20260101", datetime(2026, 1, 1)),
    (20260101, datetime(2026, 1, 1)),
    ("2026-01-01T10:02:03,123456Z", datetime(2026, 1, 1, 10, 2, 3, 123456)),
    ("2026-01-01T10:02:03z", datetime(2026, 1, 1, 10, 2, 3)),
    ("2026-01-01t10:02:03z", datetime(2026, 1, 1, 10, 2, 3)),
    ("2026-01-01T10:02:03+09:00[Asia/Tokyo]", datetime(2026, 1, 1, 1, 2, 3)),
    ("2026-01-01T10:02Z[UTC][u-ca=iso8601]", datetime(2026, 1, 1, 10, 2)),
    ("2026-01-01T10:02:03-00", datetime(2026, 1, 1, 10, 2, 3)),
]
NO_TIMES = [
    "2026-13-01T10:00Z", "2026-01-01T25:00Z", "2026-01-01T10:60Z", "20260230", "2026-01-01T1Z",
    "2026-01-01T10:00[Asia/Tokyo]", "2026-W01-1", "2026-001", "202601011002", "2026-01-01T10:00Y",
]  # fmt: skip
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


def test_a_time_may_have_any_form_of_iso_8601(duckdb_workspace: Workspace) -> None:
    """In a field that must be there as in one that may."""
    times = [*(time for time, _ in TIMES), *NO_TIMES]
    required, optional = f"{INTERACTIONS}/a.jsonl", "prism/users/2026-01-01/a.jsonl"
    duckdb_workspace.write(required, lines(interaction(timestamp=time) for time in times))
    someone = user("ann", "2026-01-01T00:00:00Z")
    duckdb_workspace.write(optional, lines(someone | {"deleted_at": time} for time in times))
    duckdb_workspace.ingest()
    found = loaded(duckdb_workspace, "timestamp") | loaded(
        duckdb_workspace, "deleted_at", table="prism_users"
    )
    for path, field in ((required, "timestamp"), (optional, "deleted_at")):
        expected = {(path, n): [read] for n, (_, read) in enumerate(TIMES, 1)}
        assert {place: row for place, row in found.items() if place[0] == path} == expected
        reasons = [
            reason for (at, _), (reason, _) in rejected(duckdb_workspace).items() if at == path
        ]
        assert reasons == [f"wrong type: {field} is not an ISO 8601 time"] * len(NO_TIMES)


# Years 1 to 9999, in UTC; with an offset the first and the last day of others' calendars are not.
FAR_TIMES: list[tuple[str, datetime | None]] = [
    ("0001-01-01T00:00:01Z", datetime(1, 1, 1, 0, 0, 1)),
    ("9999-12-31T23:59:59.9999999Z", datetime.max),
    ("0001-01-01T00:00:00+09:00", None),
    ("0000-12-31T23:59:59Z", None),
    ("-0044-03-15T00:00:00Z", None),
    ("9999-12-31T23:59:59-05:00", None),
    ("10000-01-01T00:00:00Z", None),
]
NEVER = datetime(9999, 12, 31)


def test_a_time_is_of_years_that_every_reader_knows(workspace: Workspace) -> None:
    people = [
        user(f"{name}{number}", "2026-01-01T00:00:00Z") | {name: time}
        for name in ("deleted_at", "access_expires_at")
        for number, (time, _) in enumerate(FAR_TIMES)
    ]
    path = "prism/users/2026-01-01/a.jsonl"
    workspace.write(path, lines(people))
    workspace.ingest()
    rows = loaded(workspace, "deleted_at", "access_expires_at", table="prism_users")
    found = [rows.get((path, number)) for number in range(1, len(people) + 1)]
    expected = [time and [time, None] for _, time in FAR_TIMES]
    # What lies beyond the last year is as good as never.
    ends = [time or (NEVER if said > "9" or said > "10000" else None) for said, time in FAR_TIMES]
    assert found == expected + [end and [None, end] for end in ends]
    assert {reason for reason, _ in rejected(workspace).values()} == {
        "wrong type: deleted_at is not an ISO 8601 time",
        "wrong type: access_expires_at is not an ISO 8601 time",
    }


def test_the_first_moment_of_all_is_no_time(workspace: Workspace) -> None:
    """Go's zero time and .NET's DateTime.MinValue: nobody was deleted then."""
    path = "prism/users/2026-01-01/a.jsonl"
    said = ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00.000+00:00")
    people = [
        user(f"ann{number}", "2026-01-01T00:00:00Z") | {"deleted_at": time, "last_login_at": time}
        for number, time in enumerate(said)
    ]
    workspace.write(path, lines(people))
    workspace.ingest()
    rows = loaded(workspace, "deleted_at", "last_login_at", table="prism_users")
    assert [rows[path, number] for number in range(1, len(said) + 1)] == [[None, None]] * 3


# What an object says of a name, and what is kept of it: of two values the first, and as a text what
# JSON has no number for.
SAID: list[tuple[str, str]] = [
    ('{"a": 1, "a": 2}', '{"a": 1}'),
    ('{"b": NaN, "a": [-Infinity, {"c": Infinity}]}',
     '{"a": ["-Infinity", {"c": "Infinity"}], "b": "NaN"}'),
    ('{"a": "NaN, \\"b\\": NaN", "NaN": "inf"}', '{"a": "NaN, \\"b\\": NaN", "NaN": "inf"}'),
    ('{"a": "[NaN]", "infant": null}', '{"a": "[NaN]", "infant": null}'),
]  # fmt: skip


def test_what_is_kept_of_an_object_is_json(workspace: Workspace) -> None:
    """Unknown fields, and fields of any JSON, which PostgreSQL parses."""
    known = json.dumps(interaction(query="first"))[:-1]
    content = "".join(f'{known}, "query": "second", {said[1:]}\n' for said, _ in SAID)
    workspace.write(f"{INTERACTIONS}/a.jsonl", content.encode())
    documents = [said for said, _ in SAID[1:]]
    company = json.dumps(organization("acme", "2026-01-01T00:00:00Z", settings="…"))
    content = "".join(company.replace('"\\u2026"', said) + "\n" for said in documents)
    workspace.write("prism/organizations/2026-01-01/a.jsonl", content.encode())
    assert workspace.ingest().rejects == 0
    rows = sorted(loaded(workspace, "query", "_extra").items())
    assert [query for _, (query, _) in rows] == ["first"] * len(SAID)
    assert [_strict(extra) for _, (_, extra) in rows] == [json.loads(kept) for _, kept in SAID]
    stored = sorted(loaded(workspace, "settings", table="prism_organizations").items())
    assert [_strict(settings) for _, (settings,) in stored] == [
        json.loads(kept) for _, kept in SAID[1:]
    ]


def _strict(document: Any) -> Any:
    """A document as any parser of JSON reads it: no NaN, no name twice."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)

    if not isinstance(document, str):
        return document
    return json.loads(document, parse_constant=refuse, object_pairs_hook=once)
