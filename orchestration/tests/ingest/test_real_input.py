"""Real traffic, real questions: what a production service received, counted to the end."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from orchestration.tests.ingest.helpers import assert_sound, loaded
from orchestration.tests.workspace import Workspace

REQUESTS = 12_031
FILES = 5
# The trace tells milliseconds since some start; this one is late in the evening.
START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
GROUP = 7
# The assistant's marts, the loader's books, and every test that reads nothing else.
BUILT = ("--select", "+path:models/marts/assistant", "+load_reconciliation",
         "--indirect-selection", "cautious")  # fmt: skip
FACTS = "assistant.fct_assistant_interactions"


def _prompts(path: Path) -> list[str]:
    """Every prompt of the message trees, in order."""

    def walk(message: dict[str, Any]) -> Iterator[str]:
        if message["role"] == "prompter":
            yield message["text"]
        for reply in message.get("replies") or []:
            yield from walk(reply)

    with open(path, encoding="utf-8") as file:
        return [text for line in file for text in walk(json.loads(line))]


def _interactions(shared_data: Path) -> list[dict[str, Any]]:
    with gzip.open(shared_data / "real/mooncake_conversation_trace.jsonl.gz", "rt") as file:
        requests = [json.loads(line) for line in file]
    prompts = cycle(_prompts(shared_data / "real/oasst_en_100_message.jsonl"))
    return [
        {
            "session_id": f"conversation {number // GROUP}",
            "user_id": f"person {number // GROUP % 500}",
            # Requests of one moment are told apart by a microsecond.
            "timestamp": START + timedelta(milliseconds=request["timestamp"], microseconds=number),
            "user_role": ("Recruiter", "Software Developer", "採用担当")[number // GROUP % 3],
            "query": next(prompts),
            "query_type": "technical" if request["input_length"] > 8_000 else "general",
            "response_time": request["output_length"] / 50,
            "response_length": request["output_length"],
            "success": request["output_length"] > 1,
        }
        for number, request in enumerate(requests)
    ]


@dataclass(frozen=True)
class Service:
    """What the service received, and the warehouse built of it."""

    received: list[dict[str, Any]]
    workspace: Workspace


@pytest.fixture(scope="module")
def service(module_workspace: Workspace, shared_data: Path) -> Service:
    received = _interactions(shared_data)
    for i in range(FILES):
        module_workspace.land("interactions", received[i::FILES])
    module_workspace.ingest()
    module_workspace.build(*BUILT)
    return Service(received, module_workspace)


def test_every_request_is_a_row_with_its_own_text(service: Service) -> None:
    rows = loaded(service.workspace, "session_id", "query", "response_length", "timestamp")
    found = Counter(tuple(values) for values in rows.values())
    expected = Counter(
        (r["session_id"], r["query"], r["response_length"], r["timestamp"].replace(tzinfo=None))
        for r in service.received
    )
    assert len(rows) == REQUESTS
    assert found == expected
    assert_sound(service.workspace)


def test_every_request_is_a_fact(service: Service) -> None:
    query = service.workspace.query
    [(count, keys, sessions, users)] = query(
        f"select count(*), count(distinct interaction_key), count(distinct session_key), "
        f"count(distinct user_key) from {FACTS}"
    )
    assert (count, keys) == (REQUESTS, REQUESTS)
    assert sessions == len({r["session_id"] for r in service.received})
    assert users == len({r["user_id"] for r in service.received})


def test_days_reconcile(service: Service) -> None:
    expected = Counter(r["timestamp"].date() for r in service.received)
    assert len(expected) == 2
    rows = service.workspace.query(
        f"select date_day, count(*) from {FACTS} as f "
        "inner join core.dim_date as d on f.date_key = d.date_key group by date_day"
    )
    assert dict(rows) == expected
    rows = service.workspace.query(
        "select activity_date, sum(query_count) from assistant.business_metrics_daily group by 1"
    )
    assert {day: int(count) for day, count in rows} == expected


def test_questions_reconcile(service: Service) -> None:
    [(asks, kinds)] = service.workspace.query(
        "select sum(total_asks), count(distinct query_category) from assistant.query_performance"
    )
    assert (int(asks), kinds) == (REQUESTS, 2)
    prompts = {r["query"] for r in service.received}
    questions = service.workspace.value("select count(*) from assistant.query_performance")
    assert len(prompts) / 2 < questions <= 2 * len(prompts)


def test_sessions_reconcile(service: Service) -> None:
    [(queries, successes, sessions)] = service.workspace.query(
        "select sum(total_queries), sum(successful_queries), count(*) "
        "from assistant.session_analytics"
    )
    assert (int(queries), int(successes)) == (
        REQUESTS,
        sum(r["success"] for r in service.received),
    )
    assert sessions == len({r["session_id"] for r in service.received})


def test_files_reconcile(service: Service) -> None:
    [(files, line_count, row_count, lost)] = service.workspace.query(
        "select count(*), sum(line_count), sum(row_count), sum(abs(lost_line_count)) "
        "from governance.load_reconciliation"
    )
    assert (files, int(line_count), int(row_count), int(lost)) == (FILES, REQUESTS, REQUESTS, 0)
