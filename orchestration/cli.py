"""The `granary` command."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from orchestration.alerts.commands import alert
from orchestration.backup import commands as backup_commands
from orchestration.errors import GranaryError, SourceError, WarehouseError
from orchestration.export import commands as exports
from orchestration.health.commands import health
from orchestration.lifecycle.commands import app as lifecycle
from orchestration.maintenance.commands import maintain
from orchestration.settings import Settings
from orchestration.terminal import (
    Json,
    err,
    out,
    print_json,
    progress_of,
    read_settings,
    show,
    table_of,
)

if TYPE_CHECKING:
    from orchestration.sample import PrismOptions

PARTLY_DONE = 5

app = typer.Typer(
    help="The analytics warehouse for AI applications.",
    epilog="State lives in GRANARY_HOME (default .granary); the engine is GRANARY_TARGET: duckdb, "
    "or postgres (reached by PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE). Exit codes: 0 done, "
    "1 a check failed, 2 wrong usage, 3 connection or configuration, 5 partly done.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
reports = typer.Typer(
    help="Reports over the published marts.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(reports, name="report")
backup_commands.register(app)
app.add_typer(lifecycle, name="lifecycle")
app.command()(health)
app.command()(alert)
app.command()(maintain)


class Source(StrEnum):
    """A source the sample can be of."""

    ASSISTANT = "assistant"
    PRISM = "prism"


class Into(StrEnum):
    """Where a sample can go."""

    LANDING = "landing"
    POSTGRES = "postgres"


class ReportFormat(StrEnum):
    """What a report is written as."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


