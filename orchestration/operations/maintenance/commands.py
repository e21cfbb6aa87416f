"""`granary maintain`."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.core.terminal import (
    PARTLY_DONE,
    Json,
    err,
    out,
    print_json,
    read_settings,
    table_of,
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(maintain)


def maintain(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the steps and what is due; change nothing.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="Wait so long for another maintenance to end."),
    ] = 0,
    as_json: Json = False,
) -> None:
    """Run the daily maintenance.

    The steps go from extract, ingest and build to publish, backup and health; --dry-run lists them.
    If a step fails, the steps that need it are skipped and all others run. Every step is recorded
    in governance.pipeline_runs. Run it once a day from cron or systemd, or let Dagster run the same
    work.

    Exit codes: 0 all steps succeeded, 1 another maintenance is running, 5 some steps failed.
    """
    from orchestration.operations.maintenance.maintain import Done
    from orchestration.operations.maintenance.maintain import maintain as run
    from orchestration.operations.maintenance.rehearse import rehearse

    settings = read_settings()
    if dry_run:
        planned = rehearse(settings)
        if as_json:
            print_json(planned)
        else:
            out.print(table_of(["step", "would"], [(p.step, p.would) for p in planned]))
        return

    def told(done: Done) -> None:
        err.print(f"{done.step}: {done.outcome}, {done.seconds:.1f} s", highlight=False)

    report = run(settings, wait_seconds=wait, told=told)
    if as_json:
        print_json(report)
    else:
        rows = [(done.step, done.outcome, done.seconds, done.said) for done in report.steps]
        out.print(table_of(["step", "ended", "seconds", "what came of it"], rows))
    if report.failures:
        raise typer.Exit(PARTLY_DONE)
