"""A few records of every stream, landed under a delivery day of the test's choice."""

from __future__ import annotations

import json
from typing import Any

from orchestration.tests.workspace import Workspace

DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]


def land_day(workspace: Workspace, day: str, name: str = "part-0000.jsonl") -> None:
    """Land one file of every stream; a day corrects a line of the first and brings a late one."""
    streams = {
        "interactions": [
            *(_interaction(day, f"{minute:02d}", f"s{day}", 1.5) for minute in range(5)),
            _interaction(DAYS[0], "59", "corrected", float(day[-2:])),
            _interaction("2026-02-27", day[-2:], "late", 0.5),
        ],
        "content_accesses": [
            {
                "session_id": f"s{day}",
                "timestamp": f"{day}T10:00:30Z",
                "user_role": "student",
                "content_id": f"c{day}",
                "content_type": "document",
                "relevance_score": 0.5,
            }
        ],
        "session_memory": [
            {
                "session_id": f"s{day}",
                "key": "topic",
                "value": "sorting",
                "updated_at": f"{day}T10:01:00Z",
            }
        ],
        "system_metrics": [
            {
                "timestamp": f"{day}T10:00:00Z",
                "metric_name": "latency",
                "metric_value": 12.5,
                "metric_unit": "ms",
                "component": "search",
            }
        ],
    }
    for stream, records in streams.items():
        lines = "".join(f"{json.dumps(record)}\n" for record in records)
        workspace.write(f"assistant/{stream}/{day}/{name}", lines.encode())


def _interaction(day: str, minute: str, session: str, seconds: float) -> dict[str, Any]:
    return {
        "session_id": session,
        "user_id": "u1",
        "timestamp": f"{day}T10:{minute}:00Z",
        "user_role": "student",
        "query": f"how does a hash map grow {minute}",
        "query_type": "code",
        "response_time": seconds,
        "response_length": 100,
        "success": True,
    }
