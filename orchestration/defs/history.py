"""Retention of what Dagster itself remembers: runs and their events."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.defs.running import at_most

KEPT_DAYS = 90
AT_ONCE = 100


@dg.op(description=f"Forget runs that ended more than {KEPT_DAYS} days ago, with their events.")
def forget_runs(context: dg.OpExecutionContext) -> int:
    """Delete old runs; returns how many."""
    before = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    ended = dg.RunsFilter(
        created_before=before,
        statuses=[
            dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED,
        ],
    )  # fmt: skip
    forgotten = 0
    while runs := context.instance.get_runs(ended, limit=AT_ONCE):
        for run in runs:
            context.instance.delete_run(run.run_id)
        forgotten += len(runs)
    context.log.info("%s runs forgotten", forgotten)
    return forgotten


@dg.job(description=f"Retention of Dagster's own history: {KEPT_DAYS} days.", tags=at_most(hours=1))
def forget_old_runs() -> None:
    """Forget runs that ended long ago."""
    forget_runs()


weekly_forgetting = dg.ScheduleDefinition(
    name="weekly_forgetting",
    job=forget_old_runs,
    cron_schedule="0 5 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
