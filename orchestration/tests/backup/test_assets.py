"""Backups and drills as Dagster runs them, with checks a person sees turn red."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.defs.backup import backup_assets, backup_checks, backup_jobs, backup_schedules
from orchestration.tests.backup.helpers import Kit
from orchestration.tests.workspace import environment

QUICK = {"config": {"scenario": "outage", "tests": False}}


def _materialize(
    kit: Kit, *keys: list[str], config: dict[str, object]
) -> dg.ExecuteInProcessResult:
    with (
        kit.workspace.activate(),
        environment({"GRANARY_BACKUP_IDENTITY_FILE": str(kit.identity_file)}),
        dg.DagsterInstance.ephemeral() as instance,
    ):
        return dg.materialize(
            [*backup_assets(), *backup_checks()],
            selection=dg.AssetSelection.assets(*keys),
            run_config={"ops": config},
            instance=instance,
            raise_on_error=False,
        )


@pytest.mark.long
def test_a_backup_and_its_drill(kit: Kit) -> None:
    result = _materialize(
        kit, ["backup", "everything"], ["backup", "drill_tier_3"],
        config={"backup__drill_tier_3": QUICK},
    )  # fmt: skip
    assert result.success
    [made] = result.asset_materializations_for_node("backup__everything")
    assert made.metadata["backup_id"].value == kit.store.names[0]
    assert made.metadata["rows"].value == kit.store.readable()[0].manifest.row_count
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks == {"nothing_lost": True, "objectives_met": True}


def test_a_drill_that_fails_fails_the_run(kit: Kit) -> None:
    result = _materialize(kit, ["backup", "drill_tier_1"], config={"backup__drill_tier_1": QUICK})
    assert not result.success
    failures = [e for e in result.all_events if e.is_step_failure]
    assert "no usable backup" in str(failures[0].step_failure_data)


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_every_tier_has_its_jobs_and_schedules(tier: int) -> None:
    jobs = {job.name for job in backup_jobs()}
    schedules = {schedule.name: schedule.job_name for schedule in backup_schedules()}
    assert schedules[f"tier_{tier}_drill"] == f"rehearse_tier_{tier}"
    assert {schedules[f"tier_{tier}_backup"], f"rehearse_tier_{tier}"} <= jobs
