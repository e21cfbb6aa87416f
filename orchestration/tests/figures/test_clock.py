"""One device with a wrong clock decides nothing: what it tells is kept and named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.prism import records
from orchestration.tests.workspace import Workspace

NOW = datetime.now(UTC).replace(microsecond=0)
FAR = "2131-05-01T10:00:00Z" if NOW.year >= 2031 else "2031-05-01T10:00:00Z"
RULE = "timestamp_is_not_in_the_future"
BROKEN = "select stream, rule_name, violation_date from governance.rule_violations"


def _asked(when: datetime | str, **more: Any) -> dict[str, Any]:
    told = when if isinstance(when, str) else f"{when:%Y-%m-%dT%H:%M:%SZ}"
    return interaction(timestamp=told, **more)


def test_latest_is_not_after_the_last_delivery(workspace: Workspace) -> None:
    yesterday = NOW - timedelta(days=1)
    asked = [_asked(yesterday - timedelta(minutes=n), session_id=f"s{n}") for n in range(12)]
    before = [_asked(NOW - timedelta(days=20, minutes=n), session_id=f"b{n}") for n in range(12)]
    wrong = _asked(FAR, session_id="s0", query="Asked in the far future?")
    # Ahead by less than the tolerance, and long ago: both are believed.
    believed = [
        _asked(NOW + timedelta(hours=23), session_id="ahead", query="ahead"),
        _asked("1998-01-01T10:00:00Z", session_id="old", query="old"),
    ]
    workspace.land("interactions", [*asked, *before, wrong, *believed])
    workspace.land("users", [records.user("ann", "2026-01-01T00:00:00Z")], "prism")
    workspace.land("organizations", [records.organization("acme", "2026-01-01T00:00:00Z")], "prism")
    workspace.land("documents", [records.document("plan", "2026-01-09T10:00:00Z")], "prism")
    workspace.land(
        "analysis_results",
        [
            records.analysis("now", "plan", "2026-01-09T10:00:00Z"),
            records.analysis("far", "plan", FAR),
        ],
        "prism",
    )
    workspace.ingest()
    workspace.build_models()
    day = date.fromisoformat(FAR[:10])
    broken = [
        ("assistant.interactions", RULE, day),
        ("prism.analysis_results", "created_at_is_not_in_the_future", day),
    ]
    assert sorted(workspace.query(BROKEN)) == broken
    # Rows stay, on the day they tell: on PostgreSQL in a partition of their own.
    assert (
        workspace.value(
            "select count(*) from assistant.fct_assistant_interactions "
            f"where activity_date = '{day}'"
        )
        == 1
    )
    assert (
        workspace.value(
            f"select count(*) from documents.fct_document_analysis where analysis_date = '{day}'"
        )
        == 1
    )
    # 12 in 7 days by 12 in 28.
    assert workspace.query(
        "select trending_score from assistant.query_performance where total_asks = 24"
    ) == [(4.0,)]
    assert workspace.value("select max(last_activity) from assistant.session_analytics") == (
        NOW + timedelta(hours=23)
    ).replace(tzinfo=None)
    assert workspace.value("select max(last_used_date) from core.dim_ai_models") == date(2026, 1, 9)
    assert workspace.value("select last_day from governance.last_delivery") >= NOW.date()


def test_a_loader_s_clock_that_goes_back_accuses_nobody(workspace: Workspace) -> None:
    workspace.land("interactions", [_asked("2026-01-01T10:00:00Z", query="first")])
    workspace.ingest()
    workspace.land("interactions", [_asked("2026-01-02T10:00:00Z", query="second")])
    workspace.ingest()
    workspace.execute(
        "update raw.load_ledger set loaded_at = timestamp '2020-01-01 00:00:00' "
        "where file_id = (select max(file_id) from raw.load_ledger)"
    )
    workspace.build_models()
    assert workspace.query(BROKEN) == []
    assert workspace.value("select last_day from governance.last_delivery") >= NOW.date()
    # All of them, and the rows were in the future indeed.
    workspace.execute("update raw.load_ledger set loaded_at = timestamp '2020-01-01 00:00:00'")
    workspace.build_models("--full-refresh")
    assert len(workspace.query(BROKEN)) == 2
