"""Render the report as one self-contained HTML file: no network request and no script."""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from pathlib import Path

from orchestration.report.bars import bars
from orchestration.report.errors import PackagesMissing
from orchestration.report.figures import Figure, Report, Section, Table
from orchestration.report.text import (
    NOTHING,
    TITLE,
    change_shown,
    percent_shown,
    scope_shown,
    shown,
    span_shown,
)

STYLE = Path(__file__).with_name("style.css")
PACKAGES = ("altair", "great_tables", "vl_convert")
# Content-Security-Policy: the browser itself blocks scripts and every request.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# The daily chart that opens each section, by section name.
BY_DAY = {
    "engagement": "active_users",
    "documents": "documents",
    "ai": "analyses",
    "cost": "cost_usd",
}
# Tables shown in full, with bars beside them.
DRAWN = {"cost_by_organization", "cost_by_model"}
# Tables shown as bars, with the table itself folded away.
BARS = {
    "users_by_type",
    "users_by_role",
    "users_by_tier",
    "feedback_by_action",
    "documents_by_type",
    "documents_by_size",
    "documents_by_complexity",
    "documents_by_language",
    "documents_by_status",
    "analyses_by_risk",
    "analyses_by_satisfaction",
    "analyses_by_quality_rating",
}


def check_packages() -> None:
    """Check that the packages of the HTML report are installed.

    Raises:
        PackagesMissing: at least one is not.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise PackagesMissing(
            f"the HTML report needs {', '.join(missing)}: install them with `make report` (or `uv "
            f"sync --inexact --group report`); --format table and --format json do without"
        )


def render_html(report: Report) -> str:
    """Return the whole report as an HTML page.

    Raises:
        PackagesMissing: packages for charts and tables are not installed.
    """
    check_packages()
    from orchestration.report.grid import table_style

    facts = [
        ("Period", span_shown(report.period)),
        ("Compared with", span_shown(report.period.before)),
        ("Organization", scope_shown(report).removeprefix("organization ")),
        ("Published", f"{report.published_at:%Y-%m-%d %H:%M} UTC"),
        ("Generated", f"{report.generated_at:%Y-%m-%d %H:%M} UTC"),
    ]
    listed = "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in facts)
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in report.notes)
    body = "".join(_section(report, section) for section in report.sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{TITLE}, {report.period.first_day} to {report.period.last_day}</title>
<style>
{table_style()}
{STYLE.read_text("utf-8")}</style>
</head>
<body>
<header>
<h1>{TITLE}</h1>
<dl class="facts">{listed}</dl>
{notes}
</header>
<main>
<section id="summary">
<h2>Summary</h2>
{_cards(report.figures, "cards")}
<p class="legend"><span class="now"></span> the period <span class="before"></span> the period
before</p>
</section>
{body}
{_days(report)}
{_definitions(report)}
</main>
</body>
</html>
"""


def _section(report: Report, section: Section) -> str:
    from orchestration.report.charts import days_chart, hours_chart
    from orchestration.report.grid import grid

    charts, grids = [], []
    if section.name in BY_DAY:
        name = BY_DAY[section.name]
        [label] = [c.label for c in report.days.columns if c.name == name]
        charts.append(_figure(f"{label} by day", days_chart(report, name)))
    for table in (table.readable for table in section.tables):
        if not table.rows:
            grids.append(_figure(table.title, "<p>none</p>"))
        elif table.name == "activity_by_hour":
            charts.append(_figure(table.title, hours_chart(table)))
        elif table.name in BARS:
            charts.append(_figure(table.title, bars(table) + _fold(table)))
        else:
            if table.name in DRAWN:
                charts.append(_figure(table.title, bars(table)))
            if table.name == "models":
                charts += [_figure(t.title, bars(t)) for t in _model_charts(table)]
            grids.append(_figure(table.title, grid(table)))
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in section.notes)
    return f"""<section id="{section.name}">
<h2>{escape(section.title)}</h2>
{_cards(section.figures, "cards small")}
<div class="charts">{"".join(charts)}</div>
<div class="grids">{"".join(grids)}</div>
{notes}
</section>
"""


def _model_charts(models: Table) -> list[Table]:
    """Return two measures that tell models apart, each as a table of label and value."""
    columns = {column.name: column for column in models.columns}
    labels = [
        " ".join(str(part) for part in parts if part)
        for parts in zip(models.column("model"), models.column("version"), strict=True)
    ]
    return [
        Table(
            name,
            title,
            (columns["model"], columns[name]),
            list(zip(labels, models.column(name), strict=True)),
            name,
        )
        for name, title in (
            ("p95_seconds", "95th percentile of analysis time by model"),
            ("avg_confidence", "Mean confidence by model"),
        )
    ]


def _figure(title: str, content: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{content}</figure>"


def _fold(table: Table) -> str:
    from orchestration.report.grid import grid

    return f"<details><summary>Figures</summary>{grid(table)}</details>"


def _cards(figures: tuple[Figure, ...], style: str) -> str:
    return f'<div class="{style}">{"".join(_card(figure) for figure in figures)}</div>'


def _card(figure: Figure) -> str:
    unit = figure.measure.unit
    percent = percent_shown(figure)
    change = change_shown(figure) + (f" ({percent})" if percent != NOTHING else "")
    # Keep a number and its unit on one line.
    change = change.replace(" %", "\N{NO-BREAK SPACE}%")
    return (
        f'<div class="card" title="{escape(figure.measure.definition)}">'
        f'<div class="label">{escape(figure.measure.label)}</div>'
        f'<div class="value">{escape(shown(figure.value, unit))}</div>'
        f'<div class="change {figure.news or "neutral"}">{escape(change)}</div>'
        f'<div class="was">before: {escape(shown(figure.before, unit))}</div></div>'
    )


def _days(report: Report) -> str:
    from orchestration.report.grid import grid

    return f"""<section id="days">
<h2>By day</h2>
<details><summary>Every day of the period</summary>{grid(report.days)}</details>
</section>
"""


def _definitions(report: Report) -> str:
    listed = "".join(
        f"<dt>{escape(f.measure.label)}</dt><dd>{escape(f.measure.definition)}</dd>"
        for f in report.all_figures()
    )
    return f"""<section id="definitions">
<h2>Definitions</h2>
<p>Days are UTC days. Changes compare the period with the one before: as many days, directly before
the first. A change for the better is green, a change for the worse red; a change that is neither
has no colour.</p>
<dl class="definitions">{listed}</dl>
</section>"""
