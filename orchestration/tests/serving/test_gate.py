"""What closes the gate, and that readers keep the last good version meanwhile."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.run import dbt_environment
from orchestration.serving.gate import published, read_manifest
from orchestration.tests.processes import environment_for, granary
from orchestration.tests.serving.conftest import Built
from orchestration.tests.workspace import Workspace

KEPT = "not published, readers keep the last good version"


def refused(built: Built) -> str:
    """Publish, which must be refused and change nothing; the one line that says why."""
    before = built.state()
    result = granary("publish")
    assert result.returncode == 1, result.stderr
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert built.state() == before
    return line


def with_version_1(built: Built) -> None:
    """Publish a version that must stay."""
    built.number(1)
    built.workspace.publish()
    assert built.published() == {1}


def kill_a_build(built: Built) -> None:
    """Start dbt and kill it in the midst of its work."""
    with subprocess.Popen(
        [sys.executable, "-m", "dbt.cli.main", "run", "--select", "dim_date", "dim_time"],
        cwd=PROJECT_DIR,
        env=environment_for(dbt_environment(built.workspace.settings)) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert any("START sql" in line for line in process.stdout)
        finally:
            process.kill()
    assert (
        built.workspace.value("select count(*) from governance.invocations where ended_at is null")
        == 1
    )


def end_all_nodes_well(built: Built) -> None:
    """As a full build that passed would; the real one was at the start."""
    manifest = read_manifest(built.workspace.settings)
    rows = ", ".join(
        f"('again', '{node}', 'success', 0, 0, '2999-01-01')" for node in manifest["nodes"]
    )
    built.workspace.execute(
        f"insert into governance.node_results values {rows}",
        "insert into governance.invocations (invocation_id, command, upto_batch_id, started_at, "
        "ended_at, invocation_number) select 'again', 'build', 1, '2998-01-01', "
        "'2999-01-01', max(invocation_number) + 1 from governance.invocations",
    )


def test_a_failing_test_closes_the_gate(built: Built) -> None:
    with_version_1(built)
    built.workspace.execute("update assistant.query_performance set success_rate = 7")
    result = built.workspace.dbt("test", "--select", "query_performance")
    failing = [r.node.name for r in result.result.results if r.status == "fail"]
    assert failing
    line = refused(built)
    assert line.startswith(f"granary: {KEPT}; these did not end well: ")
    assert all(f"{name} (fail)" in line for name in failing)
    assert built.published() == {1}


def test_a_score_that_is_too_low_is_told(built: Built) -> None:
    with_version_1(built)
    built.workspace.execute(
        "update governance.quality_scores set score = 0.0044, worst_rule = 'user_is_given' "
        "where stream = 'prism.user_feedback' and dimension = 'completeness'"
    )
    test = "assert_every_stream_scores_high_enough"
    assert not built.workspace.dbt("test", "--select", test).success
    assert refused(built) == (
        f"granary: {KEPT}; these did not end well: prism.user_feedback scores 0.004 in "
        f"completeness, less than 0.8 (most records break user_is_given), {test} (error). "
        "Mend it and run `granary build`."
    )
    assert built.published() == {1}


def test_a_failing_model_closes_the_gate(built: Built) -> None:
    with_version_1(built)
    built.workspace.execute(
        "alter table raw.assistant_interactions rename column query to question"
    )
    result = built.workspace.dbt("run", "--select", "stg_assistant__interactions+1")
    assert not result.success
    line = refused(built)
    assert "stg_assistant__interactions (error)" in line
    assert "(skipped)" in line


def test_a_killed_build_closes_the_gate_until_a_whole_one(built: Built) -> None:
    with_version_1(built)
    kill_a_build(built)
    assert "a build is running or was killed" in refused(built)
    # A later run over a part does not tell what the killed one left elsewhere.
    assert built.workspace.dbt("run", "--select", "dim_time").success
    line = refused(built)
    assert "not run since a build was killed" in line
    end_all_nodes_well(built)
    assert granary("publish").returncode == 0


def test_models_built_without_their_tests_close_the_gate(built: Built) -> None:
    with_version_1(built)
    assert built.workspace.dbt("run", "--select", "query_performance").success
    line = refused(built)
    assert f"{KEPT}; built but not tested since: query_performance" in line
    assert built.workspace.dbt("test", "--select", "query_performance").success
    assert granary("publish").returncode == 0
    assert built.published() != {1}


def test_a_build_that_passed_opens_it(built: Built) -> None:
    result = granary("publish")
    assert result.returncode == 0, result.stderr
    relations = published(read_manifest(built.workspace.settings))
    assert set(relations) > set(built.workspace.marts())
    for mart in relations:
        name = f"{mart.schema}.{mart.name}"
        if mart.name == "pipeline_runs":
            continue  # the publication itself is in it by now
        [(rows,)] = built.serving(f"select count(*) from {{s}}{name}")
        assert rows == built.workspace.value(f"select count(*) from {name}")
    assert built.serving("select relation_count from {s}governance.publication") == [
        (len(relations),)
    ]


def test_unit_tests_pass_where_they_are_run(built: Built) -> None:
    """A daily build leaves them out, and the gate does not wait for them."""
    manifest = read_manifest(built.workspace.settings)
    result = built.workspace.dbt("test", "--select", "test_type:unit")
    ended = {
        r.node.unique_id: r.status
        for r in result.result.results
        if r.node.resource_type == "unit_test"
    }
    assert ended == dict.fromkeys(manifest["unit_tests"], "pass")
    assert len(ended) >= 15


@pytest.mark.parametrize("state", ["nothing", "ingested", "parsed"])
def test_nothing_built_is_said_plainly(workspace: Workspace, state: str) -> None:
    if state in ("ingested", "parsed"):
        workspace.ingest()
    if state == "parsed":
        assert workspace.dbt("parse").success
    result = granary("publish")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "granary: nothing is built yet: run `granary build` first\n"
    assert not workspace.settings.serving.exists()
