"""Events are judged by the plan before anything is deployed, and no value is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.core.errors import WrongRequest
from orchestration.plan.judge import HIDDEN, Finding, judge, plain_name
from orchestration.plan.model import Event, Plan, Property
from orchestration.plan.read import plan_files, read_plan, write_plan
from orchestration.plan.validate import validate
from orchestration.tests.processes import granary

PLAN = Plan(
    (
        Event(
            "thing_done",
            (
                Property("text", "context", True, "string", ("a", "b")),
                Property("size", "context", False, "number", ("1", "2.5")),
                Property("flag", "context", False, "boolean"),
                Property("held", "context", False, "object"),
                Property("any", "context", False, "array"),
                Property("texts", "metadata", False, "array<string>", ("x", "y")),
                Property("sizes", "metadata", False, "array<number>"),
                Property("flags", "metadata", False, "array<boolean>"),
                Property("things", "metadata", False, "array<object>"),
            ),
        ),
        Event("thing_seen"),
    )
)
MISSING = Finding("context", "text", "missing_required", "string")


def thing(context: Any = None, metadata: Any = None) -> dict[str, Any]:
    """An event with the required property, unless it says otherwise."""
    if not isinstance(context, dict):
        return {"event_type": "thing_done", "context": context, "metadata": metadata}
    context = {"text": "a"} | context
    return {"event_type": "thing_done", "context": context, "metadata": metadata}


def wrong(location: str, name: str, expected: str) -> set[Finding]:
    """A value of another type."""
    return {Finding(location, name, "wrong_type", expected)}


CASES: list[tuple[dict[str, Any], set[Finding]]] = [
    (thing({}), set()),
    ({"event_type": "thing_seen"}, set()),
    ({"event_type": "thing_lost"}, {Finding("event", "event_type", "not_in_plan")}),
    (thing(), {MISSING}),
    (thing({"text": None}), {MISSING}),
    (thing([]), {MISSING, *wrong("event", "context", "object")}),
    (thing({}, "text"), wrong("event", "metadata", "object")),
    (thing({"text": 1}), wrong("context", "text", "string")),
    (thing({"text": "c"}), {Finding("context", "text", "unexpected_value", "a|b")}),
    (thing({"text": "a|b"}), {Finding("context", "text", "unexpected_value", "a|b")}),
    # Python takes True for the number 1; JSON does not.
    (thing({"size": True}), wrong("context", "size", "number")),
    (thing({"size": "1"}), wrong("context", "size", "number")),
    (thing({"size": 1.0}), set()),
    (thing({"size": 3}), {Finding("context", "size", "unexpected_value", "1|2.5")}),
    (thing({"flag": 1}), wrong("context", "flag", "boolean")),
    (thing({"flag": False}), set()),
    (thing({"held": []}), wrong("context", "held", "object")),
    (thing({"any": {}}), wrong("context", "any", "array")),
    (thing({"any": [1, "a", None]}), set()),
    (thing({}, {"texts": []}), set()),
    (thing({}, {"texts": ["x", "y"]}), set()),
    (thing({}, {"texts": ["x", "z"]}), {Finding("metadata", "texts", "unexpected_value", "x|y")}),
    (thing({}, {"texts": "x"}), wrong("metadata", "texts", "array<string>")),
    (thing({}, {"texts": ["x", 1]}), wrong("metadata", "texts", "array<string>")),
    (thing({}, {"texts": ["x", None]}), wrong("metadata", "texts", "array<string>")),
    (thing({}, {"sizes": [1, 2.5, -3e9]}), set()),
    (thing({}, {"sizes": [1, True]}), wrong("metadata", "sizes", "array<number>")),
    (thing({}, {"flags": [True, 0]}), wrong("metadata", "flags", "array<boolean>")),
    (thing({}, {"things": [{}, {"a": 1}]}), set()),
    (thing({}, {"things": [{}, []]}), wrong("metadata", "things", "array<object>")),
    (thing({"other": None}), {Finding("context", "other", "unexpected_property")}),
    # A property of the plan, in the other place.
    (thing({}, {"size": 1}), {Finding("metadata", "size", "unexpected_property")}),
    (thing({"ann@example.com": 1}), {Finding("context", HIDDEN, "unexpected_property")}),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_an_event_is_judged(number: int) -> None:
    event, expected = CASES[number]
    assert judge(PLAN, event) == expected


@pytest.mark.parametrize(
    "name", ["ann@example.com", "Ann Lee", "p0312345678", "田中", "x" * 41, "", "1st", 'a"b']
)
def test_a_name_that_may_be_more_than_a_name_is_hidden(name: str) -> None:
    assert plain_name(name) == HIDDEN


@pytest.mark.parametrize("name", ["userId", "page.url", "utm-source", "step_2", "X"])
def test_a_plain_name_is_told(name: str) -> None:
    assert plain_name(name) == name


LINES = [
    json.dumps(thing({})),
    "",
    json.dumps(thing({"text": "secret-7261"})),
    "not JSON",
    '{"event_type": "thing_done", "context": {"text": "a", "text": 1}}',
    '{"event_type": "thing_done", "context": {"text": "a", "size": NaN}}',
    json.dumps({"event_type": "bob@example.com"}),
    json.dumps(thing({"text": 5})),
    "[1]",
    json.dumps(thing({"text": 6})),
]


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz"])
def test_a_file_is_validated_line_by_line(name: str, tmp_path: Path) -> None:
    path, content = tmp_path / name, "\n".join(LINES).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    result = validate(PLAN, path)
    assert (result.events, result.faulty_events) == (6, 3)
    assert result.unreadable_lines == [4, 6, 9]
    assert result.unseen == ["thing_seen"]
    told = [(i.event_name, i.property_name, i.kind, i.event_count, i.first_line)
            for i in result.issues]  # fmt: skip
    assert told == [
        (HIDDEN, "event_type", "not_in_plan", 1, 7),
        ("thing_done", "text", "unexpected_value", 1, 3),
        ("thing_done", "text", "wrong_type", 2, 8),
    ]
    assert (result.errors, result.warnings) == (3, 1)
    assert not result.is_clean


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz"])
def test_a_file_of_something_else_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongRequest, match="is not JSON lines"):
        validate(PLAN, path)


def test_the_commands_say_what_is_wrong_and_tell_no_value(tmp_path: Path) -> None:
    plan, events, out = tmp_path / "plan.csv", tmp_path / "events.jsonl", tmp_path / "out"
    plan.write_text(write_plan(PLAN), "utf-8")
    events.write_text("\n".join(LINES), "utf-8")
    validated = granary("plan", "validate", str(events), "--plan", str(plan))
    assert validated.returncode == 1
    assert "unexpected_value" in validated.stdout
    assert "6 events, 3 with errors; 3 errors, 1 warnings" in validated.stdout
    assert not [word for word in ("7261", "bob@") if word in validated.stdout + validated.stderr]
    clean = granary("plan", "validate", str(events), "--plan", str(plan), "--json")
    assert json.loads(clean.stdout)["faulty_events"] == 3
    arguments = ("--format", "avo", "--out", str(out))
    assert granary("plan", "export", "--plan", str(plan), *arguments).returncode == 0
    assert granary("plan", "export", "--plan", str(plan), *arguments).returncode == 2
    target = tmp_path / "again.csv"
    back = granary("plan", "import", str(out), "--format", "avo", "--out", str(target))
    assert (back.returncode, target.read_text("utf-8")) == (0, plan.read_text("utf-8"))


def test_check_names_the_fault_and_its_line(tmp_path: Path) -> None:
    checked = granary("plan", "check")
    assert checked.returncode == 0, checked.stderr
    assert f"{len(read_plan(plan_files()[0]).events)} events" in checked.stdout
    wrong_plan = tmp_path / "plan.csv"
    text = plan_files()[0].read_text("utf-8")
    wrong_plan.write_text(text.replace(",true,boolean,", ",true,flag,", 1), "utf-8")
    refused = granary("plan", "check", str(wrong_plan))
    line = next(n for n, row in enumerate(text.splitlines(), 1) if ",true,boolean," in row)
    assert refused.returncode == 3
    assert f"{wrong_plan}:{line}: value_type 'flag' is unknown" in refused.stderr
