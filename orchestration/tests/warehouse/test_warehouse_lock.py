"""dbt holds the warehouse file while it runs and not a moment longer, and the cores it may have."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.pool import ThreadPool
from types import SimpleNamespace

from orchestration.dbt.open_plugin import Plugin
from orchestration.tests.workspace import Workspace, environment

OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1])"


def _can_open(workspace: Workspace) -> bool:
    """Whether another process can write to the warehouse now."""
    command = [sys.executable, "-c", OPEN, str(workspace.settings.warehouse)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "lock" in done.stderr
    return done.returncode == 0


def test_a_run_leaves_no_lock_behind(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    assert duckdb_workspace.dbt("run", "--select", "dim_time").success
    assert _can_open(duckdb_workspace)


def test_no_process_comes_in_between_two_nodes(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    plugin = Plugin("open", {}, SimpleNamespace(path=str(duckdb_workspace.settings.warehouse)))
    with ThreadPool(1) as workers:
        workers.apply(plugin.configure_cursor, [None])
        assert not _can_open(duckdb_workspace)
        workers.close()
        workers.join()
    assert _can_open(duckdb_workspace)


def test_a_build_takes_the_cores_it_may_have(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    with environment({"GRANARY_BUILD_THREADS": "3"}):
        shown = duckdb_workspace.dbt(
            "show", "--inline", "select current_setting('threads') as threads"
        )
    [row] = shown.result.results[0].agate_table.rows
    assert row["threads"] == 3
