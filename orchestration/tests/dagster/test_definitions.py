"""The code location loads anywhere and holds one graph from the landing zone to the readers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.partitions.schedule_type import ScheduleType
from dagster._core.execution.api import create_execution_plan
from dagster._core.execution.plan.outputs import StepOutputHandle
from dagster._core.execution.retries import RetryMode

from orchestration.core.contracts import load_contracts
from orchestration.definitions import defs
from orchestration.defs import history as dagster_history
from orchestration.defs.backup import BACKUP_POOL, GROUP
from orchestration.defs.dbt import MANIFEST, TRANSLATOR
from orchestration.defs.extract import EXTRACT_POOL, landing_key
from orchestration.defs.history import forget_old_runs
from orchestration.defs.running import WRITER_POOL
from orchestration.extract.sources import is_extracted

LOAD_WITHOUT_NETWORK = """
import socket, sys

def refuse(*_):
    raise AssertionError("definitions reach for the network")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
import duckdb
duckdb.connect = refuse
from orchestration.definitions import defs
assert "dlt" not in sys.modules
print(len(defs.resolve_asset_graph().materializable_asset_keys))
"""


def test_definitions_load_without_key_database_and_network(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GRANARY_", "PG"))}
    environment |= {"GRANARY_HOME": str(home), "GRANARY_TARGET": "postgres", "PGHOST": "/nowhere"}
    result = subprocess.run(
        [sys.executable, "-c", LOAD_WITHOUT_NETWORK],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > len(load_contracts())
    assert "Warning" not in result.stderr
    assert not home.exists()


def test_every_job_schedule_and_sensor_is_valid() -> None:
    dg.Definitions.validate_loadable(defs)
    repository = defs.get_repository_def()
    assert {"refresh_warehouse", "load_landing_zone", "build_models", "publish_marts"} <= set(
        repository.job_names
    )
    assert repository.get_schedule_def("daily_at_two").cron_schedule == "0 2 * * *"
    assert {"back_up_warehouse", "rehearse_tier_1", "check_backup_promises"} <= set(
        repository.job_names
    )
    assert repository.get_schedule_def("tier_1_backup").cron_schedule == "*/5 * * * *"
    assert repository.get_schedule_def("tier_3_drill").cron_schedule == "0 6 1 * *"


def test_one_graph_from_stream_to_publication() -> None:
    graph = defs.resolve_asset_graph()
    streams = {dg.AssetKey(["raw", s.table]) for s in load_contracts().values()}
    publication = dg.AssetKey(["serving", "publication"])
    above = graph.get_ancestor_asset_keys(publication)
    fact = dg.AssetKey(["assistant", "fct_assistant_interactions"])
    staging = dg.AssetKey(["staging", "stg_assistant__interactions"])
    assert fact in graph.get(publication).parent_keys
    assert staging in graph.get(fact).parent_keys
    delivered = {key for key in graph.get(staging).parent_keys if key.path[0] != "policy"}
    assert delivered == {dg.AssetKey(["raw", "assistant_interactions"])}
    assert len(streams) > 1
    assert streams <= above
    loaded = {key for key in graph.get_all_asset_keys() if key.path[0] == "raw"}
    landed = {s.table for s in load_contracts().values() if not is_extracted(s)}
    extracted = {s.table for s in load_contracts().values() if is_extracted(s)}
    assert extracted
    assert {key.path[1] for key in loaded if not graph.get(key).parent_keys} == landed
    for table in extracted:
        assert graph.get(dg.AssetKey(["raw", table])).parent_keys == {landing_key(table)}
        assert not graph.get(landing_key(table)).parent_keys


def test_every_model_is_an_asset_and_every_test_a_check() -> None:
    graph = defs.resolve_asset_graph()
    nodes = list(MANIFEST["nodes"].values())
    built = [n for n in nodes if n["resource_type"] in ("model", "seed", "snapshot")]
    assert len(built) > 10
    assert {TRANSLATOR.get_asset_key(n) for n in built} <= graph.materializable_asset_keys
    # A test that reads no model is no check: it runs with every full build and fails the run.
    tests = {
        n["name"]
        for n in nodes
        if n["resource_type"] == "test"
        and any(above in MANIFEST["nodes"] for above in n["depends_on"]["nodes"])
    }
    assert len(tests) > 50
    assert tests <= {check.name for check in graph.asset_check_keys}


def test_marts_have_a_freshness_policy() -> None:
    graph = defs.resolve_asset_graph()
    marts = {
        TRANSLATOR.get_asset_key(n)
        for n in MANIFEST["nodes"].values()
        if n["resource_type"] == "model" and n["fqn"][1] == "marts"
    }
    assert len(marts) > 20
    with_policy = {k for k in graph.materializable_asset_keys if graph.get(k).freshness_policy}
    assert with_policy == marts


def test_no_partition_is_a_week_that_begins_on_sunday() -> None:
    """As Dagster's do by default; the marts' weeks begin on Monday."""
    graph = defs.resolve_asset_graph()
    found = {graph.get(key).partitions_def for key in graph.materializable_asset_keys} - {None}
    assert found
    for partitions in found:
        assert isinstance(partitions, dg.TimeWindowPartitionsDefinition)
        assert partitions.schedule_type != ScheduleType.WEEKLY or partitions.day_offset == 1


def test_old_runs_are_forgotten_and_others_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        old = instance.create_run_for_job(forget_old_runs, status=dg.DagsterRunStatus.SUCCESS)
        assert forget_old_runs.execute_in_process(instance=instance).success
        assert instance.get_run_by_id(old.run_id)
        # As if the limit had passed since.
        monkeypatch.setattr(dagster_history, "KEPT_DAYS", -1)
        assert forget_old_runs.execute_in_process(instance=instance).success
        assert instance.get_run_by_id(old.run_id) is None


def test_everything_that_writes_is_in_the_pool() -> None:
    graph = defs.resolve_asset_graph()
    extracting = 0
    for assets in defs.get_repository_def().assets_defs_by_key.values():
        if assets.is_executable and all(key.path[0] == "landing" for key in assets.keys):
            extracting += 1
            assert assets.op.pool == EXTRACT_POOL
        elif assets.is_executable and all(key.path[0] == GROUP for key in assets.keys):
            assert assets.op.pool == BACKUP_POOL
        elif assets.is_executable:
            assert assets.op.pool == WRITER_POOL, assets.keys
    assert extracting
    days = {
        graph.get(key).partitions_def
        for key in graph.materializable_asset_keys
        # Retention, a backup, an export and the health are of everything there is.
        if key.path[0] not in (GROUP, "exports", "lifecycle", "operations")
    }
    assert len(days) == 1
    assert days != {None}


def test_a_day_s_maintenance_ends_with_the_backup() -> None:
    """It holds what the day has built, and nothing that retention has ended."""
    plan = create_execution_plan(defs.resolve_job_def("daily_maintenance"))
    order = []
    with plan.start(RetryMode.DISABLED) as execution:
        while not execution.is_complete:
            step = execution.get_next_step()
            assert step
            order.append(step.key)
            for output in step.step_outputs:
                execution.mark_step_produced_output(StepOutputHandle(step.key, output.name))
            execution.mark_success(step.key)
    assert {"dbt_models", "serving__publication", "lifecycle__retention"} < set(order)
    assert order[-1] == "backup__everything"


def test_no_job_runs_for_ever() -> None:
    jobs = [job for job in defs.get_repository_def().get_all_jobs() if "__" not in job.name]
    assert len(jobs) > 10
    for job in jobs:
        assert 0 < int(job.tags["dagster/max_runtime"]) < 24 * 3600, job.name
