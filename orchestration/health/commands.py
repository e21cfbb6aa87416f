"""`granary health`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from orchestration.terminal import Json, out, print_json, read_settings, table_of

CHECK_FAILED = 1


class FailOn(StrEnum):
    """From which status on the command fails."""

    WARN = "warn"
    ERROR = "error"


def health(
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with 1 where a part is at least that bad."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say how well the warehouse is: a score in percent, its parts, and what to do about each.

    Parts and thresholds stand in seeds/operations/health_parts.csv; each assessment is kept in
    governance.health_assessments, the last of each day in governance.health_daily.
    """
    from orchestration.health.score import assess

    found = assess(read_settings())
    if as_json:
        print_json(found)
    else:
        rows = [
            (part.part, part.status, f"{part.score_percent:.0f} %", part.finding, part.advice)
            for part in found.parts
        ]
        out.print(table_of(["part", "status", "score", "found", "what to do"], rows))
        out.print(f"health: {found.score_percent} %")
    bad = {None: (), FailOn.WARN: ("warn", "error"), FailOn.ERROR: ("error",)}[fail_on]
    if found.status in bad:
        raise typer.Exit(CHECK_FAILED)
