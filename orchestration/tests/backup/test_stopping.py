"""A command that is told to stop, or killed, leaves nothing behind: no traceback, no child."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import duckdb
import psutil
import pytest

from orchestration.tests.backup.helpers import Kit
from orchestration.tests.processes import Command, granary
from orchestration.tests.workspace import Workspace

# A signal from within, at a named point: where it comes is the same in every run.
AT_A_POINT = """
import os, signal
from orchestration.core.fault_points import watch
# Who runs these tests in the background has their processes ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
watch(lambda point: os.kill(os.getpid(), signal.{name}) if point == "{point}" else None)
"""


def _until(what: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("point", "name"),
    [("secret sealed", "SIGINT"), ("warehouse copied", "SIGINT"), ("files packed", "SIGTERM")],
)
def test_a_backup_that_is_stopped_is_clean(kit: Kit, point: str, name: str) -> None:
    ended = granary("backup", "create", before=AT_A_POINT.format(point=point, name=name))
    assert ended.returncode == 128 + signal.Signals[name]
    assert (ended.stdout, ended.stderr) == ("", "granary: stopped\n")
    for folder in (kit.settings.backups, kit.settings.scratch):
        assert [path for path in folder.iterdir() if not path.name.endswith(".lock")] == []


def test_a_killed_build_takes_dbt_with_it(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    duckdb_workspace.parse()
    # As long as this is open, dbt waits for the file: it has no end of its own.
    with duckdb.connect(str(duckdb_workspace.settings.warehouse)):
        build = Command("build", "--select", "dim_time")
        _until(lambda: psutil.Process(build.pid).children(), 60)
        [dbt] = psutil.Process(build.pid).children()
        _until(lambda: "Found " in build.said, 60)
        build.kill()
        _until(lambda: not dbt.is_running() or dbt.status() == psutil.STATUS_ZOMBIE, 5)
