"""Render the report as text for a terminal or a pipe."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from orchestration.core.tables import FittedTable
from orchestration.report.figures import Figure, Number, Report, Section, Table
from orchestration.report.text import (
    NOTHING,
    TITLE,
    change_shown,
    percent_shown,
    scope_shown,
    shown,
    span_shown,
    sparkline,
)

WIDTH = 100
COLOURS = {"good": "green", "bad": "red", None: ""}


def render_table(report: Report, *, width: int = WIDTH, colour: bool = False) -> str:
    """Return the whole report as text, `width` characters wide."""
    # Names are Text objects: in a plain string, rich would take brackets for markup.
    page = io.StringIO()
    console = Console(
        file=page, width=width, force_terminal=colour, no_color=not colour, highlight=False
    )
    console.print(Text(f"{TITLE}: {scope_shown(report)}", style="bold"))
    console.print(Text(f"Period   {span_shown(report.period)}"))
    console.print(Text(f"Before   {span_shown(report.period.before)}"))
    for note in report.notes:
        console.print(Text(f"Note     {note}"))
    console.print()
    console.print(_figures(report.figures, width >= WIDTH))
    console.print(_heading("By day"))
    console.print(_course(report.days, "First to last day", width))
    for section in report.sections:
        _section(console, section)
    return page.getvalue()


def _section(console: Console, section: Section) -> None:
    console.print(_heading(section.title))
    console.print(_figures(section.figures, console.width >= WIDTH))
    for table in (table.readable for table in section.tables):
        console.print()
        console.print(Text(table.title, style="bold"))
        if not table.rows:
            console.print(Text("none"))
        elif table.columns[0].kind == "hour":
            console.print(_course(table, "From 00:00 to 23:00", console.width))
        else:
            console.print(_rows(table))
    for note in section.notes:
        console.print(Text(note, style="dim"))


def _heading(title: str) -> Text:
    return Text(f"\n{title.upper()}", style="bold")


def _grid() -> RichTable:
    return RichTable(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="dim",
    )


def _figures(figures: tuple[Figure, ...], is_roomy: bool) -> FittedTable:
    table = _grid()
    table.add_column("", min_width=34 if is_roomy else None)
    for heading in ("Value", "Before", "Change", ""):
        table.add_column(heading, justify="right", no_wrap=True, min_width=13 if is_roomy else None)
    for figure in figures:
        colour = COLOURS[figure.news]
        unit = figure.measure.unit
        table.add_row(
            Text(figure.measure.label),
            Text(shown(figure.value, unit), style="bold"),
            Text(shown(figure.before, unit)),
            Text(change_shown(figure), style=colour),
            Text(percent_shown(figure), style=colour),
        )
    return FittedTable(table)


def _course(table: Table, heading: str, width: int) -> FittedTable:
    """Return a line for each column: a sparkline over the rows, which are points in time."""
    grid = _grid()
    grid.add_column("")
    grid.add_column(heading, no_wrap=True)
    for label in ("Lowest", "Mean", "Highest"):
        grid.add_column(label, justify="right", no_wrap=True)
    for column in table.columns[1:]:
        values = [c for c in table.column(column.name) if isinstance(c, Number)]
        if not values:
            continue
        mean = float(sum(values)) / len(values)
        grid.add_row(
            Text(column.label),
            Text(sparkline([float(v) for v in values], max(10, min(50, width - 50)))),
            shown(min(values), column.kind),
            shown(mean, "ratio" if column.kind == "count" else column.kind),
            shown(max(values), column.kind),
        )
    return FittedTable(grid)


def _rows(table: Table) -> FittedTable:
    grid = _grid()
    for column in table.columns:
        is_text = column.kind == "text"
        grid.add_column(
            column.label,
            justify="left" if is_text else "right",
            no_wrap=not is_text,
            overflow="fold",
        )
    for row in table.rows:
        cells = [shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
        grid.add_row(*(Text(cell or NOTHING) for cell in cells))
    return FittedTable(grid)
