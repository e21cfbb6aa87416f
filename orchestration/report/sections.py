"""The sections below the summary: engagement, documents, AI, cost and quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from orchestration.core.period import Period
from orchestration.report.figures import Figure, Number, Section
from orchestration.report.measures import MEASURES
from orchestration.report.rows import plain, ratio
from orchestration.report.source import Row
from orchestration.report.tables import (
    ANALYSES,
    DOCUMENTS,
    FEEDBACK,
    PEOPLE,
    Rows,
    breakdown,
    cost_by_model,
    cost_by_organization,
    hours_table,
    models_table,
    rounded,
    violations_table,
)

Values = dict[str, Number | None]


def sections(
    period: Period,
    rows: Rows,
    models: Mapping[str, Row],
    names: Mapping[str, str],
    organization_id: UUID | None,
) -> tuple[Section, ...]:
    """Return all sections in display order.

    Args:
        period: the period of the report.
        rows: the answers of the queries, by query name.
        models: the rows of AI models, by model key.
        names: names of organizations by id, for those that may be named.
        organization_id: the one organization reported on; None for all of them.
    """

    def figures(values: Callable[[bool], Values]) -> tuple[Figure, ...]:
        now, before = values(True), values(False)
        return tuple(Figure(MEASURES[name], now[name], before[name]) for name in now)

    quality_notes = []
    if organization_id is not None:
        quality_notes.append(
            "Rule violations of document sections are not included: a section has no organization."
        )
    return (
        Section(
            "engagement",
            "User engagement",
            figures(lambda span: _engagement(rows, span)),
            (
                hours_table(rows["activity"]),
                *(
                    breakdown(f"users_by_{name}", title, label, rows["people"], column, PEOPLE)
                    for name, title, label, column in (
                        ("type", "Active users by type", "Type", "user_type"),
                        ("role", "Active users by role", "Role", "user_role"),
                        ("tier", "Active users by tier", "Tier", "subscription_tier"),
                    )
                ),
                breakdown(
                    "feedback_by_action",
                    "Feedback by action",
                    "Action",
                    rows["feedback"],
                    "feedback_action",
                    FEEDBACK,
                ),
            ),
            ("A user whose role, type or tier changed in the period counts once in each value.",),
        ),
        Section(
            "documents",
            "Documents",
            figures(lambda span: _documents(rows, span)),
            tuple(
                breakdown(
                    f"documents_by_{name}",
                    f"Uploads by {title}",
                    title.capitalize(),
                    rows["documents"],
                    column,
                    DOCUMENTS,
                )
                for name, title, column in (
                    ("type", "type", "document_type"),
                    ("size", "size", "size_category"),
                    ("complexity", "complexity", "complexity_category"),
                    ("language", "language", "language_code"),
                    ("status", "status", "processing_status"),
                )
            ),
        ),
        Section(
            "ai",
            "AI performance",
            figures(lambda span: _ai(rows, span)),
            (models_table(rows, models),),
        ),
        Section(
            "cost",
            "Cost",
            figures(lambda span: _cost(period, rows, span)),
            (cost_by_organization(rows["costs"], names), cost_by_model(rows["analyses"], models)),
        ),
        Section(
            "quality",
            "Quality",
            figures(lambda span: _quality(rows, span)),
            (
                breakdown(
                    "analyses_by_risk",
                    "Analyses by risk",
                    "Risk",
                    rows["analyses"],
                    "risk_level",
                    ANALYSES,
                    order=("High", "Medium", "Low", "not stated"),
                ),
                breakdown(
                    "analyses_by_satisfaction",
                    "Analyses by satisfaction, rounded",
                    "Satisfaction",
                    rows["analyses"],
                    "satisfaction",
                    ANALYSES,
                    order=("5", "4", "3", "2", "1", "not rated"),
                ),
                breakdown(
                    "analyses_by_quality_rating",
                    "Analyses by quality rating",
                    "Rating",
                    rows["analyses"],
                    "quality_rating",
                    ANALYSES,
                    order=("5", "4", "3", "2", "1", "not rated"),
                ),
                violations_table(rows["violations"]),
            ),
            tuple(quality_notes),
        ),
    )


def _engagement(rows: Rows, span: bool) -> Values:
    feedback, activity = rows["feedback"].total(span), rows["activity"].total(span)
    hours = rows["activity"].by("hour_number", span)
    # A sum of doubles depends on the order of rows, which differs by engine: round it away.
    minutes = rounded(activity.get("session_minutes"))
    accepted = feedback.get("accepted", 0)
    # On a tie, the earlier hour.
    busiest = max(hours, key=lambda h: (hours[h]["actions"], -h), default=None)
    return {
        "session_minutes": minutes,
        "session_minutes_per_user": ratio(minutes, rows["people"].total(span).get("people")),
        "feedback_given": feedback.get("given", 0),
        "feedback_acceptance_percentage": ratio(
            100 * accepted, accepted + feedback.get("rejected", 0)
        ),
        "avg_feedback_rating": ratio(feedback.get("rating_total"), feedback.get("rated")),
        "busiest_hour": busiest,
    }


def _documents(rows: Rows, span: bool) -> Values:
    total = rows["documents"].total(span)
    uploaded = total.get("uploaded", 0)
    return {
        "uploaded_documents": uploaded,
        "completed_percentage": ratio(100 * total.get("completed", 0), uploaded),
    }


def _ai(rows: Rows, span: bool) -> Values:
    total, spread = rows["analyses"].total(span), rows["durations"].total(span)
    return {
        "total_analyses": total.get("analyses", 0),
        "avg_analysis_seconds": ratio(total.get("duration_seconds"), total.get("timed")),
        "p50_analysis_seconds": rounded(spread.get("p50_seconds")),
        "p95_analysis_seconds": rounded(spread.get("p95_seconds")),
        "avg_confidence": ratio(total.get("confidence"), total.get("confident")),
        "tokens": total.get("tokens") or 0,
    }


def _cost(period: Period, rows: Rows, span: bool) -> Values:
    total = rows["analyses"].total(span)
    cost = plain(total.get("cost_usd"))
    return {
        "cost_per_analysis_usd": ratio(cost, total.get("analyses")),
        "cost_per_day_usd": ratio(cost, period.days),
        "cost_per_user_usd": ratio(cost, rows["people"].total(span).get("people")),
    }


def _quality(rows: Rows, span: bool) -> Values:
    total, risks = rows["analyses"].total(span), rows["analyses"].by("risk_level", span)
    high = risks.get("High", {}).get("analyses", 0)
    stated = sum(row["analyses"] for risk, row in risks.items() if risk != "not stated")
    return {
        "avg_quality_rating": ratio(total.get("quality_total"), total.get("quality_rated")),
        "high_risk_analyses_percentage": ratio(100 * high, stated),
        "satisfied_percentage": ratio(100 * total.get("satisfied", 0), total.get("rated")),
        "rule_violations": sum(
            row["violations"] for row in rows["violations"].by("stream", span).values()
        ),
    }
