"""All Dagster definitions. Importing them reads contracts and dbt's manifest, and nothing else."""

import dagster as dg

from orchestration.core.home import keep_private
from orchestration.defs.alerts import alert_rules, failed_runs
from orchestration.defs.backup import (
    backup_assets,
    backup_checks,
    backup_jobs,
    backup_schedules,
)
from orchestration.defs.dbt import dbt_models
from orchestration.defs.dead_runs import dead_runs, held_in_process
from orchestration.defs.export import compliance
from orchestration.defs.extract import extraction_assets
from orchestration.defs.health import health
from orchestration.defs.history import forget_old_runs, weekly_forgetting
from orchestration.defs.ingest import stream_assets
from orchestration.defs.jobs import daily_at_two, health_after_failure, health_after_success, jobs
from orchestration.defs.landing import landing_zone
from orchestration.defs.lifecycle import retention
from orchestration.defs.report import executive
from orchestration.defs.serving import publication

# Every process of Dagster imports this module, so all of them write private files.
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
