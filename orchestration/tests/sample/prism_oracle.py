"""A second reading of the platform's landed files with plain Python, by the contract alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration.core.located import read_yaml
from orchestration.core.settings import PROJECT_DIR

Record = dict[str, Any]
ACTIONS = {"accepted", "rejected", "custom", "modified"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SOURCES = PROJECT_DIR / "models" / "staging" / "prism" / "_prism__sources.yml"
CONTRACT: dict[str, Record] = {
    table["name"]: table
    for table in read_yaml(SOURCES)["sources"][0]["tables"]
    if table["name"] != "schema_drift"
}
PYTHON: dict[str, type[Any]] = {
    "uuid": str, "varchar": str, "json": str, "timestamp": datetime, "bigint": int,
    "double precision": float, "boolean": bool,
}  # fmt: skip


@dataclass
class Reading:
    """One stream as read: figures by delivery day, all rows, and the latest row of each key."""

    files: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    new_keys: Counter[str] = field(default_factory=Counter)
    latest: dict[tuple[object, ...], Record] = field(default_factory=dict)
    delivered: list[tuple[Path, int, Record]] = field(default_factory=list)


def files_of(landing: Path, stream: str) -> Iterator[Path]:
    """Files in the order of delivery."""
    yield from sorted((landing / "prism" / stream).glob("*/part-*.parquet"))


def read(landing: Path, stream: str) -> Reading:
    """Read a stream as a loader would: the greatest version wins, then the last delivery."""
    meta = CONTRACT[stream]["config"]["meta"]
    version = meta.get("version")
    reading = Reading()
    for path in files_of(landing, stream):
        day = path.parent.name
        reading.files[day] += 1
        for number, record in enumerate(pq.read_table(path).to_pylist(), start=1):
            reading.lines[day] += 1
            reading.delivered.append((path, number, record))
            if not is_valid(stream, record):
                continue
            reading.rows[day] += 1
            key = tuple(record[name] for name in meta["natural_key"])
            known = reading.latest.get(key)
            reading.new_keys[day] += known is None
            if known is None or version is None or record[version] >= known[version]:
                reading.latest[key] = record
    return reading


def is_valid(stream: str, record: Record) -> bool:
    """Whether the row meets its contract."""
    for column in CONTRACT[stream]["columns"]:
        value = record[column["name"]]
        if value is None:
            if column["config"]["meta"].get("required"):
                return False
            continue
        if type(value) is not PYTHON[column["data_type"]]:
            return False
        if column["data_type"] == "uuid" and not UUID.fullmatch(str(value)):
            return False
        if column["data_type"] == "json":
            json.loads(str(value))
    return True


def possible(record: Record, stream: str, column: str) -> Any:
    """The value, or None where it lies outside the contract's bounds."""
    [found] = [c for c in CONTRACT[stream]["columns"] if c["name"] == column]
    meta, value = found["config"]["meta"], record[column]
    if value is None or value < meta["minimum"] or value > meta.get("maximum", value):
        return None
    return value


def users_at_the_end(users: Reading, deletions: Reading) -> dict[str, str]:
    """Where each account stands by its last version and its last tombstone."""
    last: dict[str, tuple[datetime, str]] = {}
    for record in users.latest.values():
        state = "in_use" if record["deleted_at"] is None else "left"
        found = record["updated_at"], state
        last[record["id"]] = max(last.get(record["id"], found), found)
    for record in deletions.latest.values():
        known = last.get(record["id"])
        if known is not None and record["detected_at"] > known[0]:
            last[record["id"]] = record["detected_at"], "gone"
    return {user: state for user, (_, state) in last.items()}


def totals(readings: dict[str, Reading]) -> Record:
    """What the truth must state, counted row by row."""
    analyses = list(readings["analysis_results"].latest.values())
    risks: Counter[str] = Counter()
    for record in analyses:
        items = json.loads(record["feedback_items"] or "null")
        if isinstance(items, list):
            risks.update(item["risk_level"] for item in items)
    confidence = [possible(r, "analysis_results", "confidence_score") for r in analyses]
    scores = [possible(r, "analysis_results", "user_satisfaction_score") for r in analyses]
    documents = readings["documents"].latest.values()
    feedback = readings["user_feedback"].latest.values()
    events = readings["audit_logs"].latest.values()
    tombstones = Counter(r["table_name"] for r in readings["deletions"].latest.values())
    states = Counter(users_at_the_end(readings["users"], readings["deletions"]).values())
    days = Counter(r["created_at"].date().isoformat() for r in analyses)
    return {
        "analyses": len(analyses),
        "tokens": sum(r["tokens_used"] for r in analyses),
        "cost_microdollars": sum(round(r["cost_usd"] * 1_000_000) for r in analyses),
        "confident_analyses": sum(c is not None for c in confidence),
        "confidence_hundredths": sum(round(100 * c) for c in confidence if c is not None),
        "scored_analyses": sum(s is not None for s in scores),
        "satisfaction_tenths": sum(round(10 * s) for s in scores if s is not None),
        "high_risk_items": risks["High"],
        "medium_risk_items": risks["Medium"],
        "low_risk_items": risks["Low"],
        "analyses_by_event_day": dict(sorted(days.items())),
        "documents": len(documents),
        "documents_by_status": dict(Counter(r["processing_status"] for r in documents)),
        "sections": len(readings["document_sections"].latest),
        "feedback": len(feedback),
        "feedback_by_action": dict(
            Counter(
                "missing"
                if r["action"] is None
                else r["action"]
                if r["action"] in ACTIONS
                else "other"
                for r in feedback
            )
        ),
        "audit_events": len(events),
        "audit_events_by_type": dict(Counter(r["event_type"] for r in events)),
        "organizations": len({r["id"] for r in readings["organizations"].latest.values()}),
        "users": states.total(),
        "users_by_state": {name: states[name] for name in ("in_use", "left", "gone")},
        "deletions_by_table": dict(tombstones),
    }
