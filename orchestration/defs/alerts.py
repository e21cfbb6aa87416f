"""Sensors that send alerts: broken alert rules and failed runs."""

import dagster as dg

from orchestration.core.clock import utc_now
from orchestration.core.errors import GranaryError, WarehouseBusy
from orchestration.core.settings import Settings
from orchestration.defs.freshness import age_of_assets
from orchestration.defs.jobs import daily_maintenance
from orchestration.operations.alerts.delivery import TOLD, Message, tell
from orchestration.operations.alerts.incidents import evaluate
from orchestration.operations.alerts.rules import watched_by
from orchestration.operations.health.parts import Measured

SECONDS = 300
FAILED_RUN_CHANNELS = ("email", "slack", "webhook")


@dg.sensor(
    name="alert_rules",
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Every five minutes: reports alert rules that are broken or have recovered.",
)
def alert_rules(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Evaluate the alert rules; never request a run."""
    try:
        changes = evaluate(Settings(), seen=watched_by("assets", _age_of_assets(context)))
    except WarehouseBusy:
        return dg.SkipReason(
            "another process writes to the warehouse: rules wait for the next tick"
        )
    except GranaryError as error:
        return dg.SkipReason(f"the rules could not be evaluated: {type(error).__name__}")
    for change in changes:
        context.log.info("%s %s", change.message.about, change.message.state)
    return dg.SkipReason(f"{len(changes)} messages")


def _age_of_assets(context: dg.SensorEvaluationContext) -> Measured:
    """Return the age, in hours, of the stalest asset of the daily job."""
    assert context.repository_def is not None
    keys = context.repository_def.get_job(daily_maintenance.name).asset_layer.selected_asset_keys
    return age_of_assets(context.instance, keys, utc_now())


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reports a failed run to the alert channels: its job and its failed steps only.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Send the message without the error's text, which may quote personal data."""
    steps = sorted(
        {event.step_key for event in context.get_step_failure_events() if event.step_key}
    )
    run = context.dagster_run
    message = Message(
        incident_id=run.run_id,
        rule=f"run of {run.job_name} failed",
        component="",
        severity="high",
        state=TOLD,
        finding=f"run {run.run_id}: {', '.join(steps) or 'no step'} failed; Dagster shows why",
        threshold=0,
    )
    tell(Settings(), message, FAILED_RUN_CHANNELS, utc_now())
