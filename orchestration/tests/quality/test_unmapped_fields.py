"""A field that no contract describes is told: how often it came and what it held, never a value."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from dbt.contracts.graph.nodes import ModelNode

from orchestration.core.contracts import load_contracts
from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.prism.records import organization
from orchestration.tests.workspace import Workspace, parsed_project

MODEL = "model.granary.int_quality__unmapped_days"
# A test of all marts, which are not there where one alone is built.
REDACTED = "assert_no_mart_column_holds_personal_data"
LISTED = ("--select", "+unmapped_fields", "--exclude", REDACTED)
LONG = "[NAME OF MORE THAN 200 CHARACTERS]"
# Names that are hard to say, each with a value, as JSON spells both.
HARD = [
    '"a.b"', '"a/b~c"', '"~1"', '"/"', '"$.x"', '"[0]"', '"0"', '""', '"null"', '"with \\" quote"',
    '"back\\\\slash"', '"back\\\\u0000slash"', '"日本語 の 列"', '"\\ud83d\\ude00"', '"Case"',
    '"case"', '"a:b"', '"%_"', "\"it's\"", '" blank "', '"tab\\tline\\nend\\u007f\\u0001"',
    '"n\\u0000\\u0000ul"', f'"{"x" * 200}"', f'"{"é" * 201}"',
]  # fmt: skip
VALUES = {
    '"text"': "string", "7": "number", "-1.5e300": "number", "true": "boolean",
    '{"a": 1}': "object", "[1, 2]": "array", "null": "null", '"nul \\u0000"': "string",
    "123456789012345678901234567890": "number",
}  # fmt: skip
PLANTED = ["planted.person@example.com", "second.person@example.org"]


def line(day: int, number: int, *fields: str, file: str = "interactions") -> str:
    """A line that keeps its contract, and more fields as they are spelled."""
    at = f"2026-01-{day:02d}T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    if file == "organizations":
        known = organization(f"acme {number}", at)
    else:
        known = interaction(timestamp=at, query=f"question {number}")
    return "".join([json.dumps(known)[:-1], *(f", {field}" for field in fields), "}\n"])


def write(workspace: Workspace, path: str, lines: Iterable[str]) -> None:
    """Land lines and load them, none of which may be rejected."""
    workspace.write(path, "".join(lines).encode())
    report = workspace.ingest()
    assert (report.rejects, report.rows > 0) == (0, True)


def told(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The mart's rows, but for the days on which each came."""
    return sorted(
        workspace.query(
            "select source_system || '.' || stream, field_name, json_type, record_count, "
            "record_ratio, first_seen_date, last_seen_date from governance.unmapped_fields"
        )
    )


def shown(name: str) -> str:
    """A name as the mart shows it."""
    return LONG if len(name) > 200 else re.sub(r"[\x00-\x1f\x7f]", " ", name)


def test_every_stream_with_a_contract_is_looked_at(duckdb_workspace: Workspace) -> None:
    model = parsed_project(duckdb_workspace.settings).nodes[MODEL]
    assert isinstance(model, ModelNode)
    read = set(model.depends_on.nodes)
    expected = {f"source.granary.{source}.{name}" for source, name in load_contracts()}
    assert len(expected) > 10
    assert read == expected


def test_fields_of_any_name_and_type_are_counted(workspace: Workspace) -> None:
    spelled = [(name, value) for name in HARD for value in VALUES]
    write(
        workspace,
        "assistant/interactions/2026-01-01/a.jsonl",
        [line(1, n, f"{name}: {value}") for n, (name, value) in enumerate(spelled)]
        + [line(1, 5000), line(2, 5001, f"{HARD[0]}: 7"), line(3, 5002)],
    )
    # One that nests deeper than a server's stack, and one that has a name twice.
    deep = "[" * 60_000 + "]" * 60_000
    write(
        workspace,
        "prism/organizations/2026-01-04/a.jsonl",
        [
            line(4, 1, f'"deep": {deep}', '"esc\\"[": {"]": 1}', file="organizations"),
            line(4, 2, '"twice": 1', '"twice": "text"', file="organizations"),
        ],
    )
    workspace.build(*LISTED)
    counted = Counter((shown(json.loads(name)), VALUES[value]) for name, value in spelled)
    day, total = date(2026, 1, 1), len(spelled) + 1
    expected = [
        ("assistant.interactions", name, kind, number, number / total, day, day)
        for (name, kind), number in counted.items()
        if (name, kind) != ("a.b", "number")
    ]
    number = counted["a.b", "number"] + 1
    expected.append(("assistant.interactions", "a.b", "number", number, number / (total + 1), day,
                     date(2026, 1, 2)))  # fmt: skip
    expected += [
        ("prism.organizations", name, kind, 1, 0.5, date(2026, 1, 4), date(2026, 1, 4))
        for name, kind in (("deep", "array"), ('esc"[', "object"), ("twice", "number"))
    ]
    assert told(workspace) == sorted(expected)


