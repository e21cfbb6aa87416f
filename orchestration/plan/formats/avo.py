"""Avo's tracking plans, as its export API and webhook give them.

`rules` of an event are JSON Schema (draft 6) of its properties; a plan's metadata is an object
among them. The place in the product stands in its tags, `<what>: <text>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.plan.formats.schema import (
    LABELS,
    Unfit,
    entries,
    event_of,
    labels_of,
    mapping,
    nested,
    of_nested,
    read_json,
    write_json,
)
from orchestration.plan.model import Event, Plan

_DRAFT = "http://json-schema.org/draft-06/schema#"


def write(plan: Plan, title: str) -> dict[str, str]:
    """A file of the plan's events."""
    content = {"name": title, "events": [_written(event) for event in plan.events]}
    return {"tracking-plan.json": write_json(content)}


def read(files: Mapping[str, str]) -> Plan:
    """The plan of a file with `events`."""
    return Plan(tuple(read_json(files, _events)))


def _written(event: Event) -> dict[str, Any]:
    properties = nested(event) | {"additionalProperties": False}
    return {
        "id": event.name,
        "name": event.name,
        "description": event.notes,
        "triggers": [],
        "tags": [f"{name}: {text}" for name, text in labels_of(event).items()],
        "categories": [],
        "sources": [],
        "rules": {
            "$schema": _DRAFT,
            "type": "object",
            "required": ["properties"],
            "properties": {"properties": properties},
        },
    }


def _events(content: Mapping[str, Any]) -> list[Event]:
    return [_event(event) for event in entries(content.get("events"), "events")]


def _event(told: Mapping[str, Any]) -> Event:
    place = f"event {told.get('name')}"
    rules = mapping(told.get("rules") or {}, place)
    parts = mapping(rules.get("properties") or {}, place)
    tags = told.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Unfit(f"{place}: tags are a list of texts")
    labels = {}
    for tag in tags:
        name, separator, text = tag.partition(": ")
        if separator and name in LABELS:
            labels[name] = text
    properties = of_nested(place, parts.get("properties"))
    return event_of(told.get("name"), told.get("description"), labels, properties)
