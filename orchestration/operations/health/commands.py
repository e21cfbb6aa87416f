"""`granary health`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.core.tables import FittedTable
from orchestration.core.terminal import Json, out, print_json, read_settings, table_of

if TYPE_CHECKING:
    from orchestration.operations.health.score import Health

CHECK_FAILED = 1


class FailOn(StrEnum):
    """The least bad status at which the command fails."""

    WARN = "warn"
    ERROR = "error"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(health)


def health(
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with 1 if any part is at least this bad."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Assess the warehouse's health.

    Shows a score in percent, its parts, and what to do about each. Parts and thresholds are in
    seeds/operations/health_parts.csv. Assessments are recorded in governance.health_assessments,
    the last of each day in governance.health_daily. While the warehouse is being written to, the
    last assessment is shown.

    Example, for a monitoring system:

    \b
      granary health --fail-on error --json
    """
    from orchestration.operations.health.score import assess, last_assessed

    settings = read_settings()
    found = last_assessed(settings) or assess(settings)
    if as_json:
        print_json(found)
    else:
        show(found)
    bad = {None: (), FailOn.WARN: ("warn", "error"), FailOn.ERROR: ("error",)}[fail_on]
    if found.status in bad:
        raise typer.Exit(CHECK_FAILED)


def show(found: Health) -> None:
    """Print the score, its parts with the worst first, and the worst streams."""
    out.print(_parts_table(found))
    if found.worst_streams:
        out.print(_streams_table(found))
    if found.writing:
        out.print(
            f"as of {found.assessed_at:%Y-%m-%d %H:%M:%S} UTC: {found.writing} is writing to the "
            "warehouse",
            soft_wrap=True, markup=False, highlight=False,
        )  # fmt: skip


def _streams_table(found: Health) -> FittedTable:
    return table_of(
        ["stream", "scores", "in", "what to do"],
        [
            (worst.stream, f"{worst.score_percent:.1f} %", worst.dimension, worst.advice)
            for worst in found.worst_streams
        ],
        "Streams whose quality is lowest",
    )


def _parts_table(found: Health) -> FittedTable:
    return table_of(
        ["part", "status", "found", "what to do"],
        [(part.part, part.status, part.finding, part.advice) for part in found.parts],
        f"Health: {found.score_percent} %",
    )
