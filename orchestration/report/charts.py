"""Charts of the HTML report as inline SVG, without scripts, coloured by the page's style sheet."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from typing import Any

import altair as alt
import vl_convert

from orchestration.report.figures import Cell, Kind, Report, Table

# In pixels: small enough for a phone at 100 %. Wider screens scale the chart up a little.
WIDTH, HEIGHT = 400, 170
# CSS variables of the page: an inline SVG follows them in the light and in the dark theme.
NOW, BEFORE, RULE, INK = "var(--now)", "var(--before)", "var(--rule)", "currentColor"


def days_chart(report: Report, name: str) -> str:
    """Draw a measure by day: the period as an area, the previous one as a dashed line."""
    [column] = [c for c in report.days.columns if c.name == name]
    days = zip(
        report.days.column("date"),
        report.days.column(name),
        report.days_before.column(name),
        strict=True,
    )
    values = [
        {"day": str(day), "value": _float(now), "before": _float(before)}
        for day, now, before in days
    ]
    x = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format=_date_format(report), tickCount=5, labelFlush=True, grid=False),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(zero=True, nice=True),
        axis=_amounts("$,~s" if column.kind == "usd" else ",~s", column.kind),
    )
    layers = [
        alt.Chart().mark_area(color=NOW, opacity=0.18).encode(x=x, y=y),
        alt.Chart()
        .mark_line(color=BEFORE, strokeWidth=1.5, strokeDash=[4, 3])
        .encode(x=x, y="before:Q"),
        # A line through a single day would be invisible without its point.
        alt.Chart().mark_line(color=NOW, strokeWidth=2, point=len(values) == 1).encode(x=x, y=y),
    ]
    return _svg(layers, values, f"{column.label} by day")


def hours_chart(table: Table) -> str:
    """Draw a bar for each hour of the day, with a tick for that hour in the previous period."""
    values = [
        {"hour": f"{hour:02d}", "value": _float(value), "before": _float(before)}
        for hour, value, before in zip(
            range(24), table.column(table.value), table.column("before"), strict=True
        )
    ]
    x = alt.X(
        "hour:O",
        title=None,
        axis=alt.Axis(labelAngle=0, values=["00", "06", "12", "18", "23"], grid=False),
    )
    y = alt.Y("value:Q", title=None, axis=_amounts(",~s", "count"))
    layers = [
        alt.Chart().mark_bar(color=NOW).encode(x=x, y=y),
        alt.Chart().mark_tick(color=BEFORE, thickness=2).encode(x=x, y="before:Q"),
    ]
    return _svg(layers, values, table.title)


def _svg(layers: list[alt.Chart], values: list[dict[str, Any]], title: str) -> str:
    """Render the layers as an SVG that fills its container and has a name for screen readers."""
    drawn = (
        alt.layer(*layers, data=alt.InlineData(values=values))
        .properties(
            width=WIDTH,
            height=HEIGHT,
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
            background="transparent",
            padding=2,
        )
        .configure(font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            labelFontSize=11,
            labelOpacity=0.8,
            domainColor=RULE,
            tickColor=RULE,
            gridColor=RULE,
        )
    )
    svg: str = vl_convert.vegalite_to_svg(drawn.to_dict(validate=False))
    # Replace the fixed width and height by a view box, so that the chart scales.
    opening = (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">'
    )
    return re.sub(r"^<svg [^>]*>", opening, svg, count=1)


def _amounts(form: str, kind: Kind) -> alt.Axis:
    """Return an axis with few round ticks; for counts, whole numbers only."""
    return alt.Axis(
        tickCount=4,
        tickMinStep=1 if kind == "count" else alt.Undefined,
        labelExpr=f"datum.value == 0 ? '0' : format(datum.value, '{form}')",
    )


def _float(value: Cell) -> float | None:
    return None if value is None or isinstance(value, (str, date)) else float(value)


def _date_format(report: Report) -> str:
    return "%Y-%m" if report.period.days > 180 else "%m-%d"
