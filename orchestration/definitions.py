"""Everything Dagster runs. Importing it reads contracts and dbt's manifest, and nothing else."""

import dagster as dg

from orchestration.alerts.sensor import alert_rules
from orchestration.backup.assets import (
    backup_assets,
    backup_checks,
    backup_jobs,
    backup_schedules,
)
from orchestration.dbt.assets import dbt_models
from orchestration.export.assets import compliance
from orchestration.extract.assets import extraction_assets
from orchestration.health.assets import health
from orchestration.ingest.assets import stream_assets
from orchestration.ingest.sensor import landing_zone
from orchestration.jobs import daily_refresh, jobs
from orchestration.lifecycle.assets import retention
from orchestration.report.assets import executive
from orchestration.serving.assets import publication

defs = dg.Definitions(
    assets=[
        *extraction_assets(),
        *stream_assets(),
        dbt_models,
        publication,
        executive,
        retention,
        compliance,
        *backup_assets(),
        health,
    ],
    asset_checks=backup_checks(),
    jobs=[*jobs, *backup_jobs()],
    schedules=[daily_refresh, *backup_schedules()],
    sensors=[landing_zone, alert_rules],
    # One run writes at a time; within it, a process a step would only cost its start.
    executor=dg.in_process_executor,
)
