"""Find every fault of a plan's CSV, each with its line."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator

from orchestration.core.contract_faults import CLASSES
from orchestration.core.validation import near
from orchestration.plan.model import (
    EVENT_NAME,
    LOCATIONS,
    PROPERTY_NAME,
    SEPARATOR,
    TYPES,
    WITH_VALUES,
    one_line,
)

OF_A_PROPERTY = (
    "property_name", "location", "is_required", "value_type", "expected_values", "class",
)  # fmt: skip
OF_AN_EVENT = ("product_section", "funnel", "step", "kpi", "trigger")
COLUMNS = ("event_name", *OF_A_PROPERTY, *OF_AN_EVENT, "notes")
FLAGS = ("true", "false")
# Each number in one spelling, and none that a double rounds.
NUMBER = re.compile(r"(?!-0\Z)-?(0|[1-9][0-9]{0,9})(\.[0-9]{0,3}[1-9])?")
STEP = re.compile(r"[1-9][0-9]{0,3}")
# dbt reads this word in a seed as no value where the engine is PostgreSQL.
NO_VALUE = "null"

Fault = tuple[int, str]


def faults_of(text: str) -> list[Fault]:
    """Every fault of a plan, with its line, in order."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        return [(line, "not valid CSV: is a quotation mark missing?")]
    if not rows or tuple(rows[0][1]) != COLUMNS:
        return [(1, f"the columns must be {','.join(COLUMNS)}")]
    found = [fault for line, cells in rows[1:] for fault in _shape(line, cells)]
    whole = [
        (line, dict(zip(COLUMNS, cells, strict=True)))
        for line, cells in rows[1:]
        if len(cells) == len(COLUMNS)
    ]
    for line, row in whole:
        of_row = _property(row) if row["property_name"] else _event(row)
        found += [(line, problem) for problem in (*_names(row), *of_row)]
    return sorted({*found, *_repeated(whole)})


def _shape(line: int, cells: list[str]) -> Iterator[Fault]:
    if len(cells) != len(COLUMNS):
        yield line, f"has {len(cells)} cells, not {len(COLUMNS)}"
    for name, cell in zip(COLUMNS, cells, strict=False):
        if cell != one_line(cell):
            yield line, f"{name} has a line break, or a blank too many"
        if any(unicodedata.category(character) == "Cc" for character in cell):
            yield line, f"{name} has a control character"
        if cell == NO_VALUE:
            yield line, f"{name} is {NO_VALUE}, which a database reads as no value"


def _names(row: dict[str, str]) -> Iterator[str]:
    if not EVENT_NAME.fullmatch(row["event_name"]):
        yield (
            f"event {row['event_name']!r} is not snake_case of object and action, such as file_view"
        )
    if row["property_name"] and not PROPERTY_NAME.fullmatch(row["property_name"]):
        yield f"property {row['property_name']!r} is not snake_case"


def _event(row: dict[str, str]) -> Iterator[str]:
    for name in OF_A_PROPERTY:
        if row[name]:
            yield f"{name} is of a property, and this row names none"
    if bool(row["funnel"]) != bool(row["step"]):
        yield "a funnel has a step, and a step a funnel"
    if row["step"] and not STEP.fullmatch(row["step"]):
        yield f"step {row['step']!r} is no whole number from 1"


def _property(row: dict[str, str]) -> Iterator[str]:
    for name in OF_AN_EVENT:
        if row[name]:
            yield f"{name} is of the event: it belongs into the row without a property"
    for name, known in (
        ("location", LOCATIONS), ("is_required", FLAGS), ("value_type", TYPES), ("class", CLASSES),
    ):  # fmt: skip
        if row[name] not in known:
            yield f"{name} {row[name]!r} is unknown{near(row[name], known)}"
    if row["expected_values"]:
        yield from _expected(row["expected_values"], row["value_type"])


def _expected(told: str, value_type: str) -> Iterator[str]:
    values = told.split(SEPARATOR)
    if value_type not in WITH_VALUES:
        yield f"expected_values are for {', '.join(WITH_VALUES)}"
    if "" in values or any(value != value.strip() for value in values):
        yield f"expected_values: one is empty or has a blank beside {SEPARATOR}"
    if len(set(values)) < len(values):
        yield "expected_values: one appears twice"
    if value_type in ("number", "array<number>"):
        for value in values:
            if not NUMBER.fullmatch(value):
                yield f"expected_values: {value!r} is no plain number"


def _repeated(rows: list[tuple[int, dict[str, str]]]) -> Iterator[Fault]:
    """Events, properties and steps that appear twice, and properties of no event."""
    first: dict[tuple[str, ...], int] = {}
    for line, row in rows:
        event, name, location = row["event_name"], row["property_name"], row["location"]
        keys: list[tuple[str, ...]] = [("property", event, location, name)]
        what = f"property {location}.{name} of {event}"
        if not name:
            keys, what = [("event", event)], f"event {event}"
            if row["funnel"] and row["step"]:
                keys.append(("step", row["funnel"], row["step"]))
        for key in keys:
            told = what if key[0] != "step" else f"step {key[2]} of {key[1]}"
            if key in first:
                yield line, f"{told} is already in line {first[key]}"
            first.setdefault(key, line)
    events = {row["event_name"] for _, row in rows if not row["property_name"]}
    for line, row in rows:
        if row["property_name"] and row["event_name"] not in events:
            yield line, f"event {row['event_name']} has no row of its own"
