"""`granary restore` and `granary drill`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.backup.options import (
    IdentityFile,
    Json,
    Scenario,
    Tier,
    moment_of,
    progress_bars,
)
from orchestration.core.terminal import read_settings, show


def restore(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to restore into.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Restore the state at this time, in ISO 8601 and UTC unless it has an offset: "
            "2026-03-01T14:05:00Z, for example; by default the newest.",
        ),
    ] = None,
    backup: Annotated[
        str | None, typer.Option(help="Start from this backup instead of the last one before TIME.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Replace what is in the folder; the old content is kept aside in it."
        ),
    ] = False,
    identity: IdentityFile = None,
    as_json: Json = False,
) -> None:
    """Restore a backup into a folder.

    The folder becomes the new GRANARY_HOME, with the warehouse, the landing zone and all else. It
    gets its name only after every table was compared with the backup's manifest. On PostgreSQL the
    log is replayed to the given second and the cluster is in DIR/postgres. On DuckDB the warehouse
    is as of the backup; granary ingest and granary build then load what was landed since. With
    --force, files that were landed after the backup are kept.

    Example:

    \b
      granary restore --to /srv/granary --at 2026-03-01T14:05:00Z --identity backup.key
    """
    from orchestration.backup.restore import restore as run
    from orchestration.secrecy.keys import read_identities

    settings = read_settings()
    moment = None if at is None else moment_of(at)
    with progress_bars() as progress:
        report = run(
            settings,
            to,
            read_identities(settings, identity),
            at=moment,
            name=backup,
            force=force,
            progress=progress,
        )
    lines = [
        f"{report.tables} tables with {report.rows:,} rows and {report.files:,} files restored to "
        f"{report.location} in {report.seconds:.1f} s, as of {report.taken_at:%Y-%m-%dT%H:%M:%SZ}"
        + (
            f", replayed to {report.reached_at:%Y-%m-%dT%H:%M:%SZ}"
            if report.reached_at and report.reached_at > report.taken_at
            else ""
        )
    ]
    if report.kept_aside:
        lines.append(
            f"{report.kept_files} files that came later stay; what was replaced is in "
            f"{report.kept_aside}"
        )
    lines += ["next:", *(f"  {step}" for step in report.next_steps)]
    show(report, as_json, "\n".join(lines))


def drill(
    tier: Annotated[
        Tier, typer.Option(help="Tier whose objectives the drill has to meet.")
    ] = Tier.CRITICAL,
    scenario: Annotated[
        Scenario | None,
        typer.Option(help="Disaster to rehearse; by default the one rehearsed longest ago."),
    ] = None,
    identity: IdentityFile = None,
    tests: Annotated[
        bool, typer.Option("--tests/--no-tests", help="Run the dbt tests on the restored copy.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Rehearse a restore and record the result.

    Restores into a temporary folder, compares every table with the manifest and runs the dbt tests
    on the copy. The time taken and the writes that would be lost are compared with the tier's
    objectives (seeds/operations/backup_tiers.csv).

    Exit codes: 0 passed, 1 the drill failed or missed an objective.
    """
    from orchestration.backup.drill.run import PASSED
    from orchestration.backup.drill.run import drill as run
    from orchestration.secrecy.keys import read_identities

    settings = read_settings()
    with progress_bars() as progress:
        report = run(
            settings,
            read_identities(settings, identity),
            tier=int(tier),
            scenario=scenario.value if scenario else None,
            tests=tests,
            progress=progress,
        )
    lines = [
        f"{report.scenario}, tier {report.tier}: {report.outcome}",
        f"restored in {report.rto_seconds or 0:.1f} s (objective {report.rto_objective:,.0f} s); "
        f"{report.rpo_seconds or 0:.0f} s of writes would be lost (objective "
        f"{report.rpo_objective:,.0f} s)",
        f"{report.tables} tables compared, {report.differing_tables} differ; "
        f"{report.tests_passed} dbt tests passed, {report.tests_failed} failed",
        *report.findings,
    ]
    show(report, as_json, "\n".join(lines))
    if report.outcome != PASSED:
        raise typer.Exit(1)
