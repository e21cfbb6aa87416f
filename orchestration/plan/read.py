"""Read and write a plan as CSV: a row for each event, and one for each of its properties.

An event's own row has no property. It alone tells the event's section, funnel, step, KPI and
trigger; the rows of its properties leave them empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import PROJECT_DIR
from orchestration.plan.check import COLUMNS, faults_of
from orchestration.plan.model import SEPARATOR, Event, Plan, Property


def plan_files(project: Path = PROJECT_DIR) -> list[Path]:
    """The plans of the project: each application may have one among its seeds."""
    return sorted(project.glob("seeds/*/tracking_plan.csv"))


def read_plan(path: Path) -> Plan:
    """Read a plan that is right.

    Raises:
        ConfigurationError: it cannot be read, or is wrong; every fault is told with file and line.
    """
    return parse_plan(_text(path), str(path))


def parse_plan(text: str, name: str) -> Plan:
    """Read the text of a plan; see `read_plan`."""
    if faults := faults_of(text):
        listed = (f"{name}:{line}: {problem}" for line, problem in faults)
        raise ConfigurationError("\n".join(["the tracking plan is wrong:", *listed]))
    events: dict[str, Event] = {}
    properties: dict[str, list[Property]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row["property_name"]:
            properties.setdefault(row["event_name"], []).append(_property(row))
        else:
            events[row["event_name"]] = Event(
                row["event_name"],
                (),
                row["product_section"],
                row["funnel"],
                int(row["step"]) if row["step"] else None,
                row["kpi"],
                row["trigger"],
                row["notes"],
            )
    return Plan(
        tuple(
            replace(event, properties=tuple(properties.get(name, ())))
            for name, event in events.items()
        )
    )


def write_plan(plan: Plan) -> str:
    """A plan as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for event in plan.events:
        writer.writerow(
            {
                "event_name": event.name,
                "product_section": event.product_section,
                "funnel": event.funnel,
                "step": event.step or "",
                "kpi": event.kpi,
                "trigger": event.trigger,
                "notes": event.notes,
            }
        )
        writer.writerows(_row(event.name, found) for found in event.properties)
    return text.getvalue()


def check_plans(paths: Sequence[Path]) -> dict[Path, Plan]:
    """Read several plans, and tell the faults of all.

    Raises:
        ConfigurationError: one is wrong; every fault is told with file and line.
    """
    plans, faults = {}, []
    for path in paths:
        try:
            plans[path] = read_plan(path)
        except ConfigurationError as error:
            faults.append(str(error))
    if faults:
        raise ConfigurationError("\n".join(faults))
    return plans


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: the tracking plan is not UTF-8") from None


def _property(row: dict[str, str]) -> Property:
    expected = row["expected_values"]
    return Property(
        row["property_name"],
        row["location"],
        row["is_required"] == "true",
        row["value_type"],
        tuple(expected.split(SEPARATOR)) if expected else (),
        row["class"],
        row["notes"],
    )


def _row(event_name: str, found: Property) -> dict[str, str]:
    return {
        "event_name": event_name,
        "property_name": found.name,
        "location": found.location,
        "is_required": "true" if found.is_required else "false",
        "value_type": found.value_type,
        "expected_values": SEPARATOR.join(found.expected),
        "class": found.data_class,
        "notes": found.notes,
    }
