"""Plans and events that hypothesis draws."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from orchestration.core.contract_faults import CLASSES
from orchestration.plan.model import (
    LOCATIONS,
    SEPARATOR,
    TYPES,
    WITH_VALUES,
    Event,
    Plan,
    Property,
    one_line,
)

WORDS = st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True).filter(lambda word: word != "null")
TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=30).map(one_line)
NOTES = TEXTS.filter(lambda text: text != "null")
VALUES = NOTES.filter(lambda text: text and SEPARATOR not in text and text == text.strip())
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(-999, 999, places=2).map(lambda number: f"{number.normalize():f}"),
).filter(lambda text: text != "-0")


@st.composite
def properties(draw: Any, name: str, location: str) -> Property:
    """A property of a name."""
    value_type = draw(st.sampled_from(TYPES))
    values = NUMBERS if "number" in value_type else VALUES
    expected = draw(st.lists(values, unique=True, max_size=3)) if value_type in WITH_VALUES else []
    return Property(
        name,
        location,
        draw(st.booleans()),
        value_type,
        tuple(expected),
        draw(st.sampled_from(CLASSES)),
        draw(NOTES),
    )


@st.composite
def events(draw: Any, name: str, step: int) -> Event:
    """An event of a name; none shares a step."""
    found = []
    for location in LOCATIONS:
        for word in draw(st.lists(WORDS, unique=True, max_size=3)):
            found.append(draw(properties(word, location)))
    in_funnel = draw(st.booleans())
    return Event(
        name,
        tuple(found),
        draw(NOTES),
        draw(NOTES.filter(bool)) if in_funnel else "",
        step if in_funnel else None,
        draw(NOTES),
        draw(NOTES),
        draw(NOTES),
    )


@st.composite
def plans(draw: Any) -> Plan:
    """A plan that is right."""
    names = draw(st.lists(st.tuples(WORDS, WORDS).map("_".join), unique=True, max_size=4))
    return Plan(tuple(draw(events(name, step)) for step, name in enumerate(names, 1)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=6,
)


@st.composite
def records(draw: Any, plan: Plan) -> dict[str, Any]:
    """An event that may be right, or wrong in any way."""
    planned = draw(st.sampled_from(plan.events))
    held: dict[str, Any] = {"context": {}, "metadata": {}}
    for found in planned.properties:
        if draw(st.integers(0, 9)):
            held[found.location][found.name] = draw(_values(found))
    for location in LOCATIONS:
        match draw(st.integers(0, 19)):
            case 0:
                held[location] = draw(JSON)
            case 1:
                held[location] = None
            case 2 | 3:
                held[location][draw(WORDS)] = draw(JSON)
    name = planned.name if draw(st.integers(0, 19)) else "never_planned"
    return {"event_type": name, **held}


def _values(found: Property) -> Any:
    """Values of a property: mostly of its type, sometimes anything."""
    one: dict[str, Any] = {
        "string": st.sampled_from(found.expected or ("a", "b c")),
        "number": st.sampled_from([float(value) for value in found.expected] or [1, 2.5])
        if "number" in found.value_type
        else st.integers(0, 9),
        "boolean": st.booleans(),
        "object": st.dictionaries(WORDS, JSON, max_size=2),
        "array": st.lists(JSON, max_size=3),
    }
    right = st.lists(one[found.item_type], max_size=3) if found.item_type else one[found.value_type]
    return st.one_of(right, right, right, JSON)
