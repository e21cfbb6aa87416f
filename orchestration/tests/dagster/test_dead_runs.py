"""A run whose process is gone is ended, and no other; what is never made is told."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import GRPC_INFO_TAG

from orchestration.defs import alerts as sensor
from orchestration.defs import dead_runs
from orchestration.defs.dead_runs import end_dead_runs, hold
from orchestration.defs.history import forget_old_runs
from orchestration.defs.jobs import daily_maintenance
from orchestration.operations.alerts import rules
from orchestration.policies.alerts import Rule
from orchestration.tests.workspace import Workspace

LAUNCHED = {GRPC_INFO_TAG: "{}"}


@contextlib.contextmanager
def _process_of(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """A run's process at work; killed in the end."""
    begun, begin = os.pipe()
    process = os.fork()
    if process == 0:
        hold(instance, run_id)
        os.write(begin, b".")
        time.sleep(60)
        os._exit(0)
    os.read(begun, 1)
    try:
        yield
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def test_runs_end_with_their_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_runs, "PAUSE_SECONDS", 0.1)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        states = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
        killed, never_held = (
            instance.create_run_for_job(forget_old_runs, status=s, tags=LAUNCHED) for s in states
        )
        living = instance.create_run_for_job(forget_old_runs, status=states[0], tags=LAUNCHED)
        elsewhere = instance.create_run_for_job(forget_old_runs, status=states[0])
        hold(instance, living.run_id)
        with _process_of(instance, killed.run_id):
            assert end_dead_runs(instance) == [never_held.run_id]
        assert end_dead_runs(instance) == [killed.run_id]
        assert end_dead_runs(instance) == []
        for run in (killed, never_held):
            ended = instance.get_run_by_id(run.run_id)
            assert ended is not None
            assert ended.status == dg.DagsterRunStatus.FAILURE
        for run in (living, elsewhere):
            assert instance.get_run_by_id(run.run_id) == run
        assert [path.name for path in (tmp_path / "running").iterdir()] == [living.run_id]


def test_what_dagster_never_made_is_told(
    duckdb_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Rule("assets_are_late", "assets", 50, "high", ())
    monkeypatch.setattr(rules, "rules", lambda: (late,))
    duckdb_workspace.ingest()
    made, missed = dg.AssetKey(["made"]), dg.AssetKey(["missed"])
    assets = [dg.asset(key=key)(lambda: None) for key in (made, missed)]
    daily = dg.define_asset_job(daily_maintenance.name)
    repository = dg.Definitions(assets=assets, jobs=[daily]).get_repository_def()

    def states() -> list[tuple[str, str]]:
        context = dg.build_sensor_context(instance, repository_def=repository)
        sensor.alert_rules(context)
        return [
            (state, finding)
            for state, finding in duckdb_workspace.query(
                "select state, coalesce(cast(value as varchar), 'never') "
                "from governance.alert_log order by noted_at"
            )
        ]

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(made))
        assert states() == [("opened", "never")]
        instance.report_runless_asset_event(dg.AssetMaterialization(missed))
        [_, (state, hours)] = states()
        assert state == "recovered"
        assert 0 <= float(hours) < 1
