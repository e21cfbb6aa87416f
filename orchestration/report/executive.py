"""The executive report: figures over the published marts, for a period and the one before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from orchestration.core.errors import WrongRequest
from orchestration.core.period import Period
from orchestration.core.settings import Settings
from orchestration.report.errors import NoData
from orchestration.report.figures import Figure, Number, Report, Table
from orchestration.report.measures import MEASURES
from orchestration.report.rows import Spans, ratio
from orchestration.report.sections import sections
from orchestration.report.source import Marts, published_marts
from orchestration.report.tables import day_tables, rounded

QUERIES = (
    "documents",
    "analyses",
    "costs",
    "durations",
    "high_risk",
    "people",
    "feedback",
    "activity",
    "violations",
)


@dataclass(frozen=True)
class Coverage:
    """The first and last day with data up to `until`, and the number of records after `until`."""

    first: date | None
    last: date | None
    until: date
    later_records: int


def executive_report(
    settings: Settings,
    *,
    days: int = 30,
    as_of: date | None = None,
    organization_id: UUID | None = None,
    now: datetime | None = None,
) -> Report:
    """Compute the report for the `days` UTC days that end with `as_of`.

    Args:
        settings: which engine to read, and where it is.
        days: length of the period, at least 1.
        as_of: last day of the period; by default the last day with data, but no day after the
            last delivery.
        organization_id: report on this organization only; by default on all of them.
        now: when the report is made, with a zone; by default the present.

    Raises:
        NothingPublished: there are no published marts.
        NoData: the period holds no data.
        WrongRequest: `as_of` lies in the future, or the organization is unknown.
        WarehouseError: the marts cannot be read.
    """
    now = now or datetime.now(UTC)
    today = now.astimezone(UTC).date()
    if as_of is not None and as_of > today:
        raise WrongRequest(f"{as_of} lies in the future: today is {today} UTC")
    with published_marts(settings) as marts:
        published_at = marts.published_at()
        if organization_id is not None and not marts.query(
            "organization", {"organization_id": organization_id}
        ):
            raise WrongRequest(
                f"no organization {organization_id} in the published marts: "
                f"core.dim_organizations lists them; without --organization the report covers all"
            )
        # Records dated after the last delivery come from a source with a wrong clock.
        until = min(today, marts.last_delivery() or today)
        covered = _coverage(marts, until, None)
        own = covered if organization_id is None else _coverage(marts, until, organization_id)
        # The last day with data of all organizations: reports on different organizations that are
        # made together cover the same period.
        last_day = as_of or covered.last or today
        if own.first is None or own.first > last_day:
            raise NoData(_no_data(f"up to {last_day}", own, organization_id))
        period = Period.ending(last_day, days)
        parameters = {
            "before_day": period.before.first_day,
            "first_day": period.first_day,
            "last_day": period.last_day,
            "organization_id": organization_id,
        }
        rows = {name: Spans(marts.query(name, parameters)) for name in QUERIES}
        models = {m["ai_model_key"]: m for m in marts.query("models", {})}
        names = marts.organization_names()
    if not any(rows[name].has_period for name in ("documents", "analyses", "feedback")):
        days_asked = f"from {period.first_day} to {period.last_day}"
        raise NoData(_no_data(days_asked, own, organization_id))
    by_day, by_day_before = day_tables(period, rows)
    report = Report(
        period=period,
        organization_id=organization_id,
        organization_name=names.get(str(organization_id)),
        generated_at=now.astimezone(UTC).replace(microsecond=0),
        published_at=published_at.replace(tzinfo=UTC),
        figures=_summary(period, rows),
        days=by_day,
        days_before=by_day_before,
        sections=sections(period, rows, models, names, organization_id),
        notes=_notes(period, covered),
    )
    is_compared = covered.first is not None and covered.first <= period.before.last_day
    return report if is_compared else _uncompared(report)


def _coverage(marts: Marts, until: date, organization_id: UUID | None) -> Coverage:
    [row] = marts.query("coverage", {"until": until, "organization_id": organization_id})
    return Coverage(row["first_day"], row["last_day"], until, row["later_records"])


def _no_data(days: str, covered: Coverage, organization_id: UUID | None) -> str:
    whose = f" of organization {organization_id}" if organization_id else ""
    if covered.first is None:
        return f"there is no data{whose} yet: no document, analysis or feedback"
    return (
        f"there is no data{whose} {days}: the first day with data is {covered.first}, the last "
        f"{covered.last}"
    )


def _notes(period: Period, covered: Coverage) -> tuple[str, ...]:
    notes = []
    first, last = covered.first, covered.last
    if first is not None and first > period.before.last_day:
        notes.append(f"Data begin on {first}: there is no period before to compare with.")
    elif first is not None and first > period.before.first_day:
        notes.append(f"Data begin on {first}: the period before is only partly covered.")
    if last is not None and last < period.last_day:
        notes.append(f"Data end on {last}, before the period does.")
    if covered.later_records:
        notes.append(
            f"Records dated after {covered.until}, the last delivery: {covered.later_records:,}. "
            f"No period ends with them; governance.rule_violations lists them."
        )
    return tuple(notes)


def _summary(period: Period, rows: dict[str, Spans]) -> tuple[Figure, ...]:
    now, before = _headline(period, rows, True), _headline(period, rows, False)
    return tuple(Figure(MEASURES[name], now[name], before[name]) for name in now)


def _emptied(table: Table, names: Iterable[str]) -> Table:
    """Return the table with these columns empty: a zero would claim that somebody counted."""
    columns = [column.name in names for column in table.columns]
    rows = [
        tuple(None if is_empty else cell for is_empty, cell in zip(columns, row, strict=True))
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _uncompared(report: Report) -> Report:
    """Return the report without comparisons, for data that begin after the previous period."""
    measured = [column.name for column in report.days_before.columns if column.name != "date"]
    return replace(
        report,
        figures=tuple(replace(figure, before=None) for figure in report.figures),
        days_before=_emptied(report.days_before, measured),
        sections=tuple(
            replace(
                section,
                figures=tuple(replace(figure, before=None) for figure in section.figures),
                tables=tuple(_emptied(table, ["before"]) for table in section.tables),
            )
            for section in report.sections
        ),
    )


def _headline(period: Period, rows: dict[str, Spans], span: bool) -> dict[str, Number | None]:
    documents: dict[str, Any] = rows["documents"].total(span)
    analyses: dict[str, Any] = rows["analyses"].total(span)
    total = documents.get("completed", 0)
    people = rows["people"].total(span).get("people", 0)
    cost = analyses.get("cost_usd") or 0
    high_risk = rows["high_risk"].total(span).get("documents", 0)
    return {
        "total_documents": total,
        "active_users": people,
        "avg_processing_seconds": ratio(
            documents.get("processing_seconds"), documents.get("timed")
        ),
        "median_processing_seconds": rounded(documents.get("median_seconds")),
        "feedback_items": analyses.get("feedback_items") or 0,
        "avg_satisfaction": ratio(analyses.get("satisfaction_total"), analyses.get("rated")),
        "total_cost_usd": cost,
        "high_risk_documents": high_risk,
        "documents_per_day": ratio(total, period.days),
        "cost_per_document_usd": ratio(cost, total),
        "high_risk_percentage": ratio(100 * high_risk, total),
        "documents_per_user": ratio(total, people),
    }
