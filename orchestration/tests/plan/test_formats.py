"""Plans in the formats of other products: what is written, and what is foreign, is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.core.errors import ConfigurationError
from orchestration.plan.formats import export_plan, import_plan
from orchestration.plan.model import Event, Plan, PlanFormat, Property
from orchestration.plan.read import plan_files, read_plan
from orchestration.tests.plan.plans import plans


def again(plan: Plan, form: PlanFormat, folder: Path) -> Plan:
    """A plan that has been exported and imported."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in export_plan(plan, form, "a title").items():
        (folder / name).write_text(text, "utf-8")
    return import_plan(folder, form)


@pytest.mark.parametrize("form", PlanFormat)
def test_the_plan_of_the_project_comes_back(form: PlanFormat, tmp_path: Path) -> None:
    plan = read_plan(plan_files()[0])
    assert again(plan, form, tmp_path) == plan


@given(plan=plans(), form=st.sampled_from(PlanFormat))
@settings(max_examples=150, deadline=None)
def test_any_plan_comes_back(
    plan: Plan, form: PlanFormat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if form is not PlanFormat.SEGMENT and any(
        ("context", "metadata") in event.by_place for event in plan.events
    ):
        with pytest.raises(ConfigurationError, match="has a property metadata"):
            export_plan(plan, form, "a title")
        return
    assert again(plan, form, tmp_path_factory.mktemp("plan")) == plan


def test_segment_s_form_is_json_schema_of_a_call() -> None:
    plan = read_plan(plan_files()[0])
    content = json.loads(export_plan(plan, PlanFormat.SEGMENT, "t")["tracking-plan.json"])
    rules = {rule["key"]: rule for rule in content["rules"]}
    assert set(rules) == set(plan.by_name)
    search = rules["search_performed"]
    assert search["type"] == "TRACK"
    parts = search["jsonSchema"]["properties"]
    assert parts["properties"]["required"] == ["query", "result_count"]
    assert parts["context"]["properties"]["duration_ms"]["type"] == "number"
    completed = rules["extraction_completed"]["jsonSchema"]["properties"]["properties"]
    assert completed["properties"]["extracted_fields"]["items"] == {"type": "string"}
    rating = rules["feedback_submitted"]["jsonSchema"]["properties"]["properties"]["properties"]
    assert rating["rating"]["enum"] == [1, 2, 3, 4, 5]


def test_rudderstack_s_properties_are_listed_once_and_referred_to() -> None:
    plan = read_plan(plan_files()[0])
    files = export_plan(plan, PlanFormat.RUDDERSTACK, "t")
    contents = {name: yaml.safe_load(text) for name, text in files.items()}
    assert {content["version"] for content in contents.values()} == {"rudder/v1"}
    listed = contents["properties.yaml"]["spec"]["properties"]
    ids = [one["id"] for one in listed]
    assert len(ids) == len(set(ids)) < sum(len(event.properties) for event in plan.events)
    referred = {
        text.removeprefix("#property:")
        for rule in contents["tracking-plan.yaml"]["spec"]["rules"]
        for one in rule.get("properties", [])
        for text in (one["property"], *(p["property"] for p in one.get("properties", [])))
    }
    assert referred == set(ids)


# The same event as somebody else's product would write it, with what a plan has no word for.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": ["integer", "null"], "minimum": 0},
        "buyer": {"type": "string", "description": "Who\n buys"},
        "colours": {"type": "array", "items": {"type": "string", "enum": ["red", "blue"]}},
        "metadata": {"type": "string"},
    },
}
FOREIGN: dict[PlanFormat, dict[str, str]] = {
    PlanFormat.SEGMENT: {
        "plan.json": json.dumps(
            {
                "data": {
                    "rules": [
                        {"type": "IDENTIFY", "jsonSchema": {}},
                        {
                            "key": "order_placed",
                            "type": "TRACK",
                            "version": 3,
                            "jsonSchema": {"properties": {"properties": SCHEMA, "traits": {}}},
                        },
                    ]
                }
            }
        )
    },
    PlanFormat.AVO: {
        "plan.json": json.dumps(
            {
                "events": [
                    {
                        "id": "x1",
                        "name": "order_placed",
                        "tags": ["tier 1"],
                        "rules": {"properties": {"properties": SCHEMA}},
                    }
                ]
            }
        )
    },
    PlanFormat.RUDDERSTACK: {
        "all.yaml": """
version: rudder/v1
kind: events
spec: {events: [{id: e1, name: order_placed, event_type: track}]}
---
kind: properties
spec:
  properties:
    - {id: p1, name: amount, types: [integer, "null"], config: {minimum: 0}}
    - {id: p2, name: buyer, type: string, description: "Who\\n buys"}
    - {id: p3, name: colours, type: array, item_types: [string], config: {enum: [red, blue]}}
    - {id: p4, name: metadata, type: string}
---
kind: tracking-plan
spec:
  rules:
    - id: r
      event: "#event:e1"
      properties:
        - {property: "#property:p1", required: true}
        - {property: "#property:p2"}
        - {property: "#property:p3"}
        - {property: "#property:p4"}
"""
    },
}


@pytest.mark.parametrize("form", FOREIGN)
def test_a_foreign_plan_is_read_with_the_strictest_classes(
    form: PlanFormat, tmp_path: Path
) -> None:
    for name, text in FOREIGN[form].items():
        (tmp_path / name).write_text(text, "utf-8")
    [event] = import_plan(tmp_path, form).events
    assert event == Event(
        "order_placed",
        (
            Property("amount", "context", True, "number", (), "operational"),
            Property("buyer", "context", False, "string", (), "free_text", "Who buys"),
            Property("colours", "context", False, "array<string>", ("red", "blue")),
            Property("metadata", "context", False, "string"),
        ),
    )


BROKEN = {
    "not JSON": ("{", "it is not JSON"),
    "no list": ('{"rules": {}}', "rules: a list is expected"),
    "a name": ('{"rules": [{"jsonSchema": {}}]}', "an event has no name"),
    "two types": (
        '{"rules": [{"key": "a_b", "jsonSchema": {"properties": {"properties":'
        ' {"properties": {"c": {"type": ["string", "number"]}}}}}}]}',
        "event a_b, property c: type",
    ),
    "not snake_case": ('{"rules": [{"key": "Order Placed"}]}', "'Order Placed' is not snake_case"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_plan_is_refused(case: str, tmp_path: Path) -> None:
    text, told = BROKEN[case]
    path = tmp_path / "plan.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=told):
        import_plan(path, PlanFormat.SEGMENT)
