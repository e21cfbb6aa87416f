"""The sensor that looks after the rules."""

import dagster as dg

from orchestration.alerts.incidents import evaluate
from orchestration.alerts.send import send
from orchestration.errors import GranaryError, WarehouseBusy
from orchestration.settings import Settings

SECONDS = 300
FAILED_RUN_CHANNELS = ("email", "slack", "webhook")


@dg.sensor(
    name="alert_rules",
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Every five minutes: tells which rule is broken, and when it is over.",
)
def alert_rules(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Evaluate the rules; it never asks for a run."""
    try:
        changes = evaluate(Settings())
    except WarehouseBusy:
        return dg.SkipReason("the warehouse is being written to: the next look will tell")
    except GranaryError as error:
        return dg.SkipReason(f"the rules could not be looked at: {type(error).__name__}")
    for change in changes:
        context.log.info("%s %s", change.about, change.state)
    return dg.SkipReason(f"{len(changes)} incidents opened or ended")


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells who is to know that a run has failed: its job and its steps, no more.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Tell; an error's text may quote a value and stays in Dagster."""
    steps = sorted(
        {event.step_key for event in context.get_step_failure_events() if event.step_key}
    )
    run = context.dagster_run
    send(
        Settings(),
        FAILED_RUN_CHANNELS,
        f"[high] run of {run.job_name} failed",
        f"run {run.run_id}: {', '.join(steps) or 'no step'} failed; Dagster shows why",
        is_over=False,
    )
