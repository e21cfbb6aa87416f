"""Segment's tracking plans, as its Public API gives and takes them: a rule an event.

A rule is JSON Schema (draft 7) of a whole call: a plan's context is the call's `properties`, its
metadata the call's `context`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.plan.formats.schema import (
    Unfit,
    entries,
    event_of,
    labels_of,
    mapping,
    object_of,
    of_object,
    read_json,
    write_json,
)
from orchestration.plan.model import Event, Plan

_DRAFT = "http://json-schema.org/draft-07/schema#"
# Which part of a call holds what a plan calls context and metadata.
_PARTS = {"context": "properties", "metadata": "context"}


def write(plan: Plan, title: str) -> dict[str, str]:
    """A file of the plan's rules."""
    content = {"name": title, "type": "LIVE", "rules": [_rule(event) for event in plan.events]}
    return {"tracking-plan.json": write_json(content)}


def read(files: Mapping[str, str]) -> Plan:
    """The plan of a file with `rules`; also as the API wraps it in `data`."""
    return Plan(tuple(read_json(files, _events)))


def _rule(event: Event) -> dict[str, Any]:
    schema: dict[str, Any] = {"$schema": _DRAFT, "type": "object"}
    if event.notes:
        schema["description"] = event.notes
    if labels := labels_of(event):
        schema["labels"] = labels
    schema["properties"] = {
        part: object_of(found for found in event.properties if found.location == location)
        for location, part in _PARTS.items()
    } | {"traits": {"type": "object"}}
    return {"key": event.name, "type": "TRACK", "version": 1, "jsonSchema": schema}


def _events(content: Mapping[str, Any]) -> list[Event]:
    held = mapping(content.get("data", content), "data")
    rules = entries(held.get("rules"), "rules")
    # Rules of other calls, and the common one, are about no event.
    return [_event(rule) for rule in rules if rule.get("type", "TRACK") == "TRACK"]


def _event(rule: Mapping[str, Any]) -> Event:
    place = f"event {rule.get('key')}"
    schema = mapping(rule.get("jsonSchema") or {}, place)
    parts = mapping(schema.get("properties") or {}, place)
    labels = mapping(schema.get("labels") or {}, place)
    if not all(isinstance(label, str) for label in labels.values()):
        raise Unfit(f"{place}: a label is no text")
    properties = [
        found
        for location, part in _PARTS.items()
        for found in of_object(place, location, parts.get(part))
    ]
    return event_of(rule.get("key"), schema.get("description"), labels, properties)
