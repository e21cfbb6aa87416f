"""RudderStack's Data Catalog, as its command line takes it: YAML of events, properties and rules.

A plan's metadata is an object among an event's properties. RudderStack refuses keys it does not
know, so what it has no word for stands at the end of descriptions, below a line `--`, a line each:
`<what>: <text>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from orchestration.plan.formats.schema import (
    LABELS,
    Unfit,
    entries,
    event_of,
    labels_of,
    mapping,
    plain_type,
    strictest,
    texts,
    typed,
)
from orchestration.plan.model import LOCATIONS, Event, Plan, Property, one_line

_VERSION = "rudder/v1"
_METADATA = "metadata"
_LINE = "--"
_HOLDER = Property(_METADATA, "context", False, "object", (), "operational")


def write(plan: Plan, title: str) -> dict[str, str]:
    """The three files of a project."""
    catalog: dict[tuple[object, ...], dict[str, Any]] = {}
    rules = [_rule(event, catalog) for event in plan.events]
    name = {"name": "tracking_plan"}
    contents = {
        "events": {"events": [_event(event) for event in plan.events]},
        "properties": {"properties": list(catalog.values())},
        "tracking-plan": {"id": "tracking_plan", "display_name": title, "rules": rules},
    }
    return {
        f"{kind}.yaml": yaml.safe_dump(
            {"version": _VERSION, "kind": kind, "metadata": name, "spec": spec},
            sort_keys=False, allow_unicode=True, width=100,
        )
        for kind, spec in contents.items()
    }  # fmt: skip


def read(files: Mapping[str, str]) -> Plan:
    """The plan of a project's files; one may hold several documents."""
    specs: dict[str, list[Mapping[str, Any]]] = {}
    for name, text in files.items():
        try:
            documents = list(yaml.load_all(text, yaml.CSafeLoader))
        except (yaml.YAMLError, RecursionError, ValueError):
            raise Unfit(f"{name} is not YAML") from None
        for document in documents:
            held = mapping(document, name)
            specs.setdefault(str(held.get("kind")), []).append(mapping(held.get("spec"), name))
    if "tracking-plan" not in specs:
        raise Unfit("no file is of the kind tracking-plan")
    events = _by_id(specs.get("events", []), "events")
    properties = _by_id(specs.get("properties", []), "properties")
    return Plan(
        tuple(
            _read_rule(rule, events, properties)
            for spec in specs["tracking-plan"]
            for rule in entries(spec.get("rules"), "rules")
        )
    )


def _event(event: Event) -> dict[str, Any]:
    described = _described(event.notes, labels_of(event))
    return {"id": event.name, "name": event.name, "event_type": "track", **described}


def _rule(event: Event, catalog: dict[tuple[object, ...], dict[str, Any]]) -> dict[str, Any]:
    if ("context", _METADATA) in event.by_place:
        raise Unfit(f"event {event.name} has a property {_METADATA} in its context")
    context, metadata = (
        [
            {"property": f"#property:{_listed(found, catalog)}", "required": found.is_required}
            for found in event.properties
            if found.location == location
        ]
        for location in LOCATIONS
    )
    if metadata:
        holder = _listed(_HOLDER, catalog)
        context.append(
            {"property": f"#property:{holder}", "required": False, "properties": metadata}
        )
    return {
        "type": "event_rule",
        "id": f"{event.name}_rule",
        "event": f"#event:{event.name}",
        "additional_properties": False,
        **({"properties": context} if context else {}),
    }


def _listed(found: Property, catalog: dict[tuple[object, ...], dict[str, Any]]) -> str:
    """The id of a property in the catalog, which lists equal ones once."""
    key = (found.name, found.value_type, found.expected, found.data_class, found.notes)
    if key not in catalog:
        twins = sum(other[0] == found.name for other in catalog)
        listed: dict[str, Any] = {
            # A name never ends in `-2`: plans are snake_case.
            "id": f"{found.name}-{twins + 1}" if twins else found.name,
            "name": found.name,
            **_described(found.notes, {"class": found.data_class}),
            "type": "array" if found.item_type else found.value_type,
        }
        if found.item_type:
            listed["item_type"] = found.item_type
        if found.expected:
            listed["config"] = {"enum": [typed(found, value) for value in found.expected]}
        catalog[key] = listed
    return str(catalog[key]["id"])


def _described(notes: str, told: Mapping[str, str]) -> dict[str, str]:
    lines = [notes] if notes else []
    if told or notes == _LINE:
        lines += [_LINE, *(f"{name}: {text}" for name, text in told.items())]
    return {"description": "\n".join(lines)} if lines else {}


def _undescribed(description: Any, known: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Notes, and what the lines below the last `--` tell."""
    notes, line, below = f"\n{description or ''}\n".rpartition(f"\n{_LINE}\n")
    if not line:
        return one_line(below), {}
    pairs = (text.partition(": ") for text in below.split("\n"))
    return one_line(notes), {name: one_line(text) for name, _, text in pairs if name in known}


def _by_id(specs: Iterable[Mapping[str, Any]], kind: str) -> dict[str, Mapping[str, Any]]:
    return {str(one.get("id")): one for spec in specs for one in entries(spec.get(kind), kind)}


def _read_rule(
    rule: Mapping[str, Any],
    events: Mapping[str, Mapping[str, Any]],
    properties: Mapping[str, Mapping[str, Any]],
) -> Event:
    event = _referred(rule.get("event"), "#event:", events, f"rule {rule.get('id')}")
    notes, labels = _undescribed(event.get("description"), LABELS)
    place = f"event {event.get('name')}"
    found: list[Property] = []
    for one in entries(rule.get("properties") or [], place):
        listed = _referred(one.get("property"), "#property:", properties, place)
        if listed.get("name") == _METADATA and "properties" in one:
            for inner in entries(one["properties"], place):
                held = _referred(inner.get("property"), "#property:", properties, place)
                found.append(_property(place, held, "metadata", inner))
        else:
            found.append(_property(place, listed, "context", one))
    return event_of(event.get("name"), notes, labels, found)


def _referred(
    reference: Any, prefix: str, known: Mapping[str, Mapping[str, Any]], place: str
) -> Mapping[str, Any]:
    name = str(reference).removeprefix(prefix)
    if name not in known:
        raise Unfit(f"{place}: {reference} is not among the files")
    return known[name]


def _property(
    place: str, listed: Mapping[str, Any], location: str, one: Mapping[str, Any]
) -> Property:
    where = f"{place}, property {listed.get('name')}"
    value_type = plain_type(listed.get("types", listed.get("type")), where)
    items = listed.get("item_types", listed.get("item_type"))
    if value_type == "array" and items:
        value_type = f"array<{plain_type(items, where)}>"
    notes, told = _undescribed(listed.get("description"), ("class",))
    config = mapping(listed.get("config") or {}, where)
    return Property(
        str(listed.get("name")),
        location,
        bool(one.get("required", False)),
        value_type,
        texts(config.get("enum", ()), where),
        told.get("class") or strictest(value_type),
        notes,
    )
