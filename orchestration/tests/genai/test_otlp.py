"""What a collector writes loads as what an application writes by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestration.tests.genai.spans import SPANS, call, request
from orchestration.tests.ingest.helpers import lines, loaded, packed, rejected
from orchestration.tests.workspace import Workspace

COLUMNS = (
    "trace_id", "span_id", "parent_span_id", "start_time", "end_time", "status_code",
    "service_name", "operation_name", "response_model", "input_tokens", "output_tokens",
    "cache_write_tokens", "finish_reasons",
)  # fmt: skip
CALLS = [
    call(1, **{"gen_ai.response.finish_reasons": ["stop"]}),
    call(2, parent_span_id="00000000000000ff", status_code="ERROR"),
    call(3, **{"gen_ai.usage.cache_creation.input_tokens": 400}),
]


def rows(workspace: Workspace, file: str) -> list[tuple[Any, ...]]:
    """The rows of one file, in its order."""
    found = loaded(workspace, *COLUMNS, table="genai_spans")
    kept = sorted((line, tuple(map(str, v))) for (path, line), v in found.items() if file in path)
    return [values for _, values in kept]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_both_forms_of_otlp_load_as_lines_do(duckdb_workspace: Workspace, suffix: str) -> None:
    workspace = duckdb_workspace
    flat = [{"service.name": "shop", **span} for span in CALLS]
    workspace.write(f"{SPANS}/flat.jsonl", lines(flat))
    for name, snake in (("camel", False), ("snake", True)):
        content = request(CALLS[:2], snake=snake) + request(CALLS[2:], snake=snake)
        workspace.write(f"{SPANS}/{name}.otlp.jsonl{suffix}", packed(content, suffix))
    report = workspace.ingest()
    assert (report.lines, report.rows, report.rejects) == (9, 9, 0)
    assert len(rows(workspace, "flat")) == 3
    assert rows(workspace, "camel") == rows(workspace, "flat")
    assert rows(workspace, "snake") == rows(workspace, "flat")


def test_what_is_no_span_is_rejected_and_counted(duckdb_workspace: Workspace) -> None:
    odd = [
        b"no json\n",
        b'{"resourceMetrics": []}\n',
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": ["a text"]}]}]}).encode() + b"\n",
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "0a", "name": "x"}]}]}]}\n',
        b"\xff\xfe\n",
        b'{"resourceSpans": []}\n',  # a request without spans holds nothing to load
        request(CALLS[:1]),
    ]
    duckdb_workspace.write(f"{SPANS}/odd.otlp.jsonl", b"".join(odd))
    report = duckdb_workspace.ingest()
    assert (report.lines, report.rows, report.rejects) == (6, 1, 5)
    path = f"{SPANS}/odd.otlp.jsonl"
    reasons = {line: reason for (_, line), (reason, _) in rejected(duckdb_workspace).items()}
    assert reasons == {
        1: "malformed JSON",
        2: "missing field: trace_id",
        3: "not a JSON object",
        4: "missing field: span_id",
        5: "not UTF-8",
    }
    assert rejected(duckdb_workspace)[path, 1][1] == "no json"


def test_nothing_of_a_span_is_lost(duckdb_workspace: Workspace) -> None:
    """Attributes of the resource, of its own name and unknown ones; events and nested values."""
    content = json.loads(request(CALLS[:1]))
    batch = content["resourceSpans"][0]
    batch["resource"]["attributes"].append(
        {"key": "gen_ai.operation.name", "value": {"stringValue": "of the resource"}}
    )
    span = batch["scopeSpans"][0]["spans"][0]
    span["traceState"] = "a=b"
    said = [{"key": "勤務先", "value": {"boolValue": True}}]
    span["events"] = [{"name": "said", "timeUnixNano": "1767607200000000001", "attributes": said}]
    span["attributes"] += [
        {"key": "name", "value": {"stringValue": "of the attributes"}},
        {"key": "deep", "value": {"kvlistValue": {"values": [
            {"key": "a", "value": {"doubleValue": 0.5}}, {"key": "b", "value": {}}]}}},
    ]  # fmt: skip
    duckdb_workspace.write(f"{SPANS}/all.otlp.jsonl", json.dumps(content).encode() + b"\n")
    assert duckdb_workspace.ingest().rows == 1
    extra = json.loads(duckdb_workspace.value("select _extra from raw.genai_spans"))
    assert extra == {
        "attribute.name": "of the attributes",
        "deep": {"a": 0.5, "b": None},
        "events": [{"name": "said", "time": "2026-01-05T10:00:00.000000001Z", "勤務先": True}],
        "otel.scope.name": "tests",
        "resource.gen_ai.operation.name": "of the resource",
        "trace_state": "a=b",
    }
