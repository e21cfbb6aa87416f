"""What a tracking plan says: events, and the properties each may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from orchestration.core.contract_faults import CLASSES, LONGEST_NAME

# Where an event holds a property.
LOCATIONS = ("context", "metadata")
SCALARS = ("string", "number", "boolean", "object")
TYPES = (*SCALARS, "array", *(f"array<{item}>" for item in SCALARS))
# Of these a plan may list the values that are expected, of an array those of its items.
WITH_VALUES = ("string", "number", "array<string>", "array<number>")
SEPARATOR = "|"
# Values of these classes stay behind, or are redacted, in staging.
PERSONAL = ("identifier", "pseudonym", "free_text")
# Words in lower case; an event has at least two, such as file_view.
PROPERTY_NAME = re.compile(rf"(?=.{{1,{LONGEST_NAME}}}\Z)[a-z][a-z0-9]*(_[a-z0-9]+)*")
EVENT_NAME = re.compile(rf"(?=.{{1,{LONGEST_NAME}}}\Z)[a-z][a-z0-9]*(_[a-z0-9]+)+")

_BLANKS = re.compile(r"[ \t\r\n]+")

assert set(PERSONAL) < set(CLASSES)


def one_line(text: object) -> str:
    """A text in one line, without a blank too many."""
    return _BLANKS.sub(" ", str(text or "")).strip(" ")


class PlanFormat(StrEnum):
    """Products whose format of a plan is known: each has its module in `formats`."""

    SEGMENT = "segment"
    RUDDERSTACK = "rudderstack"
    AVO = "avo"


@dataclass(frozen=True)
class Property:
    """A property of an event.

    Attributes:
        expected: the values it may have; none if it may have any of its type.
        data_class: how its value is protected, one of `CLASSES`.
    """

    name: str
    location: str
    is_required: bool
    value_type: str
    expected: tuple[str, ...] = ()
    data_class: str = "free_text"
    notes: str = ""

    @property
    def item_type(self) -> str | None:
        """What an array holds, if the plan says so."""
        return self.value_type[6:-1] if self.value_type.startswith("array<") else None


@dataclass(frozen=True)
class Event:
    """An event, its place in the product, and its properties."""

    name: str
    properties: tuple[Property, ...] = ()
    product_section: str = ""
    funnel: str = ""
    step: int | None = None
    kpi: str = ""
    trigger: str = ""
    notes: str = ""

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], Property]:
        """Properties by location and name."""
        return {(found.location, found.name): found for found in self.properties}


@dataclass(frozen=True)
class Plan:
    """A tracking plan."""

    events: tuple[Event, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Event]:
        """Events by name."""
        return {event.name: event for event in self.events}

    @property
    def personal(self) -> list[str]:
        """The map of personal data: properties whose values are protected, as dotted paths."""
        return [
            f"{event.name}.{found.location}.{found.name}"
            for event in self.events
            for found in event.properties
            if found.data_class in PERSONAL
        ]
