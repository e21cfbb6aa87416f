"""Whatever a line of the assistant leaves out, it is counted, once, and as what it says."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.core.contracts import load_contracts
from orchestration.secrecy.pseudonyms import pseudonym
from orchestration.tests.ingest.helpers import INTERACTIONS, lines
from orchestration.tests.workspace import KEY, Workspace

BEGAN = datetime(2026, 1, 1, 9)
NOBODY = uuid.UUID(int=0)
# A value of each optional field; roles before and after `unknown` in the order of bytes.
VALUES: dict[str, list[Any]] = {
    "user_id": ["u1", "u2"],
    "user_role": ["Student", "visitor", "採用担当"],
    "query_type": ["technical", "general"],
    "response_time": [0.25, 3.5],
    "response_length": [0, 340],
    "code_snippets_shown": [0, 2],
    "citations_provided": [0, 3],
    "user_rating": [1, 5],
    "provider": ["openai"],
    "model": ["gpt-5-mini", "o3"],
    "input_tokens": [900, 1],
    "output_tokens": [200, 0],
    "cached_input_tokens": [0, 300],
    "reasoning_tokens": [0, 50],
    "cost_usd": [0, 0.000000001, 1.25e-05, 12.5],
    "time_to_first_token": [0.0, 0.5],
    "trace_id": ["t1", "t2"],
    "request_id": ["r1", "r2"],
    "error_type": ["timeout"],
}
Line = dict[str, Any]


@st.composite
def _line(draw: st.DrawFn) -> Line:
    """A line with some of the optional fields; others are null, empty or not there."""
    said: Line = {"success": draw(st.booleans())}
    for name in draw(st.permutations(list(VALUES))):
        match draw(st.sampled_from(["filled", "filled", "null", "empty", "missing"])):
            case "filled":
                said[name] = draw(st.sampled_from(VALUES[name]))
            case "null":
                said[name] = None
            case "empty":
                said[name] = ""
    return said


def _drawn() -> list[Line]:
    drawn: list[Line] = [{"success": True}, {"success": False}]

    @settings(max_examples=25, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(_line(), min_size=6, max_size=12))
    def keep(some: list[Line]) -> None:
        drawn.extend(some)

    keep()
    for number, line in enumerate(drawn):
        at = BEGAN + timedelta(seconds=number)
        # Sessions of three, and questions that are asked twice, of one kind or of two.
        line |= {"session_id": f"s{number // 3}", "timestamp": f"{at.isoformat()}Z",
                 "query": f"Question {number // 2}?"}  # fmt: skip
    return drawn


def _part(line: Line, part: str, whole: str) -> Any:
    """Tokens that are part of others, which they cannot exceed."""
    tokens, limit = line.get(part), line.get(whole)
    is_above = tokens not in (None, "") and limit not in (None, "") and tokens > limit
    return None if is_above or tokens == "" else tokens


def _fact(number: int, line: Line) -> tuple[Any, ...]:
    """What the fact says of a line."""
    said = {name: None if line.get(name) == "" else line.get(name) for name in VALUES}
    key = bytes.fromhex(KEY)

    def milliseconds(name: str) -> int | None:
        seconds = said[name]
        return None if seconds is None else round(seconds * 1000)

    return (
        BEGAN + timedelta(seconds=number),
        pseudonym(key, said["user_id"], "user") or NOBODY,
        pseudonym(key, said["trace_id"], "trace"),
        pseudonym(key, said["request_id"], "request"),
        said["user_role"] or "unknown",
        said["query_type"] or "unknown",
        *(said[name] for name in ("provider", "model", "error_type")),
        milliseconds("response_time"),
        milliseconds("time_to_first_token"),
        *(said[name] for name in ("response_length", "code_snippets_shown", "citations_provided",
                                  "user_rating", "input_tokens", "output_tokens")),
        _part(line, "cached_input_tokens", "input_tokens"),
        _part(line, "reasoning_tokens", "output_tokens"),
        None if said["cost_usd"] is None else Decimal(str(said["cost_usd"])),
        line["success"],
    )  # fmt: skip


FACT = """
select
    asked_at, user_key, trace_key, request_key, user_role, query_type, provider, model, error_type,
    response_milliseconds, first_token_milliseconds, response_character_count, code_snippet_count,
    citation_count, user_rating, input_token_count, output_token_count, cached_input_token_count,
    reasoning_token_count, cost_usd, is_successful
from assistant.fct_assistant_interactions
order by asked_at
"""


def test_a_value_of_every_optional_field_is_drawn() -> None:
    columns = load_contracts()["assistant", "interactions"].columns
    assert list(VALUES) == [c.name for c in columns if not c.required]


def test_no_line_is_lost_whatever_it_leaves_out(workspace: Workspace) -> None:
    drawn = _drawn()
    assert len(drawn) > 150
    for file, some in {"a": drawn[:90], "b": drawn[90:]}.items():
        workspace.write(f"{INTERACTIONS}/{file}.jsonl", lines(some))
        report = workspace.ingest()
        assert (report.rows, report.rejects) == (len(some), 0)
        workspace.build_models()
    facts = [_fact(number, line) for number, line in enumerate(drawn)]
    assert workspace.query(FACT) == facts
    _check_sums(workspace, drawn)
    assert workspace.dbt("test", "--select", "path:tests/assistant").success


def _check_sums(workspace: Workspace, drawn: list[Line]) -> None:
    """What is made of the facts holds each line once, under what is known of it."""
    sessions: dict[int, list[Line]] = {}
    questions: dict[tuple[str, str], list[bool]] = {}
    for number, line in enumerate(drawn):
        sessions.setdefault(number // 3, []).append(line)
        question = line.get("query_type") or "unknown", f"question {number // 2}"
        questions.setdefault(question, []).append(line["success"])
    of_sessions, by_role = Counter[Any](), Counter[Any]()
    for some in sessions.values():
        # The first role in the order of bytes, which here is that of Python.
        role = min((line["user_role"] for line in some if line.get("user_role")), default="unknown")
        successes = sum(line["success"] for line in some)
        of_sessions[role, len(some), successes] += 1
        by_role[role] += len(some)
    assert by_role["unknown"] > 0
    assert len(by_role) == 4
    assert (
        Counter(
            workspace.query(
                "select user_role, total_queries, successful_queries "
                "from assistant.session_analytics"
            )
        )
        == of_sessions
    )
    assert (
        dict(workspace.query("select user_role, query_count from assistant.business_metrics_daily"))
        == by_role
    )
    found = {
        (kind, question): (asks, rate)
        for kind, question, asks, rate in workspace.query(
            "select query_category, query_normalized, total_asks, success_rate "
            "from assistant.query_performance"
        )
    }
    assert found == {key: (len(s), sum(s) / len(s)) for key, s in questions.items()}
    assert {asks for asks, _ in found.values()} == {1, 2}
