"""Retention of Dagster's own history: runs and their events."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.defs.running import at_most

KEPT_DAYS = 90
BATCH_SIZE = 100


@dg.op(description=f"Delete finished runs older than {KEPT_DAYS} days, and their events.")
def forget_runs(context: dg.OpExecutionContext) -> int:
    """Delete old runs and return how many there were."""
    before = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    ended = dg.RunsFilter(
        created_before=before,
        statuses=[
            dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED,
        ],
    )  # fmt: skip
    forgotten = 0
    while runs := context.instance.get_runs(ended, limit=BATCH_SIZE):
        for run in runs:
            context.instance.delete_run(run.run_id)
        forgotten += len(runs)
    context.log.info("%s runs deleted", forgotten)
    return forgotten


@dg.job(description=f"Retention of Dagster's own history: {KEPT_DAYS} days.", tags=at_most(hours=1))
def forget_old_runs() -> None:
    """Delete runs that finished long ago."""
    forget_runs()


weekly_forgetting = dg.ScheduleDefinition(
    name="weekly_forgetting",
    job=forget_old_runs,
    cron_schedule="0 5 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
