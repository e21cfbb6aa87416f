"""The jobs a person finds by name, and the daily schedule."""

from datetime import timedelta

import dagster as dg

refresh_warehouse = dg.define_asset_job(
    "refresh_warehouse",
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.groups("exports", "lifecycle", "backup", "operations"),
    description="Extract and load what is new, build and test every model, publish, report.",
)

extract_databases = dg.define_asset_job(
    "extract_databases",
    selection=dg.AssetSelection.groups("landing"),
    description="Land what is new in the applications' databases; load nothing.",
)

load_landing_zone = dg.define_asset_job(
    "load_landing_zone",
    selection=dg.AssetSelection.groups("raw"),
    description="Load what is landed into schema raw; build nothing.",
)

build_models = dg.define_asset_job(
    "build_models",
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.groups(
        "landing", "raw", "serving", "reports", "exports", "lifecycle", "backup", "operations"
    ),
    description="Build and test every model from what is loaded; publish nothing.",
)

publish_marts = dg.define_asset_job(
    "publish_marts",
    selection=dg.AssetSelection.groups("serving"),
    description="Give readers the marts of the last build, if it passed.",
)

export_compliance = dg.define_asset_job(
    "export_compliance",
    selection=dg.AssetSelection.groups("exports"),
    description="Write the signed compliance bundle of what is published.",
)

jobs = [
    refresh_warehouse,
    extract_databases,
    load_landing_zone,
    build_models,
    publish_marts,
    export_compliance,
]


@dg.schedule(
    job=refresh_warehouse,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    description="At 02:00 UTC: takes in what was delivered up to the day before.",
)
def daily_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for the delivery day that has just ended."""
    day = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)
