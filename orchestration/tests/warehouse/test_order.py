"""What came after what is told by numbers: a clock that is wrong, or goes back, changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestration.core.clock import utc_now
from orchestration.core.errors import PublishRefused
from orchestration.operations.health.score import assess
from orchestration.serving.gate import check, read_manifest
from orchestration.tests.ingest.helpers import INTERACTIONS, many
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace
from orchestration.warehouse import books

BOOKS_OF_BUILDS = {
    "invocations": ("started_at", "ended_at"),
    "node_results": ("completed_at",),
    "window_marks": ("marked_at",),
}
MART = "model.granary.query_performance"
# The mart, and the tests that look at nothing else.
SELECTED = ("--select", "query_performance", "--indirect-selection", "cautious")
BAD = "update assistant.query_performance set success_rate = 7"


def _shift(workspace: Workspace, days: int) -> None:
    """As if the clock had been wrong by so much for all that is on record."""
    sign = "+" if days > 0 else "-"
    workspace.execute(
        *(
            f"update governance.{book} set {column} = {column} {sign} interval '{abs(days)} days'"
            for book, columns in BOOKS_OF_BUILDS.items()
            for column in columns
        )
    )


def _gate(workspace: Workspace) -> str:
    """What the gate says; empty where it is open."""
    manifest = read_manifest(workspace.settings)
    only = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if unique_id == MART or node["depends_on"].get("nodes") == [MART]
    }
    try:
        check(workspace.query, manifest | {"nodes": only})
    except PublishRefused as refused:
        return str(refused)
    return ""


def _build(workspace: Workspace) -> None:
    workspace.build(*SELECTED)


def test_a_failed_build_is_the_last_though_its_clock_was_behind(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/2026-03-02/asked.jsonl", many(50))
    workspace.ingest()
    workspace.build_models("--select", "+query_performance")
    _build(workspace)
    assert _gate(workspace) == ""
    # The builds before came from a day ahead.
    _shift(workspace, 1)
    workspace.execute(BAD)
    assert workspace.value("select count(*) from assistant.query_performance")
    assert not workspace.dbt("test", *SELECTED).success
    assert "did not end well" in _gate(workspace)
    # Whoever mends it is not refused for what the wrong clock had noted.
    _shift(workspace, 1)
    _build(workspace)
    assert _gate(workspace) == ""


def test_a_killed_build_counts_though_its_clock_was_behind(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/2026-03-02/asked.jsonl", many(50))
    workspace.ingest()
    workspace.build_models("--select", "+query_performance")
    _build(workspace)
    workspace.execute(
        "insert into governance.invocations (invocation_id, command, upto_batch_id, started_at, "
        "ended_at, invocation_number) select 'killed', 'build', 1, "
        "timestamp '2026-01-01', null, max(invocation_number) + 1 from governance.invocations"
    )
    assert "a build is running or was killed" in _gate(workspace)
    assert workspace.dbt("run", "--select", "dim_time").success
    assert "not run since a build was killed" in _gate(workspace)


def test_builds_of_an_older_version_are_numbered_as_they_came(workspace: Workspace) -> None:
    workspace.ingest()
    for _ in range(3):
        assert workspace.dbt("run", "--select", "dim_time").success
    order = "select invocation_id from governance.invocations order by started_at"
    before = workspace.query(order)
    workspace.execute("alter table governance.invocations drop column invocation_number")
    assert granary("publish").returncode == 1
    assert workspace.dbt("run", "--select", "dim_time").success
    numbers = workspace.query(
        "select invocation_number, invocation_id from governance.invocations "
        "order by invocation_number"
    )
    assert [number for number, _ in numbers] == [1, 2, 3, 4]
    assert [run for _, run in numbers[:3]] == [run for (run,) in before]


def _stage(workspace: Workspace, name: str, days: float, status: str = "success") -> None:
    at = utc_now() + timedelta(days=days)
    with workspace.activate():
        books.record(
            workspace.settings, "pipeline_runs", run_id="r", stage=name, status=status,
            duration_seconds=1.0, started_at=at, ended_at=at,
        )  # fmt: skip


def test_entries_are_numbered_in_the_order_in_which_they_were_made(workspace: Workspace) -> None:
    workspace.ingest()
    for name, days in (("one", 0), ("two", -3), ("three", 5)):
        _stage(workspace, name, days)
    assert [
        stage
        for (stage,) in workspace.query(
            "select stage from governance.pipeline_runs where run_id = 'r' order by entry_number"
        )
    ] == ["one", "two", "three"]


def test_entries_that_wait_keep_their_order(duckdb_workspace: Workspace) -> None:
    names = [f"stage {i}" for i in range(12)]
    for i, name in enumerate(names):
        _stage(duckdb_workspace, name, -i)
    duckdb_workspace.ingest()
    with duckdb_workspace.activate():
        books.flush(duckdb_workspace.settings)
    assert [
        stage
        for (stage,) in duckdb_workspace.query(
            "select stage from governance.pipeline_runs where run_id = 'r' order by entry_number"
        )
    ] == names


def test_entries_of_an_older_version_are_numbered_by_their_times(workspace: Workspace) -> None:
    workspace.ingest()
    for name, days in (("late", 2), ("early", -2), ("middle", 1)):
        _stage(workspace, name, days)
    workspace.execute("alter table governance.pipeline_runs drop column entry_number")
    assert granary("health").returncode == 0
    assert [
        stage
        for (stage,) in workspace.query(
            "select stage from governance.pipeline_runs where run_id = 'r' order by entry_number"
        )
    ] == ["early", "middle", "late"]


def test_a_clock_that_went_back_is_told(workspace: Workspace) -> None:
    workspace.ingest()
    said = granary("status")
    assert "clock" not in said.stdout + said.stderr
    _stage(workspace, "from the future", 400)
    ahead = workspace.value("select max(ended_at) from governance.pipeline_runs")
    told = granary("ingest")
    assert f"the clock went back from {ahead:%Y-%m-%d %H:%M:%S} to {utc_now():%Y-%m-%d}" in (
        told.stderr
    )
    assert "the clock went back" in granary("status").stdout
    with workspace.activate():
        found = {part.part: part for part in assess(workspace.settings).parts}
    assert found["clock"].status == "warn"
    assert f"{ahead:%Y-%m-%d}" in found["clock"].finding
    # Once it is right again, it is told once, not by every command.
    assert "the clock" not in granary("ingest").stderr


@pytest.mark.parametrize(
    ("days", "status"), [((400, -0.1), "ok"), ((-0.1, 400), "error"), ((400, -9), "error")]
)
def test_the_last_publication_is_the_last_on_record(
    duckdb_workspace: Workspace, days: tuple[float, float], status: str
) -> None:
    """Not the one with the greatest time; one that has not come yet tells nothing."""
    duckdb_workspace.ingest()
    for ended in days:
        _stage(duckdb_workspace, "publish", ended)
    with duckdb_workspace.activate():
        found = {part.part: part for part in assess(duckdb_workspace.settings).parts}
    assert found["publication"].status == status
