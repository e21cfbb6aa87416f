"""What a killed process was writing goes with the next command; what a living one writes stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from orchestration.core.files import owner, unfinished, whole_file, working_folder
from orchestration.core.settings import Settings
from orchestration.tests.processes import granary, start
from orchestration.tests.workspace import Workspace

FILES = (
    "catalog.html", "exports/by/hand/x.csv", "reports/x.html", "operations/alert_log.1.json",
    "keys/x.key", "truth/assistant.json", "warehouse.duckdb", "serving.duckdb",
    "landing/assistant/interactions/2026-01-01/part.jsonl",
)  # fmt: skip
FOLDERS = ("tier", "export", "excel", "duckdb", "recall", "load", "backup")


def _begin(kill: bool) -> None:
    """Begin every kind of file and folder there is, and die or stay at it."""
    settings = Settings()
    open_files = []
    for name in FILES:
        path = settings.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        open_files.append(whole_file(path))
        open_files[-1].__enter__().write(b"half")
        folder = unfinished(path)
        folder.mkdir()
        (folder / "part").write_text("half")
    kept = [working_folder(settings.scratch, kind) for kind in FOLDERS]
    for folder_of in kept:
        Path(folder_of.name, "part").write_text("half")
    (settings.root / "begun").touch()
    if kill:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)


def _begun(workspace: Workspace, *, kill: bool) -> tuple[ForkServerProcess, set[Path]]:
    """A process that has begun every kind, and what it has begun."""
    root = workspace.settings.root
    before = set(root.rglob("*"))
    with workspace.activate():
        process = start(_begin, kill)
    deadline = time.monotonic() + 60
    while not (root / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    (root / "begun").unlink()
    return process, {path for path in set(root.rglob("*")) - before if path.is_file()}


def test_the_next_command_sweeps_what_the_dead_left_and_no_more(
    duckdb_workspace: Workspace,
) -> None:
    process, dead = _begun(duckdb_workspace, kill=True)
    process.join()
    process, living = _begun(duckdb_workspace, kill=False)
    try:
        assert len(dead) == len(living) == 2 * len(FILES) + len(FOLDERS)
        assert granary("ingest").returncode == 0
        assert {path for path in dead if path.exists()} == set()
        assert {path for path in living if not path.exists()} == set()
    finally:
        process.kill()


def test_another_machine_s_files_go_after_a_day(duckdb_workspace: Workspace) -> None:
    settings = duckdb_workspace.settings
    settings.exports.mkdir(parents=True)
    foreign = owner().rsplit("-", 1)[0] + "-00000000"
    young, old, older_version = (
        settings.exports / f".x.csv.{mark}.tmp"
        for mark in (f"{foreign}.a", f"{foreign}.b", "c" * 32)
    )
    for path in (young, old, older_version):
        path.write_text("half")
    for path in (old, older_version):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert granary("status").returncode == 0
    assert [path.exists() for path in (young, old, older_version)] == [True, False, False]


def test_what_a_killed_build_had_no_memory_for_goes(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    warehouse = duckdb_workspace.settings.warehouse
    spilled = warehouse.with_name(f"{warehouse.name}.tmp")
    code = (
        "import duckdb, os; engine = duckdb.connect(os.environ['FILE'], "
        "config={'memory_limit': '64MB', 'threads': 1}); "
        "engine.execute('create temp table much as select range as n, md5(n::varchar) as t "
        "from range(3000000)'); os._exit(0)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "FILE": str(warehouse)},
        check=True,
    )
    assert list(spilled.iterdir())
    assert granary("ingest").returncode == 0
    assert not spilled.exists()
