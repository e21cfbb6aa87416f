"""Metrics say what the executive summary says, for a day and for any period, on either engine."""

from __future__ import annotations

import json
import random
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from orchestration.landing.zone import land
from orchestration.serving.filters import MetricError
from orchestration.serving.metrics import MetricQuery, Metrics, answer
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace
from orchestration.warehouse.postgres_publishing import SERVING_PREFIX

# Sunday to Friday: the days lie in two weeks.
START = datetime(2026, 1, 4, tzinfo=UTC)
DAYS = 6
# Metric and column of executive_summary_daily.
FIGURES = {
    "documents": "total_documents",
    "active_users": "active_users",
    "cost_usd": "total_cost_usd",
    "cost_per_document_usd": "cost_per_document_usd",
    "high_risk_documents": "high_risk_documents",
    "high_risk_percentage": "high_risk_percentage",
    "satisfaction": "avg_satisfaction",
    "processing_seconds": "avg_processing_seconds",
    "median_processing_seconds": "median_processing_seconds",
    "feedback_items": "total_feedback_items",
    "documents_per_user": "coalesce(documents_per_user, 0)",
}
MONDAY = datetime(2026, 1, 5)
# The same by plain SQL, from Monday on, all organizations together.
SINCE_MONDAY = """
with acts as (
    select uploader_key as user_key, upload_date as day from core.dim_documents
    union all select user_key, analysis_date from documents.fct_document_analysis
    union all select user_key, feedback_date from documents.fct_user_feedback
),
processed as (
    select count(*) as documents, avg(processing_seconds) as seconds,
        percentile_cont(0.5) within group (order by cast(processing_seconds as double precision))
            as middle
    from core.dim_documents
    where processing_status = 'completed' and upload_date >= date '2026-01-05'
),
active as (
    select count(distinct user_key) as users from acts
    where day >= date '2026-01-05' and user_key <> '00000000-0000-0000-0000-000000000000'
),
analysed as (
    select sum(cost_usd) as cost, avg(user_satisfaction_score) as satisfaction,
        sum(feedback_items_generated) as items,
        count(distinct case when risk_level = 'High' then document_id end) as risky
    from documents.fct_document_analysis where analysis_date >= date '2026-01-05'
)
select documents, users, cost, cost / documents, risky, 100.0 * risky / documents,
    satisfaction, seconds, middle, items, 1.0 * documents / users
from processed, active, analysed
"""


@pytest.fixture(scope="module")
def served(module_workspace: Workspace) -> Iterator[Workspace]:
    """A few days of the document platform, built; readers see the marts as they are."""
    _land(module_workspace)
    assert not module_workspace.ingest().rejects
    module_workspace.build_models(
        "--select", "+executive_summary_daily", "+active_users_daily", "+dim_ai_models"
    )
    if module_workspace.postgres:
        _show_on_postgres(module_workspace)
    else:
        settings = module_workspace.settings
        shutil.copy(settings.warehouse, settings.serving)
    with module_workspace.activate():
        yield module_workspace


def test_by_day_and_organization_they_equal_the_summary(served: Workspace) -> None:
    by = ("metric_time__day", "organization")
    found = answer(served.settings, MetricQuery(list(FIGURES), by))
    expected = served.query(
        f"select summary_date, organization_id, {', '.join(FIGURES.values())} "
        "from documents.executive_summary_daily"
    )
    assert len(expected) > DAYS
    place = [found.columns.index(name) for name in (*by, *FIGURES)]
    actual = [[row[i] for i in place] for row in found.rows]
    assert _plain(actual) == _plain(expected)


def test_over_days_and_organizations_everyone_counts_once(served: Workspace) -> None:
    found = answer(served.settings, MetricQuery(list(FIGURES), since=MONDAY))
    [row] = found.rows
    [expected] = _plain(served.query(SINCE_MONDAY))
    assert _plain([[row[found.columns.index(name)] for name in FIGURES]]) == [expected]
    days = answer(
        served.settings, MetricQuery(["active_users"], ["metric_time__day"], since=MONDAY)
    )
    assert sum(users for _, users in days.rows) > expected[1]


def test_a_person_counts_under_the_role_of_the_day(served: Workspace) -> None:
    found = answer(served.settings, MetricQuery(["cost_usd"], ["person__user_role"]))
    expected = served.query(
        "select user_role, sum(cost_usd) from documents.fct_document_analysis as analyses "
        "join core.dim_users as users on analyses.user_version_key = users.user_version_key "
        "group by user_role"
    )
    assert {"analyst", "viewer", "admin"} <= {role for role, _ in expected}
    assert _plain(found.rows) == _plain(expected)


def test_a_condition_keeps_what_meets_it(served: Workspace) -> None:
    condition = "{{ Dimension('analysis__risk_level') }} = 'High'"
    found = answer(served.settings, MetricQuery(["cost_usd"], where=[condition]))
    expected = served.query(
        "select sum(cost_usd) from documents.fct_document_analysis where risk_level = 'High'"
    )
    assert _plain(found.rows) == _plain(expected)


@pytest.mark.parametrize(
    "condition",
    [
        "{{ TimeDimension('metric_time', 'day') }} = date '2026-13-45'",
        "{{ TimeDimension('metric_time', 'day') }} >= 'yesterday, perhaps'",
        "{{ Dimension('analysis__risk_level') }} = 5",
    ],
)
def test_a_value_of_another_type_is_a_wrong_condition(served: Workspace, condition: str) -> None:
    with pytest.raises(MetricError, match="a value of another type"):
        answer(served.settings, MetricQuery(["cost_usd"], where=[condition]))


