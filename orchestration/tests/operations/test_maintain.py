"""A day's maintenance does all it can, says what it could not, and never runs twice at once."""

from __future__ import annotations

import json
import threading

import duckdb
import pytest

from orchestration.core.errors import GranaryError
from orchestration.core.settings import Settings
from orchestration.operations.maintenance.maintain import MaintenanceRunning, maintain
from orchestration.operations.maintenance.steps import STEPS, Step
from orchestration.tests.dagster.records import DAYS, land_day
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace
from orchestration.warehouse.stages import Skipped

WARN, PARTLY = 0, 5


def _fails(_: Settings) -> str:
    raise GranaryError("the disk of anna@example.com is full")


def _breaks(_: Settings) -> str:
    raise duckdb.Error("Could not convert string 'anna@example.com'")


def _has_nothing(_: Settings) -> str:
    raise Skipped("nothing is configured")


STEPS_THAT_FAIL = (
    Step("a", _fails, ""),
    Step("b", lambda _: "done", "", needs=("a",)),
    Step("c", _breaks, ""),
    Step("d", _has_nothing, ""),
    Step("e", lambda _: "done", "", needs=("d",)),
    Step("f", lambda _: "done", ""),
)


def test_what_may_go_on_does_and_the_rest_says_why_not(workspace: Workspace) -> None:
    workspace.ingest()
    with workspace.activate():
        report = maintain(workspace.settings, steps=STEPS_THAT_FAIL)
    assert [(done.step, done.outcome) for done in report.steps] == [
        ("a", "failure"), ("b", "skipped"), ("c", "failure"), ("d", "skipped"), ("e", "skipped"),
        ("f", "success"),
    ]  # fmt: skip
    said = {done.step: done.said for done in report.steps}
    assert said["b"] == "a did not succeed"
    assert "anna" not in said["c"]
    kept = workspace.query(
        "select stage, status, error_class from governance.pipeline_runs "
        f"where run_id = '{report.run_id}' order by stage"
    )
    assert kept == [
        ("maintain: a", "failure", "GranaryError"),
        ("maintain: c", "failure", "Error"),
        ("maintain: d", "skipped", None),
        ("maintain: f", "success", None),
    ]


def test_a_second_run_leaves_or_waits(workspace: Workspace) -> None:
    going, ended = threading.Event(), threading.Event()

    def slow(_: Settings) -> str:
        going.set()
        ended.wait(10)
        return "slow"

    with workspace.activate():
        first = threading.Thread(
            target=maintain, args=[workspace.settings], kwargs={"steps": [Step("slow", slow, "")]}
        )
        first.start()
        going.wait(10)
        with pytest.raises(MaintenanceRunning, match="nothing was done"):
            maintain(workspace.settings, steps=[Step("second", lambda _: "", "")])
        threading.Timer(0.3, ended.set).start()
        done = maintain(
            workspace.settings, steps=[Step("second", lambda _: "", "")], wait_seconds=10
        )
        assert [step.outcome for step in done.steps] == ["success"]
        first.join()


def test_every_step_names_only_steps_before_it() -> None:
    known: set[str] = set()
    for step in STEPS:
        assert set(step.needs) <= known, step.name
        known.add(step.name)


def test_a_whole_day_from_the_command_line(duckdb_workspace: Workspace) -> None:
    land_day(duckdb_workspace, DAYS[0])
    duckdb_workspace.write(f"assistant/interactions/{DAYS[0]}/broken.parquet", b"no parquet")
    planned = granary("maintain", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "load every landed file that is new: " in " ".join(planned.stdout.split())
    assert not duckdb_workspace.settings.warehouse.exists()
    duckdb_workspace.parse()

    run = granary("maintain", "--json")
    assert run.returncode == PARTLY, run.stderr
    ended = {done["step"]: done for done in json.loads(run.stdout)["steps"]}
    assert list(ended) == [step.name for step in STEPS]
    assert ended["ingest"]["outcome"] == "failure"
    assert "1 files could not be loaded" in ended["ingest"]["said"]
    assert ended["backup"]["outcome"] == ended["extract"]["outcome"] == "skipped"
    assert "granary backup keygen" in ended["backup"]["said"]
    for step in ("build", "quality", "publish", "lifecycle", "catalog", "health"):
        assert ended[step]["outcome"] == "success", ended[step]
    assert duckdb_workspace.settings.serving.exists()
    unit_tests = "select * from governance.node_results where unique_id like 'unit_test.%'"
    assert duckdb_workspace.query(unit_tests) == []
    stages = duckdb_workspace.query(
        "select stage, status, records_in from governance.pipeline_runs "
        f"where run_id = '{json.loads(run.stdout)['run_id']}'"
    )
    assert ("ingest", "success", 10) in stages
    assert ("maintain: ingest", "failure", None) in stages
    assert {stage for stage, _, _ in stages} >= {"build", "publish", "lifecycle"}
