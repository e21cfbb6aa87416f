"""The sensor that looks after the rules."""

import dagster as dg

from orchestration.alerts.incidents import evaluate
from orchestration.errors import GranaryError, WarehouseBusy
from orchestration.settings import Settings

SECONDS = 300


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
        context.log.info("%s %s", change.rule.name, change.state)
    return dg.SkipReason(f"{len(changes)} incidents opened or ended")