@pytest.mark.parametrize(
    ("query", "near"),
    [
        (["documnts"], "documents"),
        (["documents", "--by", "person__role"], "person__user_role"),
        (["documents", "--where", "{{ Colour('red') }}"], "'Colour' is undefined"),
        (["documents", "--where", "{{ Dimension('risk') }} = 1"], "'risk'"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(
    served: Workspace, query: list[str], near: str
) -> None:
    result = granary("metrics", *query)
    assert (result.returncode, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert near in line
    assert "Traceback" not in line


def test_the_command_answers_in_json_and_lists_what_there_is(served: Workspace) -> None:
    result = granary(
        *("metrics", "documents", "--by", "metric_time__week", "--until", "2026-01-04", "--json")
    )
    completed = served.value(
        "select sum(total_documents) from documents.executive_summary_daily "
        "where summary_date <= date '2026-01-04'"
    )
    assert json.loads(result.stdout) == [
        {"metric_time__week": "2025-12-29", "documents": int(completed)}
    ]
    listed = granary("metrics")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert all(metric in listed.stdout for metric in FIGURES)


def test_before_a_build_the_command_says_what_to_do(duckdb_workspace: Workspace) -> None:
    result = granary("metrics", "documents")
    assert (result.returncode, result.stdout) == (1, "")
    assert "granary build" in result.stderr


def test_every_metric_is_described_and_tested(served: Workspace) -> None:
    known = Metrics(served.settings).all()
    assert {metric.name for metric in known} == set(FIGURES)
    for metric in known:
        assert metric.description
        assert {"metric_time", "person__user_role", "organization__subscription_tier"} <= set(
            metric.dimensions
        )


def _land(workspace: Workspace) -> None:
    draw = random.Random(7)

    def name(kind: str, number: int) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))

    def moment() -> datetime:
        return START + timedelta(seconds=draw.randrange(DAYS * 86400))

    before = START - timedelta(days=30)
    streams: dict[str, list[dict[str, Any]]] = {
        "organizations": [
            {
                "id": name("organization", i),
                "subscription_tier": ["free", "enterprise"][i % 2],
                "created_at": before,
                "updated_at": before,
            }
            for i in range(3)
        ],
        "users": [
            {
                "id": name("user", i),
                "organization_id": name("organization", i % 3),
                "role": role,
                "created_at": before,
                "updated_at": updated,
            }
            for i in range(9)
            # Everyone's role changes on Wednesday.
            for role, updated in (
                (["analyst", "viewer"][i % 2], before),
                ("admin", START + timedelta(days=3)),
            )
        ],
        "documents": [
            {
                "id": name("document", i),
                "organization_id": name("organization", i % 3) if i % 11 else None,
                "uploaded_by": name("user", draw.randrange(9)),
                "processing_status": "failed" if i % 5 == 0 else "completed",
                "processing_started_at": (at := moment()),
                "processing_completed_at": at + timedelta(seconds=draw.randrange(900)),
                "created_at": at,
                "updated_at": at,
            }
            for i in range(40)
        ],
        "analysis_results": [
            {
                "id": name("analysis", i),
                # Some of documents that never came.
                "document_id": name("document", draw.randrange(44)),
                "ai_model_name": "prism-large",
                "feedback_items": [{"risk_level": "Low"}] * draw.randrange(4),
                "risk_assessment": draw.choice(["Low", "Medium", "High", "High"]),
                "cost_usd": draw.randrange(1000) / 1000,
                "user_satisfaction_score": draw.randrange(1, 6) if i % 3 else None,
                "created_at": moment(),
                "created_by": name("user", draw.randrange(8)) if i % 17 else None,
            }
            for i in range(150)
        ],
        "user_feedback": [
            {
                "id": name("feedback", i),
                # Someone who does nothing else.
                "user_id": name("user", 8 + i % 2),
                "organization_id": name("organization", i % 3),
                "action": "accepted",
                "created_at": (given := moment()),
                "updated_at": given,
            }
            for i in range(20)
        ],
    }
    for stream, records in streams.items():
        land("prism", stream, records, landing=workspace.settings.landing)


def _show_on_postgres(workspace: Workspace) -> None:
    with psycopg.connect(
        host=workspace.postgres["PGHOST"],
        user=workspace.postgres["PGUSER"],
        dbname=workspace.postgres["PGDATABASE"],
        autocommit=True,
    ) as server:
        server.execute("create schema serving_governance")
        server.execute("create table serving_governance.publication (published_at timestamp)")
        for schema in ("core", "documents"):
            shown = SERVING_PREFIX + schema
            server.execute(sql.SQL("create schema {}").format(sql.Identifier(shown)))
            for (mart,) in server.execute(
                "select tablename from pg_tables where schemaname = %s", [schema]
            ).fetchall():
                server.execute(
                    sql.SQL("create view {} as select * from {}").format(
                        sql.Identifier(shown, mart), sql.Identifier(schema, mart)
                    )
                )


def _plain(rows: Any) -> list[tuple[Any, ...]]:
    """Rows in one order, quotients to nine digits: engines take them in different types."""

    def value(held: Any) -> Any:
        if isinstance(held, (Decimal, float)):
            return float(f"{held:.9g}")
        return held

    return sorted((tuple(map(value, row)) for row in rows), key=repr)
