"""Build the tables of the report from the rows of the queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from orchestration.core.period import Period
from orchestration.report.figures import Cell, Column, Kind, Number, Table
from orchestration.report.rows import Spans, ratio
from orchestration.report.source import Row

LARGEST = 10
DAILY = ("documents", "people", "costs", "feedback")
Rows = Mapping[str, Spans]
# Name, label and kind of a column, and the function that reads its cell from a row.
Reader = tuple[str, str, Kind, Callable[[Row], Cell]]


def day_tables(period: Period, rows: Rows) -> tuple[Table, Table]:
    """Return a row for every day of the period, and the same for the period before.

    Days without data are zero.
    """
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


PEOPLE: list[Reader] = [("users", "Users", "count", _number("people"))]
FEEDBACK: list[Reader] = [
    ("feedback", "Feedback", "count", _number("given")),
    ("rating", "Mean rating", "score", _mean("rating_total", "rated")),
]
DOCUMENTS: list[Reader] = [
    ("uploads", "Uploads", "count", _number("uploaded")),
    ("completed", "Completed", "count", _number("completed")),
    ("seconds", "Mean time", "seconds", _mean("processing_seconds", "timed")),
    ("median_seconds", "Median time", "seconds", lambda row: rounded(row.get("median_seconds"))),
]
ANALYSES: list[Reader] = [("analyses", "Analyses", "count", _number("analyses"))]


def breakdown(
    name: str,
    title: str,
    label: str,
    rows: Spans,
    dimension: str,
    readers: list[Reader],
    order: tuple[str, ...] = (),
) -> Table:
    """Return one row for each value of a dimension.

    A row holds the figures of the readers and, for the first of them, the share of the total, the
    previous value and the change in percent.

    Args:
        name: the table's name; what follows `_by_` names the first column.
        title: the table's title.
        label: the heading of the first column.
        rows: the query's rows.
        dimension: the column the rows are grouped by.
        readers: the figures of a row; the first ranks the rows.
        order: a fixed order of the values; values not in it come last, by rank.
    """
    main, _, kind, read = readers[0]

    def value(row: Row) -> Any:
        return read(row)

    ranked = rows.ranked(dimension, value)
    if order:
        # The sort is stable: values outside `order` follow by rank.
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


def hours_table(activity: Spans) -> Table:
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
                rounded(now.get(hour, {}).get("session_minutes", 0.0)),
                before.get(hour, {}).get("actions", 0),
            )
            for hour in range(24)
        ],
        "actions",
    )


def _model(models: Mapping[str, Row], key: str) -> tuple[str, str]:
    model = models.get(key, {})
    return model.get("ai_model_name") or "unknown", model.get("ai_model_version") or ""


def models_table(rows: Rows, models: Mapping[str, Row]) -> Table:
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
                rounded(spreads.get(key, {}).get("p50_seconds")),
                rounded(spreads.get(key, {}).get("p95_seconds")),
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


def cost_by_organization(costs: Spans, names: Mapping[str, str]) -> Table:
    ranked = [entry for entry in costs.ranked("organization_id", _money) if entry[1]]
    title = "Cost by organization"
    if len(ranked) > LARGEST:
        title += f", the {LARGEST} largest of {len(ranked)}"
    table = _cost_table("cost_by_organization", title, "Organization", ranked[:LARGEST])
    return replace(
        table,
        columns=(*table.columns, Column("organization_name", "Name", "text")),
        rows=[(*row, names.get(str(row[0]))) for row in table.rows],
    )


def cost_by_model(analyses: Spans, models: Mapping[str, Row]) -> Table:
    ranked = [
        (" ".join(_model(models, key)).strip(), now, before)
        for key, now, before in analyses.ranked("ai_model_key", _money)
    ]
    return _cost_table("cost_by_model", "Cost by model and version", "Model", ranked)


def violations_table(violations: Spans) -> Table:
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


def rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 6)
