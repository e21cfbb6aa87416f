"""Backups and restore drills as assets, with a check of each tier's objectives."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg

from orchestration.core.settings import Settings
from orchestration.defs.running import at_most, failing_clearly
from orchestration.policies.backup import tiers

GROUP = "backup"
NOTHING_LOST = "nothing_lost"
# Backups and drills wait for each other, but not for a build: they hold the writer's lock only
# while they copy the warehouse.
BACKUP_POOL = "backup"
NAMES = {1: "files", 2: "warehouse", 3: "everything"}
# The hour, UTC, at which a tier's drill starts: after the backups, one tier after the other.
HOURS = {1: 4, 2: 5, 3: 6}
CONTENTS = {
    1: "New files of the landing zone and the tier store and, on PostgreSQL, the write-ahead log "
    "up to now.",
    2: "The warehouse, the policies and new files. On PostgreSQL the write-ahead log alone meets "
    "this tier's objectives: a base backup comes with tier 3.",
    3: "Everything, including Dagster's own storage; then expired backups are removed.",
}


class DrillConfig(dg.Config):
    """Options of a drill, set when it is launched."""

    scenario: str = ""
    """One of the five disasters; if empty, each drill takes the next one in turn."""
    tests: bool = True
    """Whether to run the dbt tests against the restored copy."""


def backup_assets() -> list[dg.AssetsDefinition]:
    """Return a backup asset and a drill asset for every tier."""
    return [*map(_backup, tiers()), *map(_drill, tiers())]


def backup_checks() -> list[dg.AssetChecksDefinition]:
    """Return a check for every tier: its last drill met the objectives and is not overdue."""
    return [_check(tier) for tier in tiers()]


def _backup(tier: int) -> dg.AssetsDefinition:
    @dg.asset(
        key=[GROUP, NAMES[tier]],
        group_name=GROUP,
        pool=BACKUP_POOL,
        description=CONTENTS[tier],
        # The lowest priority puts the backup last in the daily maintenance, even after a failure:
        # a dependency would skip it when the step before it fails.
        op_tags={"dagster/priority": "-1"},
        check_specs=[
            dg.AssetCheckSpec(
                NOTHING_LOST,
                asset=[GROUP, NAMES[tier]],
                description="The last backup holds everything that the one before it held, or a "
                "recorded reason explains the loss.",
            )
        ],
    )
    def backup() -> Iterator[dg.MaterializeResult[None]]:
        from orchestration.backup.create import FILES_TIER, WAREHOUSE_TIER, create
        from orchestration.backup.engines import part_of
        from orchestration.backup.prune import prune

        settings = Settings()
        # Where the log is archived, it covers tier 2, so tier 1's contents are enough.
        by_log = tier == WAREHOUSE_TIER and part_of(settings).keeps_log
        taken = FILES_TIER if by_log else tier
        with failing_clearly():
            report = create(settings, taken)
            pruned = prune(settings) if tier == max(tiers()) else None
        yield dg.MaterializeResult(
            metadata={
                "backup_id": report.backup_id,
                "tables": report.tables,
                "rows": report.rows,
                "new_files": report.new_files,
                "bytes": report.size_bytes,
                "seconds": round(report.seconds, 3),
                "pruned": len(pruned.removed) if pruned else 0,
                "warnings": "; ".join(report.warnings),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=NOTHING_LOST,
                    passed=not report.shrunk,
                    description=report.shrunk or None,
                )
            ],
        )

    return backup


def _drill_key(tier: int) -> dg.AssetKey:
    return dg.AssetKey([GROUP, f"drill_tier_{tier}"])


def _drill(tier: int) -> dg.AssetsDefinition:
    @dg.asset(
        key=_drill_key(tier),
        group_name=GROUP,
        pool=BACKUP_POOL,
        deps=[dg.AssetKey([GROUP, NAMES[tier]])],
        description=f"A real restore, measured against the objectives (RPO, RTO) of tier {tier}.",
    )
    def drill_of_tier(config: DrillConfig) -> dg.MaterializeResult[None]:
        from orchestration.backup.drill.run import PASSED, drill
        from orchestration.secrecy.keys import read_identities

        settings = Settings()
        with failing_clearly():
            report = drill(
                settings,
                read_identities(settings),
                tier=tier,
                scenario=config.scenario or None,
                tests=config.tests,
            )
        if report.outcome != PASSED:
            said = "; ".join(report.findings[:5])
            raise dg.Failure(
                f"{report.scenario}: {report.outcome}: {said}",
                allow_retries=False,
            )
        return dg.MaterializeResult(
            metadata={
                "scenario": report.scenario,
                "backup_id": report.backup_id or "",
                "rto_seconds": round(report.rto_seconds or 0.0, 3),
                "rpo_seconds": round(report.rpo_seconds or 0.0, 3),
                "tables": report.tables,
                "tests_passed": report.tests_passed,
            }
        )

    return drill_of_tier


def _check(tier: int) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=_drill_key(tier),
        name="objectives_met",
        description="Fails if the last drill failed, missed an objective or is overdue.",
    )
    def objectives_met() -> dg.AssetCheckResult:
        from orchestration.backup.drill.standing import standing

        found = standing(Settings(), tier)
        return dg.AssetCheckResult(
            passed=found.is_good,
            description=found.reason,
            metadata={
                "rto_seconds": found.rto_seconds or 0.0,
                "rpo_seconds": found.rpo_seconds or 0.0,
                "last_drill": str(found.last_at or "never"),
            },
        )

    return objectives_met


def backup_jobs() -> list[Any]:
    """Return a job for every backup and every drill, and one that runs the checks alone."""
    jobs = []
    for tier, name in NAMES.items():
        jobs.append(
            dg.define_asset_job(
                f"back_up_{name}",
                selection=dg.AssetSelection.assets([GROUP, name]),
                description=CONTENTS[tier],
                tags=at_most(hours=12),
            )
        )
        jobs.append(
            dg.define_asset_job(
                f"rehearse_tier_{tier}",
                selection=dg.AssetSelection.assets(_drill_key(tier)),
                description=f"Restore a backup and measure it by the objectives of tier {tier}.",
                tags=at_most(hours=12),
            )
        )
    jobs.append(
        dg.define_asset_job(
            "check_backup_promises",
            selection=dg.AssetSelection.checks_for_assets(*map(_drill_key, NAMES)),
            description="Check for each tier that the last drill passed and is not overdue.",
            tags=at_most(hours=1),
        )
    )
    return jobs


def backup_schedules() -> Iterator[dg.ScheduleDefinition]:
    """Yield the schedules of backups and drills, in UTC, at the intervals the seed states.

    They are off until a person switches them on.
    """
    for tier in tiers().values():
        yield dg.ScheduleDefinition(
            name=f"tier_{tier.number}_backup",
            job_name=f"back_up_{NAMES[tier.number]}",
            cron_schedule=cron(tier.every, hour=1),
            execution_timezone="UTC",
        )
        yield dg.ScheduleDefinition(
            name=f"tier_{tier.number}_drill",
            job_name=f"rehearse_tier_{tier.number}",
            cron_schedule=cron(tier.drill_every, hour=HOURS[tier.number]),
            execution_timezone="UTC",
        )
    yield dg.ScheduleDefinition(
        name="daily_backup_promises",
        job_name="check_backup_promises",
        cron_schedule="30 7 * * *",
        execution_timezone="UTC",
    )


def cron(every: timedelta, hour: int) -> str:
    """Return the cron expression with the longest interval that does not exceed `every`."""
    minutes = int(every.total_seconds() // 60)
    if minutes < 60:
        return f"*/{max(n for n in (1, 2, 3, 5, 10, 15, 20, 30) if n <= minutes)} * * * *"
    if minutes < 1440:
        return f"0 */{max(n for n in (1, 2, 3, 4, 6, 8, 12) if n <= minutes // 60)} * * *"
    if every < timedelta(days=7):
        return f"0 {hour} * * *"
    return f"0 {hour} * * 0" if every < timedelta(days=31) else f"0 {hour} 1 * *"
