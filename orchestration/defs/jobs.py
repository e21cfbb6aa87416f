"""The named jobs, the daily schedule, and the sensors that assess health after each daily run."""

from datetime import timedelta

import dagster as dg

from orchestration.defs.dbt import dbt_models
from orchestration.defs.running import at_most

LANDING = dg.AssetSelection.groups("landing")
RAW = dg.AssetSelection.groups("raw")
MODELS = dg.AssetSelection.assets(dbt_models)
SERVING = dg.AssetSelection.groups("serving")
REFRESH = LANDING | RAW | MODELS | SERVING | dg.AssetSelection.groups("reports")
RETENTION = dg.AssetSelection.groups("lifecycle")
EVERYTHING = dg.AssetSelection.assets(["backup", "everything"])

refresh_warehouse = dg.define_asset_job(
    "refresh_warehouse",
    selection=REFRESH,
    description="Extract and load new data, build and test every model, publish, write the report.",
    tags=at_most(hours=8),
)

extract_databases = dg.define_asset_job(
    "extract_databases",
    selection=LANDING,
    description="Land new rows of the applications' databases; load nothing.",
    tags=at_most(hours=4),
)

load_landing_zone = dg.define_asset_job(
    "load_landing_zone",
    selection=RAW,
    description="Load landed files into schema raw; build nothing.",
    tags=at_most(hours=4),
)

build_models = dg.define_asset_job(
    "build_models",
    selection=MODELS,
    description="Build and test every model from the loaded rows; publish nothing.",
    tags=at_most(hours=6),
)

publish_marts = dg.define_asset_job(
    "publish_marts",
    selection=SERVING,
    description="Publish the marts of the last build to readers, if it passed the quality gate.",
    tags=at_most(hours=1),
)

export_compliance = dg.define_asset_job(
    "export_compliance",
    selection=dg.AssetSelection.groups("exports"),
    description="Write the signed compliance bundle from the published marts.",
    tags=at_most(hours=2),
)

daily_maintenance = dg.define_asset_job(
    "daily_maintenance",
    selection=REFRESH | RETENTION | EVERYTHING,
    description="The daily routine: refresh, retention, a full backup; health is assessed after.",
    tags=at_most(hours=12),
)

assess_health = dg.define_asset_job(
    "assess_health",
    selection=dg.AssetSelection.groups("operations"),
    description="Assess the warehouse's health; runs after every daily maintenance.",
    tags=at_most(hours=1),
)

jobs = [
    daily_maintenance,
    refresh_warehouse,
    extract_databases,
    load_landing_zone,
    build_models,
    publish_marts,
    export_compliance,
    assess_health,
]


# Health is a job of its own, not the last step of the maintenance: Dagster skips whatever depends
# on a failed step, and that is when health matters most.
@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[daily_maintenance],
    request_job=assess_health,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def health_after_success(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """Assess the warehouse's health after its maintenance succeeds."""
    return _health_request(context)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.FAILURE,
    monitored_jobs=[daily_maintenance],
    request_job=assess_health,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def health_after_failure(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """Assess the warehouse's health after a step of its maintenance fails."""
    return _health_request(context)


def _health_request(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    return dg.RunRequest(run_key=context.dagster_run.run_id)


@dg.schedule(
    job=daily_maintenance,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    description="At 02:00 UTC: runs the daily maintenance for deliveries up to the day before.",
)
def daily_at_two(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Request the partition of the delivery day that has just ended."""
    day = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)
