"""`granary report`."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from orchestration.core.terminal import out, read_settings

reports = typer.Typer(
    help="Write reports over the published marts.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(reports, name="report")


class ReportFormat(StrEnum):
    """The formats a report can be written in."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


@reports.command()
def executive(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Length of the period, in days.")] = 30,
    organization: Annotated[
        UUID | None, typer.Option(help="Only this organization; by default all of them.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Last day of the period, UTC; by default the last day with data, but no day after "
            "the last delivery.",
        ),
    ] = None,
    form: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format",
            help="Text, JSON, or one HTML file; by default by the suffix of --out, else text.",
        ),
    ] = None,
    out_path: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Write to this file. By default HTML goes to <home>/reports/executive-<first "
            "day>-<last day>.html, the others to standard output.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the executive report for a period.

    Covers documents, people, AI, cost and quality. Every figure is shown with its value in the
    period of equal length directly before, and the change. Reads only the published marts and
    needs no network.

    Example:

    \b
      granary report executive --days 30 --format html
    """
    from orchestration.report.command import Output, run

    request = Output(
        form.value if form else None, out_path, force, out.width if out.is_terminal else None
    )
    printed = run(
        read_settings(),
        request,
        days=days,
        organization_id=organization,
        as_of=as_of.date() if as_of else None,
    )
    # The terminal's encoding may lack the bars and arrows: print "?" rather than fail.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    print(printed, end="")
