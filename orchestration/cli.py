"""The command line, `granary`.

Commands import what they need when they run, so that `--help` and `status` stay fast.
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

import orchestration.backup.commands
import orchestration.export.commands
import orchestration.extract.commands
import orchestration.lifecycle.commands
import orchestration.operations.alerts.commands
import orchestration.operations.health.commands
import orchestration.operations.maintenance.commands
import orchestration.plan.commands
import orchestration.report.commands
import orchestration.scaffold.commands
import orchestration.serving.commands
from orchestration.core import stopping
from orchestration.core.errors import (
    ConfigurationError,
    GranaryError,
    WarehouseError,
    is_full,
    of_engine,
)
from orchestration.core.home import keep_private
from orchestration.core.settings import Settings
from orchestration.core.terminal import (
    PARTLY_DONE,
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
    from orchestration.sample import Options

app = typer.Typer(
    help="The analytics warehouse for AI applications.",
    epilog="The usual order is sample or extract, ingest, build, publish. State is kept in "
    "GRANARY_HOME (default .granary). GRANARY_TARGET names the engine: duckdb, or postgres, which "
    "is reached through PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE. Exit codes: 0 done, 1 a "
    "check failed, 2 wrong usage, 3 configuration or connection, 5 partly done.",
    no_args_is_help=True,
    add_completion=False,
    # A pretty traceback shows local variables, which may hold personal data.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        print(f"granary {importlib.metadata.version('granary')}")
        raise typer.Exit


@app.callback()
def _granary(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """The analytics warehouse for AI applications."""


class Into(StrEnum):
    """Where a sample is written."""

    LANDING = "landing"
    POSTGRES = "postgres"


@app.command()
def sample(
    days: Annotated[int, typer.Option(min=1, help="Days of data.")] = 60,
    per_day: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE=NUMBER",
            help="Records per day of what a source has most of, on average; repeat it for several.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="First day, UTC; by default the sample ends yesterday."
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Only this source; repeat it for several."),
    ] = None,
    into: Annotated[
        Into,
        typer.Option(
            help="Write files into the landing zone, or rows into the source's own database, whose "
            "URL is in GRANARY_<SOURCE>_URL."
        ),
    ] = Into.LANDING,
    overwrite: Annotated[bool, typer.Option(help="Replace an existing sample.")] = False,
    as_json: Json = False,
) -> None:
    """Write sample data as the applications would.

    The data contains deliberate faults. What was planted is recorded in <home>/truth. If there is
    no pseudonymisation key, one is generated.

    Example:

    \b
      granary sample --days 30 --per-day assistant=100
    """
    from orchestration.sample import SampleError, first_day_of, write_samples
    from orchestration.sources.found import databases
    from orchestration.sources.samples import samples, size_of

    settings = read_settings()
    known = databases() if into is Into.POSTGRES else samples()
    names = [name for name in samples() if name in known and (not source or name in source)]
    for name in source or []:
        if name not in names:
            lacks = "database" if name in samples() else "sample"
            choices = ", ".join(name for name in samples() if name in known)
            raise typer.BadParameter(f"{name} has no {lacks}; choose from: {choices}")
    sizes = dict(_size(text, names) for text in per_day or [])
    common: dict[str, Any] = {
        "days": days, "seed": seed, "overwrite": overwrite,
        "start": start.date() if start else first_day_of(days),
    }  # fmt: skip
    try:
        chosen = [
            samples()[name](**common | ({size_of(name): sizes[name]} if name in sizes else {}))
            for name in names
        ]
    except SampleError as error:
        raise typer.BadParameter(str(error)) from None
    if into is Into.POSTGRES:
        for options in chosen:
            _fill(settings, options, as_json)
        return
    settings.create_key()
    with progress_of("writing days") as progress:
        result = write_samples(settings.landing, settings.truth, chosen, progress)
    show(result, as_json, f"sample of {days} days in {settings.landing}")


def _size(text: str, names: Sequence[str]) -> tuple[str, int]:
    """A source and its number, of `SOURCE=NUMBER`."""
    name, _, number = text.partition("=")
    if name not in names or not number.isdecimal():
        raise typer.BadParameter(
            f"--per-day {text}: give SOURCE=NUMBER with a source out of {', '.join(names)}"
        )
    return name, int(number)


def _fill(settings: Settings, options: Options, as_json: bool) -> None:
    from orchestration.extract.database import open_session
    from orchestration.extract.sources import source_named
    from orchestration.sample import fill_database

    source = source_named(options.source)
    with open_session(settings, source) as connection, progress_of("drawing days") as progress:
        files = source.database.files if source.database else ()
        result = fill_database(connection, options, without=files, progress=progress)
    summary = (
        f"{sum(result.rows.values()):,} rows in {len(result.rows)} tables of the database, "
        f"{sum(result.left_out.values()):,} left out"
    )
    show(result, as_json, summary)


@app.command()
def ingest(as_json: Json = False) -> None:
    """Load new files from the landing zone.

    Every line is loaded exactly once, so running it again is safe. A line that violates its
    contract goes to raw.rejects, with file, line number and reason. A file that cannot be read is
    named and tried again next time.

    Exit codes: 0 all files loaded, 5 some could not be loaded.
    """
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
    """Build and test the models that have changed.

    What has changed is compared with the last build that passed. If nothing is new, it says since
    when, and does not start dbt. After a load it builds what depends on the loaded streams, and
    whatever did not pass. It builds everything with --full-refresh, and after a change of the
    project, its packages or the engine, a lifecycle step, a killed build or a dbt command run by
    hand. Further arguments are passed to dbt. Plain `dbt build` is always whole, and also runs unit
    tests.

    Example:

    \b
      granary build --select +dim_users

    Exit codes: 0 built and every test passed, 1 a model or a test failed.
    """
    from orchestration.dbt.run import build as run

    report = run(read_settings(), context.args)
    show(report, as_json, report.summary)


@app.command()
def status(as_json: Json = False) -> None:
    """Show what is loaded and published.

    Lists the streams with their totals, files that could not be loaded, and the last publication.
    While a build keeps readers out of the DuckDB file, the figures are those of the last stage.
    """
    from orchestration.warehouse.status import read_status

    state = read_status(read_settings())
    if as_json:
        print_json(state.as_dict())
        return
    if state.streams:
        out.print(
            table_of(
                ["source", "stream", "files", "lines", "rows", "rejects"],
                [(s.source, s.stream, s.files, s.lines, s.rows, s.rejects) for s in state.streams],
            )
        )
    elif not state.writing:
        out.print("nothing is loaded yet: run granary ingest")
    for failed in state.failed_files:
        out.print(f"failed: {failed['path']}: {failed['reason']}", soft_wrap=True, markup=False)
    out.print(f"published: {state.published_at or 'never'}")
    if state.writing:
        since = f"as of {state.as_of}: " if state.as_of else ""
        line = f"{since}{state.writing} is writing to the warehouse"
        out.print(line, soft_wrap=True, markup=False, highlight=False)
    if state.clock:
        out.print(f"warning: {state.clock}", soft_wrap=True, markup=False)


for concern in (
    orchestration.serving,
    orchestration.extract,
    orchestration.report,
    orchestration.scaffold,
    orchestration.plan,
    orchestration.export,
    orchestration.lifecycle,
    orchestration.backup,
    orchestration.operations.maintenance,
    orchestration.operations.health,
    orchestration.operations.alerts,
):
    concern.commands.register(app)


def main() -> None:
    """Run the command line.

    An expected failure prints one line and sets its exit code. A signal exits with 128 plus its
    number, as shells report it.
    """
    keep_private()
    with stopping.listening() as stopped:
        try:
            app()
        except BaseException as error:
            if stopped:
                # Engines turn the interrupt into errors of their own: the signal tells.
                err.print("granary: stopped", highlight=False)
                sys.exit(128 + stopped[0])
            if not isinstance(error, Exception):
                raise
            message, exit_code = _failure_of(error)
            err.print(f"granary: {message}", soft_wrap=True, markup=False, highlight=False)
            sys.exit(exit_code)


def _failure_of(error: Exception) -> tuple[str, int]:
    """Return the message and exit code of a failure; raise it again if it is a bug."""
    if isinstance(error, GranaryError):
        return str(error), error.exit_code
    import duckdb
    import psycopg

    if isinstance(error, (duckdb.Error, psycopg.Error)) or is_full(error):
        return of_engine(error), WarehouseError.exit_code
    if isinstance(error, OSError) and error.errno is not None:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}", ConfigurationError.exit_code
    raise error
