"""One request a call, whatever recorded it, and what it cost."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.tests.genai.spans import SPANS, call
from orchestration.tests.ingest.helpers import lines
from orchestration.tests.workspace import Workspace

MOONCAKE = "real/mooncake_conversation_trace.jsonl.gz"
# What the requests are built from, and what is built from them.
SELECTED = ("--select", "+fct_ai_requests+", "+dim_ai_models", "--exclude-resource-type", "test")


def built(workspace: Workspace, *arguments: str) -> None:
    """Load what is new, and build the requests."""
    workspace.ingest()
    workspace.build(*SELECTED, *arguments)


def requests(workspace: Workspace, columns: str) -> list[tuple[Any, ...]]:
    """Columns of all requests, in the order they began."""
    return workspace.query(f"select {columns} from core.fct_ai_requests order by started_at, 1")


def at(second: int) -> str:
    """A time on the day of the spans."""
    return (datetime(2026, 1, 5, 10) + timedelta(seconds=second)).isoformat() + "Z"


def test_costs_follow_the_prices(workspace: Workspace) -> None:
    """By kind of token, size of the whole request and day; a missing price is never free."""
    model, read = "gen_ai.response.model", "gen_ai.usage.cache_read.input_tokens"
    written, tokens = "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.input_tokens"
    output = "gen_ai.usage.output_tokens"
    calls: list[dict[str, Any]] = [
        {model: "gpt-4o", read: 400},
        {model: "claude-sonnet-4-5-20250929", read: 300, written: 200},
        # Stated beside the input, not within it.
        {model: "claude-sonnet-4-5", tokens: 100, read: 300, written: 200},
        {model: "gemini-2.5-pro", tokens: 200_000},
        {model: "gemini-2.5-pro", tokens: 200_001},
        {model: "gpt-4o", written: 10},  # no price is stated for it
        {model: "gpt-4o-2024-08-06", tokens: None, output: None},
        {model: "a model of our own"},
        {model: "gpt-4o", "gen_ai.usage.cost": 0.25},
        {model: "gpt-4o", "start_time": "2024-09-30T23:59:59Z", "end_time": None},
    ]
    workspace.write(
        f"{SPANS}/a.jsonl",
        lines(call(i + 1, **{"start_time": at(i), **c}) for i, c in enumerate(calls)),
    )
    built(workspace)
    found = requests(workspace, "started_at, cost_usd, cost_source, input_token_count")
    before, *others = [(cost, source, count) for _, cost, source, count in found]
    assert before == (None, "unpriced", 1000)
    assert others == [
        (Decimal("0.004"), "computed", 1000),  # (600 x 2.5 + 400 x 1.25 + 200 x 10) / 1e6
        (
            Decimal("0.00534"),
            "computed",
            1000,
        ),  # (500 x 3 + 300 x .3 + 200 x 3.75 + 200 x 15) / 1e6
        (Decimal("0.00414"), "computed", 600),
        (Decimal("0.252"), "computed", 200_000),
        (Decimal("0.5030025"), "computed", 200_001),
        (None, "unpriced", 1000),
        (None, "unknown", None),
        (None, "unpriced", 1000),
        (Decimal("0.25"), "stated", 1000),
    ]
    names = workspace.query("select ai_model_name from core.dim_ai_models order by 1")
    assert len(names) == 7  # with the unknown member


def test_a_call_of_two_recorders_counts_once(workspace: Workspace) -> None:
    """A wrapper and what it wraps, also past midnight; not an agent's many calls, nor a retry."""
    one, answer = f"{1:032x}", {"gen_ai.response.id": "r-1"}
    agent = {"gen_ai.operation.name": "invoke_agent", "user.id": "ada", "session.id": "c-1"}
    inner = {"trace_id": one, "parent_span_id": f"{2:016x}", "service.name": "shop"}
    retry = {"gen_ai.response.id": "r-2", "error.type": "timeout"}
    late, later = "2026-01-05T23:59:59Z", "2026-01-06T00:00:01Z"
    spans = [
        call(1, **agent, start_time=at(0)),
        call(2, trace_id=one, start_time=at(1), parent_span_id=f"{1:016x}"),
        call(3, **inner, start_time=at(2)),
        call(4, trace_id=one, start_time=at(3), **retry),
        call(5, trace_id=one, start_time=at(4), **answer),
        call(6, trace_id=one, start_time=at(5), **answer, **{"gen_ai.usage.input_tokens": 900}),
        call(7, start_time=late, end_time=later, **{"gen_ai.usage.input_tokens": None,
                                                    "gen_ai.usage.output_tokens": None}),
        call(8, trace_id=f"{7:032x}", parent_span_id=f"{7:016x}", start_time=later, end_time=later),
    ]  # fmt: skip
    workspace.write(f"{SPANS}/a.jsonl", lines(spans))
    built(workspace)
    columns = (
        "started_at, application_name, user_key, session_key, is_successful, input_token_count"
    )
    found = requests(workspace, columns)
    assert [(f"{r[0]:%H:%M:%S}", r[5], r[4]) for r in found] == [
        ("10:00:02", 1000, True),
        ("10:00:03", 1000, False),
        ("10:00:05", 900, True),
        ("00:00:01", 1000, True),
    ]
    # What one span of the trace says, holds for all its calls.
    assert {r[1] for r in found[:3]} == {"shop"}
    assert len({r[2:4] for r in found[:3]}) == 1
    assert None not in found[0][2:4]


