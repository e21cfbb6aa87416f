"""Judge events by a plan, as the warehouse does.

A boolean is no number, an array is judged item by item, a null is no value. Of a key that an
object repeats, the first counts. Values are read and never told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from orchestration.plan.model import LOCATIONS, Plan, Property
from orchestration.policies.seeds import rows_of

HIDDEN = "[REDACTED]"
# Whatever an application invents may hold somebody's address or number: macros/plan/plain_name.sql
# says the same in SQL.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_MOST_DIGITS = 6


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong with one property; of the event itself, its `location` is `event`."""

    location: str
    property_name: str
    kind: str
    expected: str = ""

    @property
    def severity(self) -> str:
        """`error` or `warning`."""
        return severities()[self.kind]


@lru_cache
def severities() -> Mapping[str, str]:
    """How grave each kind of fault is, as the seed says."""
    return {row["issue_kind"]: row["severity"] for row in rows_of("governance/event_fault_kinds")}


def plain_name(name: str) -> str:
    """A name that the plan does not know, unless it may hold more than a name."""
    digits = sum(character.isdigit() for character in name)
    return name if _PLAIN.fullmatch(name) and digits <= _MOST_DIGITS else HIDDEN


def judge(plan: Plan, event: Mapping[str, Any]) -> set[Finding]:
    """Everything that is wrong with an event: an object with event_type, context and metadata."""
    planned = plan.by_name.get(str(event.get("event_type")))
    if planned is None:
        return {Finding("event", "event_type", "not_in_plan")}
    found = set()
    given = set()
    for location in LOCATIONS:
        held = event.get(location)
        if held == "":  # a missing value, to the loader too
            held = None
        if held is not None and not isinstance(held, dict):
            found.add(Finding("event", location, "wrong_type", "object"))
            held = None
        for name, value in (held or {}).items():
            asked = planned.by_place.get((location, name))
            if asked is None:
                found.add(Finding(location, plain_name(name), "unexpected_property"))
            elif value is not None:
                given.add((location, name))
                found |= set(_value(asked, value))
    for place, asked in planned.by_place.items():
        if asked.is_required and place not in given:
            found.add(Finding(*place, "missing_required", asked.value_type))
    return found


def kind_of(value: object) -> str:
    """The type of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _value(asked: Property, value: Any) -> Iterator[Finding]:
    if asked.item_type:
        is_right = isinstance(value, list) and all(
            kind_of(item) == asked.item_type for item in value
        )
    else:
        is_right = kind_of(value) == asked.value_type
    if not is_right:
        yield Finding(asked.location, asked.name, "wrong_type", asked.value_type)
    elif asked.expected and not _is_expected(asked, value):
        expected = "|".join(asked.expected)
        yield Finding(asked.location, asked.name, "unexpected_value", expected)


def _is_expected(asked: Property, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    if "number" in asked.value_type:
        known = {Decimal(number) for number in asked.expected}
        return all(Decimal(str(number)) in known for number in values)
    return all(text in asked.expected for text in values)
