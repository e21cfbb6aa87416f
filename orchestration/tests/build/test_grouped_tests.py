"""Tests of a build that are asked in one statement end as each would alone."""

from __future__ import annotations

from orchestration.dbt.tests_plugin import GroupedTestRunner
from orchestration.sample import write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.workspace import Workspace

Ended = dict[str, tuple[str, int | None]]


def ended(workspace: Workspace, *command: str) -> Ended:
    """Status and count of every test of a command."""
    results = workspace.dbt(*command).result.results
    return {
        r.node.unique_id: (str(r.status), r.failures)
        for r in results
        if r.node.resource_type == "test"
    }


def on_record(workspace: Workspace) -> Ended:
    """The same, as the books have it of the last run."""
    return {
        unique_id: (status, failures)
        for unique_id, status, failures in workspace.query(
            "select unique_id, status, failures from governance.node_results "
            "where unique_id like 'test.%' and invocation_id = (select invocation_id "
            "from governance.invocations order by invocation_number desc limit 1)"
        )
    }


def test_each_test_ends_as_alone(module_workspace: Workspace) -> None:
    """Those that pass, find rows, warn or break, on tables somebody has damaged."""
    workspace = module_workspace
    write_samples(
        workspace.settings.landing,
        workspace.settings.truth,
        [
            AssistantOptions(days=3, rows_per_day=60, seed=5),
            PrismOptions(days=3, analyses_per_day=20, seed=5),
        ],
    )
    workspace.ingest()
    workspace.build()
    workspace.execute(
        "update core.dim_time set minute_of_day = 1 where minute_of_day in (2, 3)",
        "update assistant.fct_assistant_interactions set date_key = 1",
        "alter table assistant.system_performance rename to damaged",
        "create view assistant.system_performance as select 1 as nothing",
    )
    together = ended(workspace, "build", "--resource-type", "test")
    assert together == on_record(workspace)
    grouped = dict(GroupedTestRunner.passed)
    alone = ended(workspace, "test", "--exclude-resource-type", "unit_test")
    # A build does not go on below what failed.
    run = {i: how for i, how in together.items() if how[0] != "skipped"}
    assert run == {i: alone[i] for i in run}
    assert {status for status, _ in run.values()} == {"pass", "warn", "fail", "error"}
    assert sum(grouped.values()) > 150
    assert not [i for i, passed in grouped.items() if passed and alone[i] != ("pass", 0)]


def test_a_failure_names_its_test(module_workspace: Workspace) -> None:
    """And only that one, of all that were asked with it; dbt runs it by its name, too."""
    failing = "unique_dim_time_minute_of_day"
    together = module_workspace.dbt("build", "--resource-type", "test", "--select", "dim_time")
    failed = [r for r in together.result.results if r.status == "fail"]
    assert [r.node.name for r in failed] == [failing]
    assert "Got 1 result" in failed[0].message
    assert failed[0].node.compiled_code
    [alone] = ended(module_workspace, "test", "--select", failing).values()
    assert alone == ("fail", 1)
