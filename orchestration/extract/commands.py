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
        str, typer.Argument(help="Source to read; its database URL is in GRANARY_<SOURCE>_URL.")
    ],
    full: Annotated[
        bool, typer.Option("--full", help="Read and land everything again, not only what is new.")
    ] = False,
    overlap: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="MINUTES",
            help="Start so many minutes before the last watermark, to catch rows committed late. "
            "Rows already landed are left out. Default 15.",
        ),
    ] = None,
    allow_mass_deletion: Annotated[
        bool,
        typer.Option(
            "--allow-mass-deletion", help="Write tombstones even if most of a table is gone."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Extract what is new in an application's database.

    New and changed rows are written into the landing zone as Parquet files. After an interruption
    run it again: no row is skipped or landed twice. Rows deleted at the source become tombstones,
    and schema drift is reported. The database is only read. Then run granary ingest.

    Example:

    \b
      GRANARY_PRISM_URL=postgresql://reader@db/prism granary extract prism

    Exit codes: 0 everything landed, 3 nothing could be read, 5 some tables failed.
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
