"""A call that failed counts, whether or not it says how long it took."""

from __future__ import annotations

import pytest

from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.workspace import Workspace


def test_failed_calls_without_a_time_are_failures(workspace: Workspace) -> None:
    failed = interaction(timestamp="2026-01-01T09:33:00Z", success=False)
    workspace.land(
        "interactions",
        [
            interaction(response_time=1.0),
            interaction(timestamp="2026-01-01T09:31:00Z", response_time=3.0),
            interaction(timestamp="2026-01-01T09:32:00Z", success=False, response_time=None),
            {name: value for name, value in failed.items() if name != "response_time"},
            # It says that it succeeded, and not when: a broken rule, and still a success.
            interaction(timestamp="2026-01-01T09:34:00Z", response_time=None),
        ],
    )
    report = workspace.ingest()
    assert (report.rows, report.rejects) == (5, 0)
    workspace.build_models()
    assert workspace.query(
        "select total_asks, success_rate, avg_response_time from assistant.query_performance"
    ) == [(5, pytest.approx(0.6), 2.0)]
    assert workspace.query(
        "select total_queries, successful_queries, avg_response_time "
        "from assistant.session_analytics"
    ) == [(5, 3, 2.0)]
    assert workspace.query(
        "select query_count, success_rate, avg_response_time from assistant.business_metrics_daily"
    ) == [(5, pytest.approx(0.6), 2.0)]
    assert workspace.query("select stream, rule_name from governance.rule_violations") == [
        ("assistant.interactions", "answer_is_timed")
    ]
