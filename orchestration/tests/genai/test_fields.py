"""A column that records call by several names takes the first that is there, and loses no other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.tests.genai.spans import SPANS, call
from orchestration.tests.ingest.helpers import lines, loaded, rejected
from orchestration.tests.workspace import Workspace

WRITTEN = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
)
_line = st.fixed_dictionaries({}, optional=dict.fromkeys(WRITTEN, st.none() | st.integers(0, 9)))


@pytest.mark.long
def test_the_first_field_counts_and_others_are_kept(duckdb_workspace: Workspace) -> None:
    drawn: list[dict[str, Any]] = []

    @settings(
        max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(_line)
    def draw(fields: dict[str, Any]) -> None:
        drawn.append(fields)

    draw()
    assert len({tuple(f for f in WRITTEN if d.get(f) is not None) for d in drawn}) > 4
    duckdb_workspace.write(
        f"{SPANS}/a.jsonl", lines(call(i + 1, **fields) for i, fields in enumerate(drawn))
    )
    assert duckdb_workspace.ingest().rejects == 0
    found = loaded(duckdb_workspace, "cache_write_tokens", "_extra", table="genai_spans")
    for number, fields in enumerate(drawn, start=1):
        value, extra = found[f"{SPANS}/a.jsonl", number]
        given_fields = [f for f in WRITTEN if fields.get(f) is not None]
        assert value == (fields[given_fields[0]] if given_fields else None)
        kept = {k: v for k, v in json.loads(extra or "{}").items() if k in WRITTEN}
        assert {k: v for k, v in kept.items() if v is not None} == {
            f: fields[f] for f in given_fields[1:]
        }


def test_a_wrong_first_field_is_not_passed_over(duckdb_workspace: Workspace) -> None:
    first, second = WRITTEN[:2]
    odd = [
        call(1, **{first: "many", second: 3}),
        call(2, **{"start_time": "soon", "startTime": "2026-01-05T10:00:00Z"}),
        call(3, **{first: "", second: 3}),
    ]
    duckdb_workspace.write(f"{SPANS}/a.jsonl", lines(odd))
    duckdb_workspace.ingest()
    assert {line: reason for (_, line), (reason, _) in rejected(duckdb_workspace).items()} == {
        1: "wrong type: cache_write_tokens is not a whole number",
        2: "wrong type: start_time is not an ISO 8601 time",
    }
    [values] = loaded(
        duckdb_workspace, "cache_write_tokens", "_extra", table="genai_spans"
    ).values()
    assert values[0] is None
    assert second in json.loads(values[1])


def test_a_table_s_columns_may_have_any_of_the_names(duckdb_workspace: Workspace) -> None:
    head = "traceId,spanId,startTime,gen_ai.usage.prompt_tokens"
    duckdb_workspace.write(f"{SPANS}/a.csv", f"{head}\n0a,0b,2026-01-05T10:00:00Z,7\n".encode())
    assert duckdb_workspace.ingest().rows == 1
    assert list(
        loaded(duckdb_workspace, "trace_id", "input_tokens", table="genai_spans").values()
    ) == [["0a", 7]]
    duckdb_workspace.write(f"{SPANS}/b.csv", b"spanId,startTime\n0b,2026-01-05T10:00:00Z\n")
    report = duckdb_workspace.ingest()
    assert "lacks trace_id" in str(report.failures)
