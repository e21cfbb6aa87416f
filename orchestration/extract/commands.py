"""`granary extract`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from orchestration.core.errors import SourceError
from orchestration.core.terminal import PARTLY_DONE, Json, err, progress_of, read_settings, show
from orchestration.sources.found import databases


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(extract)


def extract(
    source: Annotated[
        str, typer.Argument(help="Whose database to read; GRANARY_<SOURCE>_URL is its address.")
    ],
    full: Annotated[
        bool, typer.Option("--full", help="Read and land everything again, not just what is new.")
    ] = False,
    overlap: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="MINUTES",
            help="Read again what was written so long before the end of the last extraction, for "
            "rows committed late; what is landed is left out. Default 15.",
        ),
    ] = None,
    allow_mass_deletion: Annotated[
        bool,
        typer.Option(
            "--allow-mass-deletion", help="Note rows as deleted even if most of a table is gone."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Land what is new in an application's database, as Parquet files for granary ingest.

    Nothing is skipped and nothing landed twice, whatever interrupts it: run it again. Rows deleted
    for good become tombstones, and columns or tables that differ from their contract are noted.
    The database is only read.
    """
    if source not in databases():
        choices = ", ".join(databases())
        raise typer.BadParameter(
            f"no database {source!r}; choose from: {choices}", param_hint="source"
        )
    from orchestration.extract.run import extract as run

    with progress_of("reading rows") as progress:
        report = run(
            read_settings(),
            source,
            full=full,
            overlap=None if overlap is None else timedelta(minutes=overlap),
            allow_mass_deletion=allow_mass_deletion,
            progress=progress,
        )
    lines = [table.summary for table in report.tables if table.failure is None]
    lines += [f"drift: {difference.summary}" for difference in report.drift]
    lines += [f"still: {old.summary}" for old in report.broken if old not in report.drift]
    show(report, as_json, "\n".join(lines))
    for table in report.failures:
        err.print(f"not extracted: {table.table}: {table.failure}", soft_wrap=True, markup=False)
    if len(report.failures) == len(report.tables):
        raise typer.Exit(SourceError.exit_code)
    if report.failures:
        raise typer.Exit(PARTLY_DONE)
