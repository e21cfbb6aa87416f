"""Format numbers and names for people, the same way in text and HTML."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

from orchestration.core.period import Period
from orchestration.core.rounding import places
from orchestration.report.figures import Cell, Figure, Kind, Number, Report

# Decimals and suffix of each kind.
FORMATS: dict[Kind, tuple[int, str]] = {
    "percent": (1, " %"),
    "seconds": (2, " s"),
    "minutes": (1, " min"),
    "score": (2, ""),
    "ratio": (2, ""),
}
NOTHING = "–"
TITLE = "Executive report"


def shown(value: Cell, kind: Kind) -> str:
    """Return a value with its unit, or a dash if nothing was measured."""
    if value is None:
        return NOTHING
    if isinstance(value, (str, date)):
        return printable(str(value))
    if kind == "change":
        return _arrow(float(value)) + _percent(abs(float(value)))
    return _number(value, kind)


def change_shown(figure: Figure) -> str:
    """Return the absolute change with an arrow."""
    change = figure.change
    if change is None:
        return NOTHING
    if figure.measure.unit == "percent":
        # The difference of two percentages is in percentage points.
        return f"{_arrow(change)}{abs(float(change)):.1f} points"
    return _arrow(change) + _number(max(change, -change), figure.measure.unit)


def percent_shown(figure: Figure) -> str:
    """Return the change in percent, with its sign."""
    percent = figure.change_percent
    if percent is None:
        return NOTHING
    return f"{'-' if percent < 0 else '+'}{_percent(abs(percent))}"


def span_shown(period: Period) -> str:
    """Return the first day, the last day and the number of days."""
    days = "1 day" if period.days == 1 else f"{period.days:,} days"
    return f"{period.first_day} to {period.last_day} ({days}, UTC)"


def scope_shown(report: Report) -> str:
    """Return which organization the report covers, with its name if it may be named."""
    if report.organization_id is None:
        return "all organizations"
    name = report.organization_name
    named = f"{printable(name)} ({report.organization_id})" if name else report.organization_id
    return f"organization {named}"


def printable(text: str) -> str:
    """Replace unprintable characters: text of an application could control the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def sparkline(values: list[float], width: int = 60) -> str:
    """Draw values as bars of eight heights above zero, averaging neighbours to fit `width`."""
    bars = "▁▂▃▄▅▆▇█"
    step = math.ceil(len(values) / width)
    means = [
        sum(values[n : n + step]) / len(values[n : n + step]) for n in range(0, len(values), step)
    ]
    top = max(means, default=0)
    return "".join(bars[round(7 * mean / top)] if top else bars[0] for mean in means)


def _arrow(change: Number) -> str:
    return "▲ " if change > 0 else "▼ " if change < 0 else "= "


def _percent(value: float) -> str:
    return f"{value:,.1f} %"


def _number(value: Number, kind: Kind) -> str:
    if kind == "hour":
        return f"{int(value):02d}:00"
    if kind == "usd":
        # One analysis may cost a fraction of a cent; in millions, cents are noise.
        least = 0 if value >= 1_000_000 else 2 if value >= 10 or value == 0 else 4
        return f"${Decimal(str(value)):,.{places(value, least)}f}"
    decimals, unit = FORMATS.get(kind, (0, ""))
    return f"{float(value):,.{decimals}f}{unit}" if decimals else f"{value:,}"
