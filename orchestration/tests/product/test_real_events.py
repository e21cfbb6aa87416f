"""Public events of GitHub, against a plan drawn up from a few of them, with three slips."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestration.plan.check import COLUMNS, faults_of
from orchestration.plan.judge import Finding, judge, kind_of
from orchestration.plan.model import Event, Plan, Property
from orchestration.plan.read import write_plan
from orchestration.tests.workspace import Workspace

SAMPLED = 15
MODELS = ("stg_codex__events", "event_validation_issues", "fct_events")


def written(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the product would write it: its payload as context, the rest as metadata."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event["type"]).lower()
    metadata = {key: event[key] for key in ("public", "org", "actor") if key in event}
    return {
        "id": event["id"],
        "event_type": name,
        "user_id": str(event["actor"]["id"]),
        "timestamp": event["created_at"],
        "context": event["payload"],
        "metadata": metadata,
    }


def drawn_up(events: list[dict[str, Any]]) -> Plan:
    """A plan of what events have: required is what all of a type have, its type the first one's."""
    found: dict[str, dict[tuple[str, str], list[Any]]] = {}
    counts: dict[str, int] = {}
    for event in events:
        name = event["event_type"]
        counts[name] = counts.get(name, 0) + 1
        held = found.setdefault(name, {})
        for location in ("context", "metadata"):
            for key, value in event[location].items():
                if value is not None:
                    held.setdefault((location, key), []).append(value)
    return Plan(
        tuple(
            Event(
                name,
                tuple(_property(place, values, counts[name]) for place, values in held.items()),
            )
            for name, held in found.items()
        )
    )


def _property(place: tuple[str, str], values: list[Any], count: int) -> Property:
    value_type = kind_of(values[0])
    items = {kind_of(item) for value in values if isinstance(value, list) for item in value}
    if value_type == "array" and len(items) == 1 and items < {"string", "number", "object"}:
        value_type = f"array<{items.pop()}>"
    texts = {value for value in values if isinstance(value, str)}
    few = value_type == "string" and len(texts) <= 3 and all("|" not in text for text in texts)
    expected = tuple(sorted(texts)) if few and "" not in texts else ()
    return Property(place[1], place[0], len(values) == count, value_type, expected, "behavioural")


def slipped(plan: Plan) -> Plan:
    """The plan with a property forgotten, one of another type, and one that is never written."""
    events = dict(plan.by_name)
    push = events["push_event"]
    size, *_ = [found for found in push.properties if found.value_type == "number"]
    others = [found for found in push.properties if found not in (size, push.properties[-1])]
    never = Property("reviewer", "context", True, "object", (), "behavioural")
    wrong = replace(size, value_type="string")
    events["push_event"] = replace(push, properties=(*others, wrong, never))
    return Plan(tuple(events.values()))


def test_real_events_are_judged_alike(shared_data: Path, workspace: Workspace) -> None:
    raw = json.loads((shared_data / "real" / "github_events.json").read_text("utf-8"))
    events = [written(event) for event in raw]
    assert len({event["id"] for event in events}) == len(events) == 100
    plan = slipped(drawn_up(events[:SAMPLED]))
    text = write_plan(plan)
    assert faults_of(text) == []
    workspace.land("events", events, source="codex")
    report = workspace.ingest()
    assert (report.rows, report.rejects) == (len(events), 0)
    workspace.build_models("--select", "resource_type:seed")
    workspace.execute("delete from policy.tracking_plan", *_rows(text))
    workspace.build_models("--select", *MODELS)
    rows = workspace.query(
        "select event_id, location, property_name, issue_kind, expected "
        "from product.event_validation_issues join staging.stg_codex__events using (event_key)"
    )
    found = {(row[0], Finding(row[1], row[2], row[3], row[4] or "")) for row in rows}
    expected = {(event["id"], finding) for event in events for finding in judge(plan, event)}
    assert found == expected
    assert len({finding.kind for _, finding in found}) == 5
    assert workspace.value("select count(*) from product.fct_events") == len(events)


def _rows(text: str) -> list[str]:
    """Statements that put the rows of a plan into the seed's table."""
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    return [
        f"insert into policy.tracking_plan ({names}) values ("
        + ", ".join("'" + row[c].replace("'", "''") + "'" if row[c] else "null" for c in COLUMNS)
        + ")"
        for row in csv.DictReader(io.StringIO(text))
    ]
