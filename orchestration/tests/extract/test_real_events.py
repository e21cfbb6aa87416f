"""Real events pass through the audit log unchanged."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from pathlib import Path

import pytest

from orchestration.tests.extract.helpers import Application

ACTORS = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def test_events_are_counted_by_type(application: Application, shared_data: Path) -> None:
    path = shared_data / "real" / "github_events.json"
    if not path.is_file():
        pytest.skip("github_events.json is not on this machine")
    content = json.loads(path.read_text("utf-8"))
    events = [event for page in content for event in (page if isinstance(page, list) else [page])]
    assert len(events) >= 100
    application.only = ["audit_logs"]
    half = len(events) // 2
    for part in (events[:half], events[half:]):
        for event in part:
            application.insert(
                "audit_logs",
                event_type=event["type"],
                user_id=str(uuid.uuid5(ACTORS, str(event["actor"]["id"]))),
                after_value=event["payload"],
                created_at=event["created_at"],
            )
        # The second half is older in part: events are no more in order than commits are.
        application.extract(full=part[0] is not events[0])
    names = ["event_type", "user_id", "after_value"]
    landed = set(application.landed("audit_logs", ["id", *names]))
    expected = Counter(event["type"] for event in events)
    assert len(expected) > 5
    assert Counter(event_type for _, event_type, *_ in landed) == expected
    payloads = Counter(
        (
            event["type"],
            str(uuid.uuid5(ACTORS, str(event["actor"]["id"]))),
            json.dumps(event["payload"], sort_keys=True),
        )
        for event in events
    )
    assert Counter(row[1:] for row in landed) == payloads
    assert application.latest("audit_logs") == application.source("audit_logs")
