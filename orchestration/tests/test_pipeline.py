"""Both engines, the same rows; daily increments, the same rows as one run over everything."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt.run import NO_UNIT_TESTS
from orchestration.sample import Options, write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.codex.sample import CodexOptions
from orchestration.sources.genai.sample import GenaiOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.sources.samples import samples
from orchestration.tests.ingest.helpers import interaction, lines
from orchestration.tests.workspace import PostgresServer, Workspace

FAR = "2031-05-01T10:00:00Z"


def _check(folder: Path, server: PostgresServer, *sources: Options) -> None:
    """Land, load and build day by day on both engines, and all at once beside it."""
    sample = folder / "sample"
    assert {options.source for options in sources} == set(samples())
    write_samples(sample / "landing", sample / "truth", sources)
    days = sorted({path.name for path in sample.glob("landing/*/*/*")})
    assert {len(days)} == {options.days for options in sources}
    _land_what_cannot_be(sample / "landing", days)
    with (
        Workspace.on_duckdb(folder / "whole") as whole,
        Workspace.on_duckdb(folder / "daily") as daily,
        Workspace.on_postgres(folder / "daily_postgres", server) as daily_postgres,
    ):
        for number, day in enumerate(days, 1):
            for workspace in (daily, daily_postgres):
                _land(sample / "landing", workspace, day)
            _load_and_build(daily)
            # The server takes several days at a time: runs of any length end alike.
            if number % 4 == 2:
                _load_and_build(daily_postgres)
                on_postgres = daily_postgres.mart_rows()
                for mart, rows in daily.mart_rows().items():
                    assert rows == on_postgres[mart], f"{mart} after {day}"
        # Whole tables are tested here; an increment tests the days it has replaced.
        for workspace in (daily, daily_postgres):
            assert workspace.dbt("test", *NO_UNIT_TESTS).success
        _land(sample / "landing", whole, "*")
        _load_and_build(whole)
        expected, actual = whole.mart_rows(), daily.mart_rows()
        assert len(expected["assistant.fct_assistant_interactions"]) > len(days) * 100
        assert whole.value(
            "select max(activity_date) from assistant.fct_assistant_interactions"
        ) == (date.fromisoformat(FAR[:10]))
        for mart, rows in expected.items():
            assert actual[mart] == rows, mart
        _check_totals(whole, json.loads((sample / "truth" / "prism.json").read_text())["totals"])


def _land_what_cannot_be(landing: Path, days: list[str]) -> None:
    """A device with a wrong clock on every third day, calls that failed, times that are none."""
    for number, day in enumerate(days[::3]):
        asked = interaction(session_id=f"odd-{number}", timestamp=f"{day}T12:00:00Z")
        measured = {"metric_name": "response_time", "metric_unit": "seconds", "component": "odd"}
        for stream, rows in {
            "interactions": [
                asked,
                asked | {"timestamp": FAR},
                asked | {"query": "failed", "success": False, "response_time": None},
                asked | {"query": "endless", "response_time": 1e9},
            ],
            "system_metrics": [
                measured | {"timestamp": FAR, "metric_value": number},
                measured | {"timestamp": f"{day}T12:00:30Z", "metric_value": -number - 1.5},
                measured | {"timestamp": f"{day}T12:00:59Z", "metric_value": 1.1},
            ],
        }.items():
            file = landing / "assistant" / stream / day / "part-odd.jsonl"
            assert file.parent.is_dir()
            file.write_bytes(lines(rows))


def _load_and_build(workspace: Workspace) -> None:
    workspace.ingest()
    workspace.build_models()


def _check_totals(warehouse: Workspace, truth: dict[str, Any]) -> None:
    """What the generator counted while it wrote is what the marts hold."""
    assert truth["analyses"] > 100
    assert warehouse.query(
        "select count(*), sum(tokens_consumed), sum(cost_usd) * 1000000, sum(high_risk_items), "
        "sum(medium_risk_items), sum(low_risk_items), sum(user_satisfaction_score) * 10 "
        "from documents.fct_document_analysis"
    ) == [
        tuple(
            truth[name]
            for name in (
                "analyses", "tokens", "cost_microdollars", "high_risk_items",
                "medium_risk_items", "low_risk_items", "satisfaction_tenths",
            )
        )
    ]  # fmt: skip
    for name, query in {
        "analyses_by_event_day": "select analysis_date, sum(total_analyses) "
        "from documents.daily_analysis_summary group by 1",
        "feedback_by_action": "select coalesce(feedback_action, 'missing'), count(*) "
        "from documents.fct_user_feedback group by 1",
        "audit_events_by_type": "select event_type, count(*) from documents.fct_audit_events "
        "group by 1",
        "documents_by_status": "select processing_status, count(*) from core.dim_documents "
        "group by 1",
    }.items():
        assert {str(key): count for key, count in warehouse.query(query)} == truth[name], name
    for name, query in {
        "documents": "select count(*) from core.dim_documents",
        "users": "select count(distinct user_key) - 1 from core.dim_users",
        "organizations": "select count(distinct organization_id) - 1 from core.dim_organizations",
    }.items():
        assert warehouse.value(query) == truth[name], name
    in_use = "select count(*) - 1 from core.dim_users where is_current"
    assert warehouse.value(in_use) == truth["users_by_state"]["in_use"]


def _land(source: Path, workspace: Workspace, day: str) -> None:
    for folder in source.glob(f"*/*/{day}"):
        shutil.copytree(folder, workspace.settings.landing / folder.relative_to(source))


def test_daily_runs_equal_one_run_and_engines_agree(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    _check(
        tmp_path,
        postgres,
        AssistantOptions(days=10, rows_per_day=150),
        PrismOptions(days=10, analyses_per_day=60),
        GenaiOptions(days=10, traces_per_day=40),
        CodexOptions(days=10, events_per_day=60),
    )


@pytest.mark.soak
def test_thirty_daily_runs_equal_one_run(tmp_path: Path, postgres: PostgresServer) -> None:
    _check(
        tmp_path,
        postgres,
        AssistantOptions(days=30, rows_per_day=500),
        PrismOptions(days=30, analyses_per_day=200),
        GenaiOptions(days=30, traces_per_day=100),
        CodexOptions(days=30, events_per_day=200),
    )
