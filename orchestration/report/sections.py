"""The sections beside the summary: engagement, documents, AI, cost, quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from orchestration.report.figures import Cell, Column, Figure, Kind, Number, Section, Table
from orchestration.report.measures import MEASURES
from orchestration.report.period import Period
from orchestration.report.rows import Spans, plain, ratio
from orchestration.report.source import Row

LARGEST = 10
DAILY = ("documents", "people", "costs", "feedback")
Values = dict[str, Number | None]
Rows = Mapping[str, Spans]
# Name, label and kind of a column, and how it is read from a row.
Reader = tuple[str, str, Kind, Callable[[Row], Cell]]


def sections(
    period: Period,
    rows: Rows,
    models: Mapping[str, Row],
    organization_id: UUID | None,
    is_compared: bool,
) -> tuple[Section, ...]:
    """All sections. Without a period before to compare with, values before are None."""

    def figures(values: Callable[[bool], Values]) -> tuple[Figure, ...]:
        now = values(True)
        before = values(False) if is_compared else dict.fromkeys(now)
        return tuple(Figure(MEASURES[name], now[name], before[name]) for name in now)

    quality_notes = []
    if organization_id is not None:
        quality_notes.append(
            "Rule violations of document sections are left out: a section names no organization."
        )
    return (
        Section(
            "engagement",
            "User engagement",
            figures(lambda span: _engagement(rows, span)),
            (
                _hours(rows["activity"]),
                *(
                    _breakdown(f"users_by_{name}", title, label, rows["people"], column, _PEOPLE)
                    for name, title, label, column in (
                        ("type", "Active users by type", "Type", "user_type"),
                        ("role", "Active users by role", "Role", "user_role"),
                        ("tier", "Active users by tier", "Tier", "subscription_tier"),
                    )
                ),
                _breakdown(
                    "feedback_by_action",
                    "Feedback by action",
                    "Action",
                    rows["feedback"],
                    "feedback_action",
                    _FEEDBACK,
                ),
            ),
            ("Someone whose role, type or tier changed in the period counts once in each.",),
        ),
        Section(
            "documents",
            "Documents",
            figures(lambda span: _documents(rows, span)),
            tuple(
                _breakdown(
                    f"documents_by_{name}",
                    f"Uploads by {title}",
                    title.capitalize(),
                    rows["documents"],
                    column,
                    _DOCUMENTS,
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
            (_models(rows, models),),
        ),
        Section(
            "cost",
            "Cost",
            figures(lambda span: _cost(period, rows, span)),
            (_cost_by_organization(rows["costs"]), _cost_by_model(rows["analyses"], models)),
        ),
        Section(
            "quality",
            "Quality",
            figures(lambda span: _quality(rows, span)),
            (
                _breakdown(
                    "analyses_by_risk",
                    "Analyses by risk",
                    "Risk",
                    rows["analyses"],
                    "risk_level",
                    _ANALYSES,
                    order=("High", "Medium", "Low", "not stated"),
                ),
                _breakdown(
                    "analyses_by_satisfaction",
                    "Analyses by satisfaction, rounded",
                    "Satisfaction",
                    rows["analyses"],
                    "satisfaction",
                    _ANALYSES,
                    order=("5", "4", "3", "2", "1", "not rated"),
                ),
                _breakdown(
                    "analyses_by_quality_rating",
                    "Analyses by quality rating",
                    "Rating",
                    rows["analyses"],
                    "quality_rating",
                    _ANALYSES,
                    order=("5", "4", "3", "2", "1", "not rated"),
                ),
                _violations(rows["violations"]),
            ),
            tuple(quality_notes),
        ),
    )


def day_tables(period: Period, rows: Rows) -> tuple[Table, Table]:
    """Every day of the period, and every day of the one before; days without data are zero."""
    columns = (
        Column("date", "Date", "text"),
        Column("documents", "Documents", "count"),
        Column("active_users", "Active users", "count"),
        Column("analyses", "Analyses", "count"),
        Column("feedback", "Feedback", "count"),
        Column("cost_usd", "Cost", "usd"),
    )

    def of(span: Period, is_period: bool) -> Table:
        days = {name: rows[name].by("day", is_period) for name in DAILY}

        def cells(day: date) -> tuple[Cell, ...]:
            return (
                day,
                days["documents"].get(day, {}).get("completed", 0),
                days["people"].get(day, {}).get("people", 0),
                days["costs"].get(day, {}).get("analyses", 0),
                days["feedback"].get(day, {}).get("given", 0),
                days["costs"].get(day, {}).get("cost_usd") or 0,
            )

        name = "days" if is_period else "days_before"
        return Table(name, "By day", columns, [cells(day) for day in span.dates()], "documents")

    return of(period, True), of(period.before, False)


def _mean(total: str, count: str) -> Callable[[Row], Cell]:
    return lambda row: ratio(row.get(total), row.get(count))


def _number(name: str) -> Callable[[Row], Cell]:
    return lambda row: row.get(name) or 0


_PEOPLE: list[Reader] = [("users", "Users", "count", _number("people"))]
_FEEDBACK: list[Reader] = [
    ("feedback", "Feedback", "count", _number("given")),
    ("rating", "Mean rating", "score", _mean("rating_total", "rated")),
]
_DOCUMENTS: list[Reader] = [
    ("uploads", "Uploads", "count", _number("uploaded")),
    ("completed", "Completed", "count", _number("completed")),
    ("seconds", "Mean time", "seconds", _mean("processing_seconds", "timed")),
]
_ANALYSES: list[Reader] = [("analyses", "Analyses", "count", _number("analyses"))]


def _breakdown(
    name: str,
    title: str,
    label: str,
    rows: Spans,
    dimension: str,
    readers: list[Reader],
    order: tuple[str, ...] = (),
) -> Table:
    """One row a value of the dimension: its figures, its share, the first figure before."""
    main, _, kind, read = readers[0]

    def value(row: Row) -> Any:
        return read(row)

    ranked = rows.ranked(dimension, value)
    if order:
        places = {key: place for place, key in enumerate(order)}
        ranked.sort(key=lambda entry: places.get(entry[0], len(places)))
    total = sum(float(value(now)) for _, now, _ in ranked)
    return Table(
        name,
        title,
        (
            Column(name.rpartition("_by_")[2], label, "text"),
            *(Column(n, heading, k) for n, heading, k, _ in readers),
            Column("share", "Share", "percent"),
            Column("before", "Before", kind),
            Column("change_percent", "Change", "change"),
        ),
        [
            (
                str(key),
                *(r(now) for _, _, _, r in readers),
                ratio(100 * float(value(now)), total),
                value(before),
                _change(value(now), value(before)),
            )
            for key, now, before in ranked
        ],
        main,
    )


def _change(now: Number, before: Number) -> float | None:
    return 100 * (float(now) - float(before)) / float(before) if before else None


def _engagement(rows: Rows, span: bool) -> Values:
    feedback, activity = rows["feedback"].total(span), rows["activity"].total(span)
    hours = rows["activity"].by("hour_number", span)
    minutes = activity.get("session_minutes")
    accepted = feedback.get("accepted", 0)
    busiest = max(hours, key=lambda h: (hours[h]["actions"], -h), default=None)
    return {
        "session_minutes": None if minutes is None else round(minutes, 3),
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
        "p50_analysis_seconds": _rounded(spread.get("p50_seconds")),
        "p95_analysis_seconds": _rounded(spread.get("p95_seconds")),
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


def _hours(activity: Spans) -> Table:
    now, before = activity.by("hour_number", True), activity.by("hour_number", False)
    return Table(
        "activity_by_hour",
        "Activity by hour of the day, UTC",
        (
            Column("hour", "Hour", "hour"),
            Column("actions", "Uploads, analyses, feedback", "count"),
            Column("session_minutes", "Session minutes", "minutes"),
            Column("before", "Before", "count"),
        ),
        [
            (
                hour,
                now.get(hour, {}).get("actions", 0),
                round(now.get(hour, {}).get("session_minutes", 0.0), 3),
                before.get(hour, {}).get("actions", 0),
            )
            for hour in range(24)
        ],
        "actions",
    )


def _model(models: Mapping[str, Row], key: str) -> tuple[str, str]:
    model = models.get(key, {})
    return model.get("ai_model_name") or "unknown", model.get("ai_model_version") or ""


def _models(rows: Rows, models: Mapping[str, Row]) -> Table:
    spreads = rows["durations"].by("ai_model_key", True)
    return Table(
        "models",
        "Models and versions",
        (
            Column("model", "Model", "text"),
            Column("version", "Version", "text"),
            Column("analyses", "Analyses", "count"),
            Column("avg_seconds", "Mean", "seconds"),
            Column("p50_seconds", "p50", "seconds"),
            Column("p95_seconds", "p95", "seconds"),
            Column("avg_confidence", "Confidence", "score"),
            Column("tokens", "Tokens", "count"),
            Column("cost_usd", "Cost", "usd"),
        ),
        [
            (
                *_model(models, key),
                now.get("analyses", 0),
                ratio(now.get("duration_seconds"), now.get("timed")),
                _rounded(spreads.get(key, {}).get("p50_seconds")),
                _rounded(spreads.get(key, {}).get("p95_seconds")),
                ratio(now.get("confidence"), now.get("confident")),
                now.get("tokens") or 0,
                now.get("cost_usd") or 0,
            )
            for key, now, _ in rows["analyses"].ranked("ai_model_key", _analyses)
        ],
        "analyses",
    )


def _cost_table(name: str, title: str, label: str, ranked: list[tuple[str, Row, Row]]) -> Table:
    return Table(
        name,
        title,
        (
            Column(name.rpartition("_by_")[2], label, "text"),
            Column("cost_usd", "Cost", "usd"),
            Column("analyses", "Analyses", "count"),
            Column("cost_per_analysis_usd", "An analysis", "usd"),
            Column("before", "Before", "usd"),
            Column("change_percent", "Change", "change"),
        ),
        [
            (
                key,
                _money(now),
                now.get("analyses", 0),
                ratio(_money(now), now.get("analyses")),
                _money(before),
                _change(_money(now), _money(before)),
            )
            for key, now, before in ranked
        ],
        "cost_usd",
    )


def _cost_by_organization(costs: Spans) -> Table:
    ranked = [entry for entry in costs.ranked("organization_id", _money) if entry[1]]
    title = "Cost by organization"
    if len(ranked) > LARGEST:
        title += f", the {LARGEST} largest of {len(ranked)}"
    return _cost_table("cost_by_organization", title, "Organization", ranked[:LARGEST])


def _cost_by_model(analyses: Spans, models: Mapping[str, Row]) -> Table:
    ranked = [
        (" ".join(_model(models, key)).strip(), now, before)
        for key, now, before in analyses.ranked("ai_model_key", _money)
    ]
    return _cost_table("cost_by_model", "Cost by model and version", "Model", ranked)


def _violations(violations: Spans) -> Table:
    return Table(
        "rule_violations",
        "Rule violations",
        (
            Column("stream", "Stream", "text"),
            Column("rule", "Rule", "text"),
            Column("violations", "Records", "count"),
            Column("before", "Before", "count"),
            Column("change_percent", "Change", "change"),
        ),
        [
            (
                stream.removeprefix("prism."),
                rule,
                now.get("violations", 0),
                before.get("violations", 0),
                _change(now.get("violations", 0), before.get("violations", 0)),
            )
            for (stream, rule), now, before in violations.ranked(
                "stream", lambda row: row["violations"]
            )
        ],
        "violations",
    )


def _analyses(row: Row) -> Number:
    analyses: int = row["analyses"]
    return analyses


def _money(row: Row) -> Number:
    return row.get("cost_usd") or 0


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
