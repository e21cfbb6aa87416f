"""What is measured: the time of the work, the memory of all its processes, the same SQL."""

from __future__ import annotations

import os
import shutil

import pytest

from benchmarks.measure import WorkFailed, run
from benchmarks.straight import prepare, run_straight
from orchestration.sample import write_sample
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.bench.works import fail, idle, in_a_child
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace


def test_peak_memory_counts_what_child_processes_hold() -> None:
    large, small = run(in_a_child, env=os.environ), run(idle, env=os.environ)
    assert large.result == "done"
    assert large.seconds >= 0.8
    assert 190 < large.peak_mb - small.peak_mb < 260


def test_work_may_time_itself() -> None:
    measured = run(idle, env=os.environ)
    assert (measured.seconds, measured.result) == (12.5, {"rows": 3})


def test_failed_work_says_why() -> None:
    with pytest.raises(WorkFailed, match="fail: nothing is landed"):
        run(fail, "nothing is landed", env=os.environ)


def test_straight_sql_makes_the_tables_dbt_makes(duckdb_workspace: Workspace) -> None:
    settings = duckdb_workspace.settings
    write_sample(settings.landing, settings.truth, AssistantOptions(days=3, rows_per_day=100))
    duckdb_workspace.ingest()
    raw = settings.root / "raw.duckdb"
    shutil.copyfile(settings.warehouse, raw)
    duckdb_workspace.parse()
    built = granary(
        *("build", "--select", "+session_analytics", "+system_performance"),
        *("--indirect-selection", "cautious"),
    )
    assert built.returncode == 0, built.stderr
    prepare(settings, raw)
    with duckdb_workspace.activate():
        rows = run_straight()
    assert {"policy.metric_thresholds", "assistant.session_analytics"} < set(rows)
    for table, count in rows.items():
        assert count > 0, table
        assert count == duckdb_workspace.value(f"select count(*) from {table}"), table
