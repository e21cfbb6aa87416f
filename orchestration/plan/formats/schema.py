"""What the formats share: properties as JSON Schema, and what other products have no word for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orchestration.plan.model import SCALARS, SEPARATOR, Event, Property, one_line

# JSON Schema lets a keyword be added; products leave it alone.
CLASS = "x-class"
# An event's place in the product, by the names that labels and tags have.
LABELS = ("product_section", "funnel", "step", "kpi", "trigger")


class Unfit(Exception):
    """A format cannot say something; the message names it."""


def as_schema(found: Property) -> dict[str, Any]:
    """A property as JSON Schema."""
    schema: dict[str, Any] = {"type": "array" if found.item_type else found.value_type}
    if found.notes:
        schema["description"] = found.notes
    values = {"enum": [typed(found, value) for value in found.expected]} if found.expected else {}
    if found.item_type:
        schema["items"] = {"type": found.item_type, **values}
    else:
        schema |= values
    return schema | {CLASS: found.data_class}


def of_schema(place: str, name: str, location: str, schema: Any, required: bool) -> Property:
    """A property of JSON Schema.

    What names no class gets the strictest that its type allows.

    Raises:
        Unfit: its type is none of a plan's.
    """
    where = f"{place}, property {name}"
    schema = mapping(schema, where)
    value_type = plain_type(schema.get("type"), where)
    values = schema.get("enum", ())
    if value_type == "array" and "items" in schema:
        items = mapping(schema["items"], where)
        if "type" in items:
            value_type = f"array<{plain_type(items['type'], where)}>"
        values = items.get("enum", ())
    return Property(
        name,
        location,
        required,
        value_type,
        texts(values, where),
        str(schema.get(CLASS) or strictest(value_type)),
        one_line(schema.get("description")),
    )


def plain_type(told: Any, where: str) -> str:
    """The type of a property; null beside it and whole numbers are no types of their own.

    Raises:
        Unfit: it is unknown, or more than one.
    """
    names = told if isinstance(told, list) else [told]
    found = {"number" if name == "integer" else name for name in names if name != "null"}
    if len(found) != 1 or not found < {*SCALARS, "array"}:
        raise Unfit(f"{where}: type {told!r} is none, or more than one, of a plan's types")
    return str(found.pop())


def strictest(value_type: str) -> str:
    """The class of a property that names none: what may hold text may hold anything."""
    return "operational" if value_type in ("number", "boolean", "array<number>") else "free_text"


def typed(found: Property, value: str) -> Any:
    """An expected value as JSON."""
    return json.loads(value) if "number" in found.value_type else value


def texts(values: Any, where: str) -> tuple[str, ...]:
    """Expected values as a plan lists them.

    Raises:
        Unfit: one is no text or number, or holds what separates them.
    """
    if not isinstance(values, list | tuple):
        raise Unfit(f"{where}: its expected values are no list")
    found = []
    for value in values:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Unfit(f"{where}: an expected value is neither text nor number")
        text = value if isinstance(value, str) else json.dumps(value)
        if SEPARATOR in text:
            raise Unfit(f"{where}: an expected value holds {SEPARATOR}")
        found.append(text)
    return tuple(found)


def object_of(properties: Iterable[Property]) -> dict[str, Any]:
    """An object of properties as JSON Schema."""
    listed = list(properties)
    return {
        "type": "object",
        "properties": {found.name: as_schema(found) for found in listed},
        "required": [found.name for found in listed if found.is_required],
    }


def of_object(place: str, location: str, schema: Any) -> list[Property]:
    """The properties of an object of JSON Schema."""
    held = mapping(schema or {}, place)
    required = held.get("required") or []
    properties = mapping(held.get("properties") or {}, place)
    return [
        of_schema(place, name, location, of_one, name in required)
        for name, of_one in properties.items()
    ]


def labels_of(event: Event) -> dict[str, str]:
    """An event's place in the product, as texts by name; what is not told is left out."""
    told = {name: getattr(event, name) for name in LABELS}
    return {name: str(value) for name, value in told.items() if value not in ("", None)}


def event_of(
    name: Any, description: Any, labels: Mapping[str, str], properties: Iterable[Property]
) -> Event:
    """An event of its name, notes, labels and properties.

    Raises:
        Unfit: it has no name, or a step that is no number.
    """
    if not isinstance(name, str) or not name:
        raise Unfit("an event has no name")
    step = labels.get("step", "")
    if step and not step.isdecimal():
        raise Unfit(f"event {name}: step {step!r} is no number")
    return Event(
        name,
        tuple(properties),
        labels.get("product_section", ""),
        labels.get("funnel", ""),
        int(step) if step else None,
        labels.get("kpi", ""),
        labels.get("trigger", ""),
        one_line(description),
    )


def nested(event: Event) -> dict[str, Any]:
    """Context as the event's properties, with metadata as an object among them, as JSON Schema.

    Raises:
        Unfit: the event has a property of that name in its context.
    """
    if ("context", "metadata") in event.by_place:
        raise Unfit(f"event {event.name} has a property metadata in its context")
    schema = object_of(found for found in event.properties if found.location == "context")
    metadata = [found for found in event.properties if found.location == "metadata"]
    if metadata:
        schema["properties"]["metadata"] = object_of(metadata)
    return schema


def of_nested(place: str, schema: Any) -> list[Property]:
    """The properties of what `nested` gives."""
    held = dict(mapping(schema or {}, place))
    properties = dict(mapping(held.get("properties") or {}, place))
    metadata = None
    # A property that only has the name is one like others.
    if "properties" in mapping(properties.get("metadata") or {}, place):
        metadata = properties.pop("metadata")
    return [
        *of_object(place, "context", held | {"properties": properties}),
        *of_object(place, "metadata", metadata),
    ]


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """An object of JSON.

    Raises:
        Unfit: it is none.
    """
    if not isinstance(value, Mapping):
        raise Unfit(f"{where}: an object is expected")
    return value


def entries(value: Any, where: str) -> list[Mapping[str, Any]]:
    """A list of objects of JSON.

    Raises:
        Unfit: it is none.
    """
    if not isinstance(value, list):
        raise Unfit(f"{where}: a list is expected")
    return [mapping(entry, where) for entry in value]


def read_json(files: Mapping[str, str], of_content: Callable[[Mapping[str, Any]], Any]) -> Any:
    """What a format reads in its single file of JSON.

    Raises:
        Unfit: there are several, or it is no object of JSON.
    """
    if len(files) != 1:
        raise Unfit("one file is expected")
    try:
        content = json.loads(next(iter(files.values())))
    except (ValueError, RecursionError):
        raise Unfit("it is not JSON") from None
    return of_content(mapping(content, "the file"))


def write_json(content: Mapping[str, Any]) -> str:
    """JSON as people read it."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