def test_days_one_by_one_give_what_all_at_once_give(workspace: Workspace) -> None:
    """Traces cross midnight, and their spans come in any order."""
    spans = []
    for number in range(40):
        trace, begins = f"{number + 1:032x}", datetime(2026, 1, 5, 22) + timedelta(hours=number)
        for step in range(3):
            time = (begins + timedelta(minutes=50 * step)).isoformat() + "Z"
            own = {"user.id": f"u-{number}"} if step == number % 3 else {}
            spans.append(call(3 * number + step + 1, trace_id=trace, start_time=time, end_time=time,
                              parent_span_id=f"{3 * number + step:016x}" if step else None, **own,
                              **{"gen_ai.usage.input_tokens": 10 + step // 2}))  # fmt: skip
    for day, part in enumerate((spans[1::3], spans[2::3], spans[0::3])):
        workspace.write(f"genai/spans/2026-01-0{day + 7}/a.jsonl", lines(part))
        built(workspace)
    names = ("fct_ai_requests", "ai_usage_daily")
    parts = {name: workspace.query(f"select * from core.{name}") for name in names}
    assert len(parts["fct_ai_requests"]) == 80  # the second of each three is wrapped by the first
    built(workspace, "--full-refresh")
    for name, rows in parts.items():
        whole = workspace.query(f"select * from core.{name}")
        assert sorted(map(repr, whole)) == sorted(map(repr, rows)), name


def test_real_traces_of_nine_frameworks_reconcile(workspace: Workspace, shared_data: Path) -> None:
    observations: dict[str, dict[str, Any]] = {}
    for path in sorted((shared_data / "genai" / "langfuse").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        observations |= {o["traceId"] + o["id"]: o for o in content["observations"]}
        trace = {k: v for k, v in content["trace"].items() if k != "observations"}
        for stream, records in (("observations", content["observations"]), ("traces", [trace])):
            name = f"genai/langfuse_{stream}/2026-01-05/{path.stem}.jsonl"
            workspace.write(name, lines(records))
    built(workspace)
    calls = [o for o in observations.values() if o["type"] == "GENERATION"]
    [(count, tokens_in, tokens_out, cost, sessions)] = workspace.query(
        "select count(*), sum(input_token_count), sum(output_token_count), sum(cost_usd), "
        "count(session_key) from core.fct_ai_requests"
    )
    assert (count, tokens_in, tokens_out) == (
        len(calls), sum(o["inputUsage"] for o in calls), sum(o["outputUsage"] for o in calls),
    )  # fmt: skip
    assert cost == sum(Decimal(str(o["totalCost"])) for o in calls)
    assert sessions == 8
    models = Counter(o["model"] for o in calls)
    assert dict(workspace.query(
        "select ai_model_name, sum(request_count) from core.ai_usage_daily "
        "join core.dim_ai_models using (ai_model_key) group by 1"
    )) == models  # fmt: skip


def test_a_real_service_s_requests_reconcile(
    duckdb_workspace: Workspace, shared_data: Path
) -> None:
    with gzip.open(shared_data / MOONCAKE, "rt") as file:
        trace = [json.loads(line) for line in file]
    arrived = [datetime(2026, 1, 5) + timedelta(milliseconds=r["timestamp"]) for r in trace]
    spans = (
        call(
            number,
            start_time=f"{time.isoformat()}Z",
            end_time=None,
            **{"gen_ai.response.model": None, "gen_ai.usage.input_tokens": r["input_length"],
               "gen_ai.usage.output_tokens": r["output_length"]},
        )
        for number, (r, time) in enumerate(zip(trace, arrived, strict=True), start=1)
    )  # fmt: skip
    duckdb_workspace.write(f"{SPANS}/a.jsonl", lines(spans))
    built(duckdb_workspace)
    [(*sums, first, last)] = duckdb_workspace.query(
        "select count(*), sum(input_token_count), sum(output_token_count), min(started_at), "
        "max(started_at) from core.fct_ai_requests where cost_source = 'unpriced'"
    )
    assert sums == [
        12_031,
        sum(r["input_length"] for r in trace),
        sum(r["output_length"] for r in trace),
    ]
    assert (first, last) == (min(arrived), max(arrived))
