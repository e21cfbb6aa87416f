"""Everything Dagster runs. Importing it reads contracts and dbt's manifest, and nothing else."""

import dagster as dg

from orchestration.alerts.sensor import alert_rules, failed_runs
from orchestration.backup.assets import (
    backup_assets,
    backup_checks,
    backup_jobs,
    backup_schedules,
)
from orchestration.dagster_history import forget_old_runs, weekly_forgetting
from orchestration.dbt.assets import dbt_models
from orchestration.dead_runs import dead_runs, held_in_process
from orchestration.export.assets import compliance
from orchestration.extract.assets import extraction_assets
from orchestration.health.assets import health
from orchestration.home import keep_private
from orchestration.ingest.assets import stream_assets
from orchestration.ingest.sensor import landing_zone
from orchestration.jobs import daily_at_two, health_after_failure, health_after_success, jobs
from orchestration.lifecycle.assets import retention
from orchestration.report.assets import executive
from orchestration.serving.assets import publication

# Whichever process of Dagster runs a step.
keep_private()

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
    jobs=[*jobs, *backup_jobs(), forget_old_runs],
    schedules=[daily_at_two, weekly_forgetting, *backup_schedules()],
    sensors=[
        landing_zone,
        alert_rules,
        failed_runs,
        dead_runs,
        health_after_success,
        health_after_failure,
    ],
    executor=held_in_process,
)