@app.command()
def sample(
    days: Annotated[int, typer.Option(min=1, help="Days of data.")] = 30,
    rows_per_day: Annotated[
        int, typer.Option(min=1, help="The assistant's interactions a day, on average.")
    ] = 1000,
    analyses_per_day: Annotated[
        int, typer.Option(min=1, help="Prism's analyses a day, on average.")
    ] = 300,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC.")
    ] = datetime(2026, 1, 1),
    source: Annotated[
        list[Source] | None, typer.Option(help="Only this source; repeat it for several.")
    ] = None,
    into: Annotated[
        Into,
        typer.Option(
            help="Files in the landing zone, or the tables of prism's own database, which "
            "GRANARY_PRISM_URL names."
        ),
    ] = Into.LANDING,
    overwrite: Annotated[
        bool, typer.Option(help="Write over a sample that is there already.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write sample data as the applications would land it, faults included.

    What was planted is recorded in <home>/truth. A pseudonymisation key is made where none is set.
    """
    from orchestration.sample import PrismOptions, SampleError, SampleOptions, write_samples

    settings = read_settings()
    chosen = set(source or ([Source.PRISM] if into is Into.POSTGRES else Source))
    if into is Into.POSTGRES and Source.ASSISTANT in chosen:
        raise typer.BadParameter("the assistant has no database: --into postgres is for prism")
    common: dict[str, Any] = {
        "days": days, "seed": seed, "start": start.date(), "overwrite": overwrite,
    }  # fmt: skip
    try:
        assistant = SampleOptions(rows_per_day=rows_per_day, **common)
        prism = PrismOptions(analyses_per_day=analyses_per_day, **common)
    except SampleError as error:
        raise typer.BadParameter(str(error)) from None
    if into is Into.POSTGRES:
        _fill(settings, prism, as_json)
        return
    settings.create_key()
    with progress_of("writing days") as progress:
        result = write_samples(
            settings.landing,
            settings.truth,
            assistant if Source.ASSISTANT in chosen else None,
            prism if Source.PRISM in chosen else None,
            progress,
        )
    show(result, as_json, f"sample of {days} days in {settings.landing}")


def _fill(settings: Settings, options: PrismOptions, as_json: bool) -> None:
    from orchestration.extract.database import open_session
    from orchestration.extract.sources import source_named
    from orchestration.sample import fill_database

    prism = source_named("prism")
    with open_session(settings, prism) as connection, progress_of("drawing days") as progress:
        result = fill_database(connection, options, progress=progress)
    summary = (
        f"{sum(result.rows.values()):,} rows in {len(result.rows)} tables of the database, "
        f"{sum(result.left_out.values()):,} left out"
    )
    show(result, as_json, summary)


@app.command()
def extract(
    source: Annotated[
        str, typer.Argument(help="Whose database to read: prism (GRANARY_PRISM_URL).")
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
    from orchestration.extract.sources import SOURCES

    if source not in SOURCES:
        choices = ", ".join(sorted(SOURCES))
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


@app.command()
def ingest(as_json: Json = False) -> None:
    """Load every landed file that is new: exactly once, rejects kept with file, line and reason."""
    from orchestration.ingest.loader import ingest as run

    with progress_of("loading bytes") as progress:
        report = run(read_settings(), progress)
    summary = (
        f"{report.files} files, {report.lines:,} lines = {report.rows:,} rows "
        f"+ {report.rejects:,} rejects"
    )
    show(report, as_json, summary)
    for failure in report.failures:
        err.print(f"not loaded: {failure.path}: {failure.reason}", soft_wrap=True, markup=False)
    if report.failures:
        raise typer.Exit(PARTLY_DONE)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def build(context: typer.Context, as_json: Json = False) -> None:
    """Run `dbt build`; further arguments go to dbt, e.g. --select fct_assistant_interactions."""
    from orchestration.dbt.run import build as run

    report = run(read_settings(), context.args)
    show(
        report,
        as_json,
        f"{report.models} models and seeds built, {report.tests} tests passed, "
        f"{report.warnings} warned, in {report.seconds:.1f} s",
    )


@app.command()
def publish(as_json: Json = False) -> None:
    """Give readers the new version of the marts, if the last build passed."""
    from orchestration.serving.publish import publish as run

    publication = run(read_settings())
    show(
        publication,
        as_json,
        f"{publication.relations} marts, {publication.rows:,} rows published to "
        f"{publication.location}",
    )


@app.command()
def metrics(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Metrics; none lists all, with --json their dimensions too."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Dimension, e.g. organization or metric_time__day; may be repeated."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Condition, e.g. \"{{ Dimension('analysis__risk_level') }} = 'High'\"."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, UTC.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Answer metrics from the published marts, for any period and by any of their dimensions."""
    from orchestration.serving.metrics import MetricQuery, Metrics, answer

    settings = read_settings()
    if not names:
        known = Metrics(settings.target_path, settings.target).all()
        if as_json:
            print_json([asdict(metric) for metric in known])
        else:
            out.print(table_of(["metric", "what it is"], [(m.name, m.description) for m in known]))
        return
    found = answer(settings, MetricQuery(names, by or (), where or (), since, until))
    if as_json:
        print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    else:
        out.print(table_of(found.columns, found.rows))


@app.command()
def status(as_json: Json = False) -> None:
    """Show streams with their totals, files that could not be loaded, the last publication."""
    from orchestration.serving.status import read_status

    state = read_status(read_settings())
    if as_json:
        print_json(state.as_dict())
        return
    table = Table("source", "stream")
    for name in ("files", "lines", "rows", "rejects"):
        table.add_column(name, justify="right")
    for s in state.streams:
        counts = (f"{n:,}" for n in (s.files, s.lines, s.rows, s.rejects))
        table.add_row(s.source, s.stream, *counts)
    out.print(table if state.streams else "nothing is loaded yet: run granary ingest")
    for failed in state.failed_files:
        out.print(f"failed: {failed['path']}: {failed['reason']}", soft_wrap=True, markup=False)
    out.print(f"published: {state.published_at or 'never'}")


@reports.command()
def executive(
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days of the period, and of the one before.")
    ] = 30,
    organization: Annotated[
        UUID | None, typer.Option(help="Only this organization; by default all.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Last day of the period, UTC; by default the last day that has data.",
        ),
    ] = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="A text, JSON, or one HTML file.")
    ] = ReportFormat.TABLE,
    out_path: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Write to this file. HTML goes to <home>/reports/executive-<as-of>.html unless "
            "told otherwise, the others to standard output.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Documents, people, AI, cost and quality of a period, against the period before.

    Reads what was published last and nothing else; needs no network. Every figure is shown with its
    value in the period before, as many days directly before, and the change.
    """
    from orchestration.report.command import Output, run

    request = Output(form.value, out_path, force, out.width if out.is_terminal else None)
    printed = run(
        read_settings(),
        request,
        days=days,
        organization_id=organization,
        as_of=as_of.date() if as_of else None,
    )
    # Bars and arrows may be unknown to the terminal's encoding.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    print(printed, end="")


exports.register(app)


def main() -> None:
    """Entry point: expected failures become one line and an exit code."""
    try:
        app()
    except GranaryError as error:
        err.print(f"granary: {error}", soft_wrap=True, markup=False, highlight=False)
        sys.exit(error.exit_code)
    except Exception as error:
        import duckdb
        import psycopg

        if not isinstance(error, (duckdb.Error, psycopg.Error)):
            raise
        # The engine's own message may quote values.
        name = type(error).__name__
        err.print(f"granary: the warehouse failed ({name}): disk full, or not reachable?")
        sys.exit(WarehouseError.exit_code)
