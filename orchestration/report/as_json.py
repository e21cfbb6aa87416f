"""Render the report as JSON with a stable shape.

    report, shape_version, time_zone, generated_at, published_at
    organization_id, organization_name
    period, period_before        first_day, last_day (inclusive), days
    figures.<name>               value, before, change, change_percent, unit, better
    days[], days_before[]        date, documents, active_users, analyses, feedback, cost_usd
    sections.<name>.figures      as above
    sections.<name>.tables.<t>[] one object per row, keyed by column name
    definitions.<name>           what a figure means
    notes[]                      what the reader should know about the data

Adding a name keeps `shape_version`; any other change raises it. Days are ISO 8601 dates, times are
ISO 8601 in UTC, money is in US dollars, and `change_percent` and shares are in percent. A value
that was not measured is null.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestration.core.period import Period
from orchestration.report.figures import Figure, Report, Table

SHAPE_VERSION = 1


def render_json(report: Report) -> str:
    """Return the report as JSON text that ends in a newline."""
    data = {
        "report": "executive",
        "shape_version": SHAPE_VERSION,
        "time_zone": "UTC",
        "generated_at": _time(report.generated_at),
        "published_at": _time(report.published_at),
        "organization_id": str(report.organization_id) if report.organization_id else None,
        "organization_name": report.organization_name,
        "period": _period(report.period),
        "period_before": _period(report.period.before),
        "figures": _figures(report.figures),
        "days": _rows(report.days),
        "days_before": _rows(report.days_before),
        "sections": {
            section.name: {
                "title": section.title,
                "figures": _figures(section.figures),
                "tables": {table.name: _rows(table) for table in section.tables},
                "notes": list(section.notes),
            }
            for section in report.sections
        },
        "definitions": {f.measure.name: f.measure.definition for f in report.all_figures()},
        "notes": list(report.notes),
    }
    # allow_nan=False: Python would write NaN, which is not JSON.
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2, default=_plain) + "\n"


def _period(period: Period) -> dict[str, Any]:
    return {"first_day": period.first_day, "last_day": period.last_day, "days": period.days}


def _figures(figures: tuple[Figure, ...]) -> dict[str, dict[str, Any]]:
    return {
        figure.measure.name: {
            "value": figure.value,
            "before": figure.before,
            "change": figure.change,
            "change_percent": figure.change_percent,
            "unit": figure.measure.unit,
            "better": figure.measure.better,
        }
        for figure in figures
    }


def _rows(table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        # JSON readers take numbers as doubles anyway: 15 significant digits survive.
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
