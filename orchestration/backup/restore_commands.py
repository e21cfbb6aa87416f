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
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="The folder that is restored into.")
    ],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The state at this time, UTC, ISO 8601 such as 2026-03-01T14:05:00Z; by default "
            "the newest there is.",
        ),
    ] = None,
    backup: Annotated[
        str | None, typer.Option(help="Start from this backup rather than the last before TIME.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Restore in place of what is there; it is kept aside in the folder."
        ),
    ] = False,
    identity: IdentityFile = None,
    as_json: Json = False,
) -> None:
    """Restore the warehouse, the landing zone and the rest into a folder: the new GRANARY_HOME.

    Every table is compared with the backup's manifest before the folder gets its name. On
    PostgreSQL the log is replayed to the second, and the cluster lies in DIR/postgres; on DuckDB
    the warehouse is that of the last backup, and granary ingest && granary build takes in what was
    landed since. In place, files that landed after the backup stay.
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
        Tier, typer.Option(help="Whose objectives it is held against.")
    ] = Tier.CRITICAL,
    scenario: Annotated[
        Scenario | None,
        typer.Option(help="The disaster; by default each in turn, whichever is longest ago."),
    ] = None,
    identity: IdentityFile = None,
    tests: Annotated[
        bool, typer.Option("--tests/--no-tests", help="Run the dbt tests on the restored copy.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Rehearse a restore for real, in a scratch folder, and put the result on record.

    Every table is compared with the manifest, the dbt tests run against the restored copy, and the
    time it took and what would have been lost are held against the tier's objectives
    (seeds/operations/backup_tiers.csv). Exit code 1 where the drill fails or misses one.
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