def test_people_by_whom_an_object_is_keyed_stay_unnamed(workspace: Workspace) -> None:
    """Two names that are redacted alike are one row, and a record with both counts once."""
    first, second = PLANTED
    write(
        workspace,
        "assistant/interactions/2026-01-01/a.jsonl",
        [
            line(1, 1, f'"{first}": 1', f'"{second}": 2'),
            line(1, 2, f'"score of {first}": "{second}"'),
            line(1, 3, f'"{second}": 1', f'"{first}": "{second}"'),
            line(1, 4, f'"{"x" * 300}{first}": 1'),
        ],
    )
    raw = workspace.query("select _extra from raw.assistant_interactions")
    assert all(any(planted in extra for planted in PLANTED) for (extra,) in raw)
    workspace.build_models()
    day = date(2026, 1, 1)
    assert told(workspace) == [
        ("assistant.interactions", LONG, "number", 1, 0.25, day, day),
        ("assistant.interactions", "[REDACTED-EMAIL]", "number", 2, 0.5, day, day),
        ("assistant.interactions", "[REDACTED-EMAIL]", "string", 1, 0.25, day, day),
        ("assistant.interactions", "score of [REDACTED-EMAIL]", "string", 1, 0.25, day, day),
    ]
    assert workspace.dbt("test", "--select", REDACTED).success
    searched = 0
    for schema, name, text in _texts(workspace):
        searched += 1
        assert not any(planted in text for planted in PLANTED), f"{schema}.{name}"
    assert searched > 50


def _texts(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """What every relation of the marts and of what lies between holds."""
    kept = {"intermediate", *(mart.schema for mart in workspace.marts())}
    with workspace.reading():
        for schema, name in workspace.query(
            "select table_schema, table_name from information_schema.tables"
        ):
            if schema in kept:
                yield schema, name, repr(workspace.query(f'select * from "{schema}"."{name}"'))


def test_increments_end_where_a_full_refresh_does(workspace: Workspace) -> None:
    """Over days that grow, come late, come again and lose rows; other days are left alone."""
    folder = "assistant/interactions"
    write(workspace, f"{folder}/2026-01-01/a.jsonl", [line(1, n, '"plan": 1') for n in range(4)])
    write(workspace, f"{folder}/2026-01-02/a.jsonl", [line(2, n, '"plan": "x"') for n in range(3)])
    workspace.build(*LISTED)
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    name = "assistant.interactions"
    assert told(workspace) == [
        (name, "plan", "number", 4, 1.0, first, first),
        (name, "plan", "string", 3, 1.0, second, second),
    ]
    # A late line of the first day, a record that comes again, and a third day.
    write(
        workspace,
        f"{folder}/2026-01-03/a.jsonl",
        [line(1, 9, '"late": null'), line(1, 0, '"plan": 1'), line(3, 1, '"plan": 2')],
    )
    workspace.execute("update intermediate.int_quality__unmapped_days set record_count = 2 "
                      "where event_date = date '2026-01-02'")  # fmt: skip
    workspace.build(*LISTED)
    third = date(2026, 1, 3)
    assert told(workspace) == [
        (name, "late", "null", 1, 1 / 6, first, first),
        (name, "plan", "number", 6, 6 / 7, first, third),
        (name, "plan", "string", 2, 2 / 3, second, second),
    ]
    # What is erased is no longer counted, a field that nothing has any more is gone.
    workspace.execute(
        "delete from raw.assistant_interactions where _extra like '%late%' "
        "or _event_date = date '2026-01-02'",
        "insert into raw.window_changes select 'assistant', 'interactions', days.day, "
        "(select max(batch_id) + 1 from raw.window_changes) "
        "from (values (date '2026-01-01'), (date '2026-01-02')) as days (day)",
    )
    workspace.build(*LISTED)
    kept = [(name, "plan", "number", 6, 1.0, first, third)]
    assert told(workspace) == kept
    step_by_step = workspace.rows("intermediate", "int_quality__unmapped_days")
    workspace.build("--full-refresh", *LISTED)
    assert told(workspace) == kept
    assert workspace.rows("intermediate", "int_quality__unmapped_days") == step_by_step
    assert len(step_by_step) == 2
