"""What happened is on record once, whatever was going on while it happened."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.core.errors import BuildError, WarehouseError
from orchestration.core.settings import Settings
from orchestration.tests.disks import small_disk
from orchestration.tests.workspace import Workspace
from orchestration.warehouse import books
from orchestration.warehouse.lock import writer_lock
from orchestration.warehouse.stages import stage

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
STAGE = {
    "run_id": "run",
    "stage": "取込",
    "status": "success",
    "duration_seconds": 1.5,
    "started_at": NOW,
    "ended_at": NOW,
}
ENTRIES = "select stage, records_in, started_at from governance.pipeline_runs where stage = '取込'"


def test_an_entry_is_in_its_book_at_once(workspace: Workspace) -> None:
    workspace.ingest()
    with workspace.activate():
        books.record(workspace.settings, "pipeline_runs", **STAGE, records_in=7)
    assert workspace.query(ENTRIES) == [("取込", 7, NOW.replace(tzinfo=None))]


def test_an_entry_waits_for_a_busy_warehouse(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    with writer_lock(duckdb_workspace.settings):
        books.record(duckdb_workspace.settings, "pipeline_runs", **STAGE)
    with duckdb.connect(str(duckdb_workspace.settings.warehouse)):
        assert books.flush(duckdb_workspace.settings) in (0, 1)  # this process may open it twice
    duckdb_workspace.ingest()
    assert len(duckdb_workspace.query(ENTRIES)) == 1
    assert not list(duckdb_workspace.settings.operations.iterdir())


def test_an_entry_is_taken_once_though_a_kill_left_its_file(workspace: Workspace) -> None:
    workspace.ingest()
    settings = workspace.settings
    with workspace.activate():
        with writer_lock(settings):
            books.record(settings, "pipeline_runs", **STAGE)
        files = {p: p.read_bytes() for p in settings.operations.glob("*.json")}
        books.flush(settings)
        for path, content in files.items():
            path.write_bytes(content)
        books.flush(settings)
    assert len(workspace.query(ENTRIES)) == 1


def test_an_entry_is_kept_while_the_server_is_away(
    postgres_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_workspace.ingest()
    with monkeypatch.context() as away:
        away.setenv("PGHOST", "/nowhere")
        books.record(postgres_workspace.settings, "pipeline_runs", **STAGE)
    assert postgres_workspace.query(ENTRIES) == []
    postgres_workspace.ingest()
    assert len(postgres_workspace.query(ENTRIES)) == 1


def test_a_book_of_an_older_version_gains_its_columns(workspace: Workspace) -> None:
    workspace.ingest()
    workspace.execute("alter table governance.pipeline_runs drop column records_in")
    with workspace.activate():
        books.record(workspace.settings, "pipeline_runs", **STAGE, records_in=7)
    assert workspace.query(ENTRIES) == [("取込", 7, NOW.replace(tzinfo=None))]


@pytest.mark.parametrize("entry", [{"colour": "red"}, {"stage": None}])
def test_an_entry_that_does_not_fit_is_refused(
    duckdb_workspace: Workspace, entry: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="pipeline_runs"):
        books.record(duckdb_workspace.settings, "pipeline_runs", **(STAGE | entry))


def _fill(folder: Path) -> None:
    with contextlib.suppress(OSError), open(folder / "full", "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def test_a_full_disk_at_the_end_of_a_stage_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1 << 20) as disk:
        settings = Settings(home=disk / "home")
        settings.operations.mkdir(parents=True)
        said = r"publish is done, but not recorded: .*No space"
        with pytest.raises(WarehouseError, match=said), stage(settings, "publish"):
            _fill(disk)
        # What was wrong before the end is what is told.
        with pytest.raises(BuildError, match="a model failed"), stage(settings, "build"):
            raise BuildError("a model failed")
        assert list(settings.operations.iterdir()) == []
