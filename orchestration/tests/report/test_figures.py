"""Figures against a count by hand, on both engines."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orchestration.core.errors import GranaryError, NothingPublished, WrongRequest
from orchestration.report.as_json import render_json
from orchestration.report.errors import NoData
from orchestration.report.executive import executive_report
from orchestration.report.figures import Figure, Report
from orchestration.tests.report.platform import (
    MODEL,
    ROWS,
    UNKNOWN,
    A,
    B,
    document,
    key,
    publish_rows,
)
from orchestration.tests.workspace import Workspace

NOW = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)


def report(workspace: Workspace, day: int = 20, days: int = 10, **more: Any) -> Report:
    with workspace.activate():
        return executive_report(
            workspace.settings, days=days, as_of=date(2026, 1, day), now=NOW, **more
        )


def figures(found: Report) -> dict[str, Figure]:
    return {figure.measure.name: figure for figure in found.all_figures()}


def values(found: Report) -> dict[str, Any]:
    return {name: figure.value for name, figure in figures(found).items()}


def table(found: Report, name: str) -> list[tuple[Any, ...]]:
    [rows] = [t.rows for s in found.sections for t in s.tables if t.name == name]
    return rows


def test_the_summary_is_what_a_hand_counts(platform: Workspace) -> None:
    found = {f.measure.name: (f.value, f.before) for f in report(platform).figures}
    assert found == {
        "total_documents": (3, 2),
        "active_users": (4, 1),
        "avg_processing_seconds": (20, 50),
        "median_processing_seconds": (20, 50),
        "feedback_items": (6, 4),
        "avg_satisfaction": (pytest.approx(11 / 3), 4),
        "total_cost_usd": (Decimal("4.00"), Decimal("1.00")),
        "high_risk_documents": (2, 0),
        "documents_per_day": (pytest.approx(0.3), pytest.approx(0.2)),
        "cost_per_document_usd": (pytest.approx(4 / 3), 0.5),
        "high_risk_percentage": (pytest.approx(200 / 3), 0),
        "documents_per_user": (0.75, 2),
    }


def test_one_organization(platform: Workspace) -> None:
    found = values(report(platform, organization_id=A))
    expected = {
        "total_documents": 2,
        "active_users": 3,
        "avg_processing_seconds": 20,
        "median_processing_seconds": 20,
        "feedback_items": 6,
        "avg_satisfaction": 3.5,
        "total_cost_usd": Decimal(2),
        "high_risk_documents": 2,
        "documents_per_day": pytest.approx(0.2),
        "cost_per_document_usd": 1,
        "high_risk_percentage": 100,
        "documents_per_user": pytest.approx(2 / 3),
        "feedback_given": 2,
        "session_minutes": 40,
        "rule_violations": 1,
    }
    assert {name: found[name] for name in expected} == expected
    other = values(report(platform, organization_id=B))
    assert (other["total_documents"], other["active_users"]) == (1, 1)
    assert (other["total_cost_usd"], other["high_risk_documents"]) == (2, 0)
    assert (other["session_minutes"], other["rule_violations"]) == (5, 1)


def test_changes_say_how_much_and_whether_it_is_good(platform: Workspace) -> None:
    found = figures(report(platform))
    documents, cost = found["total_documents"], found["total_cost_usd"]
    assert (documents.change, documents.change_percent, documents.news) == (1, 50, "good")
    assert (cost.change, cost.change_percent, cost.news) == (Decimal(3), 300, "bad")
    seconds = found["avg_processing_seconds"]
    assert (seconds.change, seconds.change_percent, seconds.news) == (-30, -60, "good")
    assert (found["feedback_items"].change, found["feedback_items"].news) == (2, None)
    risk = found["high_risk_documents"]
    assert (risk.change, risk.change_percent, risk.news) == (2, None, "bad")


@pytest.mark.parametrize(
    ("day", "documents", "cost"),
    [
        (10, 1, "1"),  # d4 and a5 at 23:59:59
        (11, 1, "0.5"),  # d1 and a1 at 00:00:00
        (20, 1, "1.25"),  # d2 and a3 at 23:59:59
        (21, 1, "100"),  # d5 and a6 at 00:00:00
    ],
)
def test_a_day_begins_at_midnight_utc(
    platform: Workspace, day: int, documents: int, cost: str
) -> None:
    found = values(report(platform, day, days=1))
    assert (found["total_documents"], found["total_cost_usd"]) == (documents, Decimal(cost))


def test_every_day_is_listed_and_people_are_distinct_in_each(platform: Workspace) -> None:
    found = report(platform)
    assert found.days.column("date") == [date(2026, 1, d) for d in range(11, 21)]
    assert found.days.column("documents") == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert found.days.column("active_users") == [1, 1, 1, 2, 1, 1, 0, 0, 0, 2]
    assert found.days.column("analyses") == [1, 1, 0, 0, 1, 0, 0, 0, 0, 1]
    assert found.days.column("feedback") == [0, 0, 1, 2, 0, 0, 0, 0, 0, 0]
    assert [cost for cost in found.days.column("cost_usd") if cost] == [
        Decimal("0.5"), Decimal("0.25"), Decimal(2), Decimal("1.25"),
    ]  # fmt: skip
    assert found.days_before.column("documents") == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_the_sections_are_what_a_hand_counts(platform: Workspace) -> None:
    found = report(platform)
    counted = values(found)
    expected = {
        "session_minutes": 45,
        "session_minutes_per_user": 11.25,
        "feedback_given": 3,
        "feedback_acceptance_percentage": pytest.approx(200 / 3),
        "avg_feedback_rating": 4,
        "busiest_hour": 14,
        "uploaded_documents": 4,
        "completed_percentage": 75,
        "total_analyses": 4,
        "avg_analysis_seconds": 4,
        "p50_analysis_seconds": 4,
        "p95_analysis_seconds": pytest.approx(5.8),
        "avg_confidence": pytest.approx(0.6),
        "tokens": 150,
        "cost_per_analysis_usd": 1,
        "cost_per_day_usd": pytest.approx(0.4),
        "cost_per_user_usd": 1,
        "avg_quality_rating": 3.5,
        "high_risk_analyses_percentage": 75,
        "satisfied_percentage": pytest.approx(200 / 3),
        "rule_violations": 3,
    }
    assert {name: counted[name] for name in expected} == expected
    assert figures(found)["busiest_hour"].before == 8

    def counts(name: str) -> dict[Any, Any]:
        return {row[0]: row[1] for row in table(found, name)}

    assert counts("users_by_role") == {"admin": 1, "analyst": 1, "viewer": 1, "unknown": 1}
    assert counts("feedback_by_action") == {"accepted": 2, "rejected": 1}
    assert counts("documents_by_type") == {"契約書": 1, "report": 3}
    assert counts("documents_by_status") == {"completed": 3, "failed": 1}
    # Medium was there in the period before.
    assert counts("analyses_by_risk") == {"High": 3, "Medium": 0, "Low": 1}
    assert counts("analyses_by_satisfaction") == {"5": 1, "4": 1, "2": 1, "not rated": 1}
    assert [row[:3] for row in table(found, "models")] == [(MODEL, "2.1", 3), ("plain", "", 1)]
    assert sorted(row[0] for row in table(found, "cost_by_organization")) == sorted(
        [str(A), str(B)]
    )
    assert {row[:4] for row in table(found, "rule_violations")} == {
        ("documents", "filename_is_plain", 2, 1),
        ("document_sections", "order_is_known", 1, 0),
    }


def test_the_last_day_that_has_data_is_the_default(platform: Workspace) -> None:
    with platform.activate():
        found = executive_report(platform.settings, days=1, now=NOW)
        assert found.period.last_day == date(2026, 1, 21)
        # Of a record from the future, no.
        earlier = datetime(2026, 1, 20, 23, 59, 59, tzinfo=UTC)
        found = executive_report(platform.settings, days=1, now=earlier)
        assert found.period.last_day == date(2026, 1, 20)


def test_without_data_before_nothing_is_compared(platform: Workspace) -> None:
    found = report(platform, day=21, days=21)
    assert {f.before for f in found.all_figures()} == {None}
    assert {f.change_percent for f in found.all_figures()} == {None}
    assert set(zip(*table(found, "documents_by_type"), strict=True)) >= {(None, None)}
    assert {cell for row in found.days_before.rows for cell in row[1:]} == {None}
    assert "no period before" in found.notes[0]
    partly = report(platform, day=16, days=12)
    assert "only partly covered" in partly.notes[0]
    assert figures(partly)["total_documents"].before == 1


def test_an_unknown_organization_is_named(platform: Workspace) -> None:
    for unknown in (key("organization C"), UNKNOWN):
        with pytest.raises(WrongRequest, match=f"no organization {unknown}.*dim_organizations"):
            report(platform, organization_id=unknown)


@pytest.mark.parametrize(
    ("day", "organization", "first"),
    [
        (31, None, "2026-01-01"),  # after all data
        (13, B, "2026-01-14"),  # before that organization's
        (19, B, "2026-01-14"),  # between its days
    ],
    ids=["after", "before", "between"],
)
def test_a_period_without_data_names_the_days_that_have_some(
    platform: Workspace, day: int, organization: uuid.UUID | None, first: str
) -> None:
    with pytest.raises(NoData) as refused:
        report(platform, day, days=2, organization_id=organization)
    expected = f"the first day with data is {first}, the last 2026-01-21"
    assert expected in str(refused.value)


def test_a_future_day_is_refused(platform: Workspace) -> None:
    with platform.activate(), pytest.raises(WrongRequest, match="2026-02-02 lies in the future"):
        executive_report(platform.settings, as_of=date(2026, 2, 2), now=NOW)


def test_both_engines_give_the_same_report(
    duckdb_workspace: Workspace, postgres_workspace: Workspace
) -> None:
    texts = set()
    for workspace in (duckdb_workspace, postgres_workspace):
        publish_rows(workspace, ROWS)
        texts.add(render_json(report(workspace)))
    assert len(texts) == 1


def test_nothing_published(workspace: Workspace) -> None:
    with pytest.raises(NothingPublished, match="granary publish"):
        report(workspace)
    # Published before there was a document platform.
    publish_rows(workspace, {"governance.rule_violations": []})
    with pytest.raises(NothingPublished, match="granary publish"):
        report(workspace)


def test_published_but_empty(workspace: Workspace) -> None:
    publish_rows(workspace, {mart: [] for mart in ROWS})
    with pytest.raises(NoData, match="no data yet"):
        report(workspace)
    with pytest.raises(GranaryError):
        report(workspace, organization_id=uuid.uuid4())


def test_a_wrong_clock_ends_no_period(workspace: Workspace) -> None:
    far = document("far", A, "ana", "21 08:00") | {"upload_date": date(2026, 1, 30)}
    delivered = {"loaded_at": datetime(2026, 1, 22, 6), "last_day": date(2026, 1, 22)}
    publish_rows(
        workspace,
        ROWS
        | {
            "core.dim_documents": [*ROWS["core.dim_documents"], far],
            "governance.last_delivery": [delivered],
        },
    )
    with workspace.activate():
        found = executive_report(workspace.settings, days=1, now=NOW)
    assert found.period.last_day == date(2026, 1, 21)
    [note] = [note for note in found.notes if "delivery" in note]
    assert "dated after 2026-01-22, the last delivery: 1." in note
    assert "governance.rule_violations" in note
