"""The `granary` command."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from orchestration.errors import ConfigurationError, GranaryError, WarehouseError
from orchestration.settings import Settings

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
out = Console()
err = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


@app.command()
def sample(
    days: Annotated[int, typer.Option(min=1, help="Days of data.")] = 30,
    rows_per_day: Annotated[
        int, typer.Option(min=1, help="Interactions a day, on average.")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC.")
    ] = datetime(2026, 1, 1),
    overwrite: Annotated[
        bool, typer.Option(help="Write over a sample that is there already.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write sample data as an application would land it, faults included.

    What was planted is recorded in <home>/truth. A pseudonymisation key is made where none is set.
    """
    from orchestration.sample import SampleError, SampleOptions, write_sample

    settings = _settings()
    try:
        options = SampleOptions(
            days=days, rows_per_day=rows_per_day, seed=seed, start=start.date(), overwrite=overwrite
        )
    except SampleError as error:
        raise typer.BadParameter(str(error)) from None
    settings.create_key()
    with _progress("writing days") as progress:
        result = write_sample(settings.landing, settings.truth, options, progress)
    _show(result, as_json, f"sample of {days} days in {settings.landing}")


@app.command()
def ingest(as_json: Json = False) -> None:
    """Load every landed file that is new: exactly once, rejects kept with file, line and reason."""
    from orchestration.ingest.loader import ingest as run

    with _progress("loading bytes") as progress:
        report = run(_settings(), progress)
    summary = (
        f"{report.files} files, {report.lines:,} lines = {report.rows:,} rows "
        f"+ {report.rejects:,} rejects"
    )
    _show(report, as_json, summary)
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

    report = run(_settings(), context.args)
    _show(
        report,
        as_json,
        f"{report.models} models and seeds built, {report.tests} tests passed "
        f"in {report.seconds:.1f} s",
    )


@app.command()
def publish(as_json: Json = False) -> None:
    """Give readers the new version of the marts, if the last build passed."""
    from orchestration.serving.publish import publish as run

    publication = run(_settings())
    _show(
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

    settings = _settings()
    if not names:
        known = Metrics(settings.target_path, settings.target).all()
        if as_json:
            _print_json([asdict(metric) for metric in known])
        else:
            out.print(_table(["metric", "what it is"], [(m.name, m.description) for m in known]))
        return
    found = answer(settings, MetricQuery(names, by or (), where or (), since, until))
    if as_json:
        _print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    else:
        out.print(_table(found.columns, found.rows))


@app.command()
def status(as_json: Json = False) -> None:
    """Show streams with their totals, files that could not be loaded, the last publication."""
    from orchestration.serving.status import read_status

    state = read_status(_settings())
    if as_json:
        _print_json(state.as_dict())
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


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"GRANARY_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}"
            for e in error.errors()
            if e["type"] != "default_factory_not_called"  # follows from another one
        )
        raise ConfigurationError(problems) from None


def _show(result: Any, as_json: bool, summary: str) -> None:
    if as_json:
        _print_json(asdict(result))
    else:
        out.print(summary, soft_wrap=True, markup=False, highlight=False)


def _table(columns: list[str], rows: Iterable[tuple[Any, ...]]) -> Table:
    def shown(value: object) -> str:
        if isinstance(value, (float, Decimal)):
            return f"{value:,.2f}"
        return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(shown, row))
    return table


def _print_json(data: Any) -> None:
    def plain(value: object) -> str | float:
        if isinstance(value, datetime):
            return f"{value.isoformat()}Z"
        if isinstance(value, (date, Path, UUID)):
            return str(value)
        if isinstance(value, Decimal):
            return float(value)
        raise TypeError(type(value).__name__)

    print(json.dumps(data, ensure_ascii=False, default=plain, indent=2))


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, only on a terminal."""
    with Progress(
        TextColumn(what),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=0)
        yield lambda done, total: bar.update(task, completed=done, total=total)
