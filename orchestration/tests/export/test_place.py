"""An export is whole, described and on record, or it is not there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.core.errors import ConfigurationError, NothingPublished
from orchestration.core.settings import Settings
from orchestration.dbt.manifest import graph_manifest
from orchestration.export.bundle import bundle
from orchestration.export.errors import ColumnRefused, ExportError, NoRows
from orchestration.export.formats import Format
from orchestration.export.manifest import account, manifest_path
from orchestration.export.marts import Column
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.export.verify import verify
from orchestration.tests.export.published import execute, logged, publish_rows
from orchestration.tests.processes import Command, dying, granary
from orchestration.tests.workspace import KEY, Workspace
from orchestration.warehouse import books
from orchestration.warehouse.lock import writer_lock

ALL = Asked(days=3650)
BIG = 1_000_000


def test_the_manifest_says_what_a_file_holds(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with published.activate():
        result = export(published.settings, Request("interactions", path=path, asked=Asked(days=2)))
    manifest: dict[str, Any] = json.loads((tmp_path / "x.csv.manifest.json").read_text("utf-8"))
    content = path.read_bytes()
    assert manifest["file"] == {
        "name": "x.csv", "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    assert (manifest["report"], manifest["rows"], manifest["time_zone"]) == (
        "interactions", 2, "UTC",
    )  # fmt: skip
    assert manifest["filters"] == {
        "first_day": "2026-01-19", "last_day": "2026-01-20",
        "tables": ["fct_assistant_interactions"],
    }  # fmt: skip
    assert manifest["published_at"] == "2026-02-01T03:00:00Z"
    [table] = manifest["tables"]
    columns = {column["name"]: column for column in table["columns"]}
    assert list(columns) == content.decode().split("\n")[0].split(",")
    assert columns["asked_at"] == {
        "name": "asked_at", "type": "timestamp", "class": "behavioural",
        "description": "When the question was put, UTC.",
    }  # fmt: skip
    assert columns["session_key"]["class"] == "pseudonym"
    assert all(c["description"] and c["class"] for c in columns.values())
    assert "apostrophe" in manifest["reading"]["texts"]
    assert (result.rows, result.sha256) == (2, manifest["file"]["sha256"])


def test_an_export_is_on_record(workspace: Workspace, tmp_path: Path) -> None:
    publish_rows(workspace)
    workspace.ingest()
    with workspace.activate():
        result = export(
            workspace.settings,
            Request("interactions", path=tmp_path / "x.parquet", asked=Asked(days=2)),
        )
        who = account(workspace.settings)
    [row] = workspace.query(
        "select export_id, report, format, first_day, last_day, row_count, size_bytes, sha256, "
        "exported_by, expires_at, expires_at - exported_at, removed_at from governance.export_log"
    )
    assert row[:3] == (result.export_id, "interactions", "parquet")
    assert list(map(str, row[3:5])) == ["2026-01-19", "2026-01-20"]
    assert row[5:9] == (2, result.size_bytes, result.sha256, who)
    assert (row[9], row[10].days, row[11]) == (result.expires_at, 30, None)
    manifest = json.loads(result.manifest.read_text("utf-8"))
    assert (manifest["exported_by"], manifest["export_id"]) == (who, result.export_id)
    # The login stands nowhere.
    login = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    assert f'"{login}"' not in result.manifest.read_text("utf-8")


def test_it_is_on_record_while_the_warehouse_is_busy(
    duckdb_workspace: Workspace, tmp_path: Path
) -> None:
    publish_rows(duckdb_workspace)
    duckdb_workspace.ingest()
    with writer_lock(duckdb_workspace.settings):
        result = export(duckdb_workspace.settings, Request("interactions", path=tmp_path / "x.csv"))
    assert [entry["export_id"] for entry in logged(duckdb_workspace)] == [result.export_id]
    books.flush(duckdb_workspace.settings)
    assert duckdb_workspace.value("select count(*) from governance.export_log") == 1


def test_a_file_that_is_there_is_kept(duckdb_published: Workspace, tmp_path: Path) -> None:
    settings = duckdb_published.settings
    path = tmp_path / "x.csv"
    path.write_text("mine")
    before = len(logged(duckdb_published))
    with pytest.raises(ExportError, match="--force"):
        export(settings, Request("interactions", path=path, asked=ALL))
    zipped = tmp_path / "x.zip"
    zipped.write_text("mine")
    with pytest.raises(ExportError, match="--force"):
        bundle(settings, ALL, path=zipped)
    assert path.read_text() == zipped.read_text() == "mine"
    zipped.unlink()
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]
    assert len(logged(duckdb_published)) == before
    export(settings, Request("interactions", path=path, force=True, asked=ALL))
    assert path.read_text().startswith("interaction_key,")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.csv", "x.csv.manifest.json"]


def test_a_file_that_comes_meanwhile_is_kept(
    duckdb_published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    whole = books.record_all

    def late(*arguments: Any, **entry: Any) -> None:
        path.write_text("mine")
        whole(*arguments, **entry)

    monkeypatch.setattr(books, "record_all", late)
    with pytest.raises(ExportError, match="--force"):
        export(duckdb_published.settings, Request("interactions", path=path))
    assert path.read_text() == "mine"
    assert list(tmp_path.glob(".*")) == []


def test_of_several_at_once_one_gets_the_name(duckdb_published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    before = len(logged(duckdb_published))

    def attempt(days: int) -> str | None:
        try:
            request = Request("interactions", path=path, asked=Asked(days=days))
            return export(duckdb_published.settings, request).export_id
        except ExportError:
            return None

    with ThreadPoolExecutor(4) as pool:
        [won] = [done for done in pool.map(attempt, (1, 2, 15, 30)) if done]
    found = verify(path)
    assert (found.intact, found.export_id) == (True, won)
    assert len(logged(duckdb_published)) == before + 1


def test_an_analyst_who_may_only_read_can_export(
    postgres_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_rows(postgres_workspace)
    postgres_workspace.execute(
        "drop role if exists export_analyst",
        "create role export_analyst login",
        "grant usage on schema serving_assistant, serving_governance to export_analyst",
        "grant select on all tables in schema serving_assistant, serving_governance "
        "to export_analyst",
    )
    with monkeypatch.context() as analyst:
        analyst.setenv("PGUSER", "export_analyst")
        request = Request("interactions", path=tmp_path / "x.csv")
        made = export(postgres_workspace.settings, request)
    # Someone who may write the books takes the entry in.
    assert [entry["export_id"] for entry in logged(postgres_workspace)] == [made.export_id]
    postgres_workspace.ingest()
    assert postgres_workspace.value("select count(*) from governance.export_log") == 1


def test_a_full_disk_leaves_nothing(
    duckdb_published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(logged(duckdb_published))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="No space left"):
        export(duckdb_published.settings, Request("interactions", path=tmp_path / "x.csv"))
    assert list(tmp_path.iterdir()) == []
    assert len(logged(duckdb_published)) == before


def test_an_export_without_its_entry_in_the_book_is_not_made(
    duckdb_published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(books, "record_all", broken)
    with pytest.raises(ExportError, match="Read-only"):
        export(duckdb_published.settings, Request("interactions", path=tmp_path / "x.csv"))
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_nothing_under_the_final_name(
    duckdb_workspace: Workspace, tmp_path: Path
) -> None:
    publish_rows(duckdb_workspace)
    execute(
        duckdb_workspace,
        [
            (
                "insert into assistant.fct_assistant_interactions by name select uuid() as "
                "interaction_key, date '2026-01-10' as activity_date, 'x' as user_role "
                f"from range({BIG})",
                [],
            )
        ],
    )
    for form in ("csv", "parquet", "xlsx"):
        folder = tmp_path / form
        folder.mkdir()
        path = folder / f"x.{form}"
        path.write_text("old")
        process = Command("export", "interactions", "--out", str(path), "--force")
        # Excel's rows are gathered apart; what another kill left there does not count.
        scratch = duckdb_workspace.settings.scratch
        wait_for_bytes(process, scratch if form == "xlsx" else folder)
        assert process.kill().returncode == -signal.SIGKILL
        assert path.read_text() == "old"
        assert not manifest_path(path).exists()
    assert logged(duckdb_workspace) == []


def wait_for_bytes(process: Command, folder: Path) -> None:
    """Wait until an unfinished file in a folder holds something."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.is_running:
        for file in folder.rglob("*"):
            unfinished = file.suffix == ".tmp" or file.parent.name.startswith("excel-")
            with contextlib.suppress(FileNotFoundError):
                if unfinished and file.is_file() and file.stat().st_size > 0:
                    return
        time.sleep(0.005)
    raise AssertionError("the export ended, or never began")


def test_what_a_kill_before_the_name_leaves_is_no_obstacle(
    duckdb_published: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    killed = granary("export", "interactions", "--out", str(path), before=dying("file complete", 3))
    assert killed.returncode == -signal.SIGKILL
    assert not path.exists()
    assert manifest_path(path).exists()
    result = export(duckdb_published.settings, Request("interactions", path=path))
    manifest = json.loads(manifest_path(path).read_text("utf-8"))
    assert manifest["export_id"] == result.export_id


def test_an_empty_period_is_said_and_leaves_nothing(published: Workspace, tmp_path: Path) -> None:
    before = len(logged(published))
    path = tmp_path / "x.csv"
    with published.activate():
        for asked in (
            Asked(
                first_day=date.fromisoformat("2025-01-01"),
                last_day=date.fromisoformat("2025-01-31"),
            ),
            Asked(
                first_day=date.fromisoformat("2026-01-12"),
                last_day=date.fromisoformat("2026-01-18"),
            ),
            Asked(first_day=date.fromisoformat("2026-02-01")),
        ):
            with pytest.raises(NoRows, match="no rows"):
                export(published.settings, Request("interactions", path=path, asked=asked))
    assert list(tmp_path.iterdir()) == []
    assert len(logged(published)) == before


@pytest.mark.parametrize("meta", [{"class": "free_text"}, {"class": "identifier"}, {}, None])
def test_a_column_that_must_not_leave_stops_the_export(
    workspace: Workspace, tmp_path: Path, meta: dict[str, str] | None
) -> None:
    """Personal text, an identifier, a column without a class, one that nobody described."""
    publish_rows(workspace)
    manifest = graph_manifest()
    columns = manifest["nodes"]["model.granary.fct_assistant_interactions"]["columns"]
    if meta is None:
        del columns["query_type"]
    else:
        columns["query_type"]["config"]["meta"] = meta
    workspace.settings.target_path.mkdir(parents=True, exist_ok=True)
    (workspace.settings.target_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    for form in ("csv", "xlsx"):
        with workspace.activate(), pytest.raises(ColumnRefused, match="query_type") as refused:
            export(workspace.settings, Request("interactions", path=tmp_path / f"x.{form}"))
        assert refused.value.exit_code == 3
    assert list(tmp_path.glob("x*")) == []


def test_a_failure_of_the_engine_leaves_nothing_and_quotes_nothing(
    published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(column: Column, form: Format) -> str:
        failed = "case when user_role like '契約書%' then error('alice@example.com') end"
        return f"{failed} as {column.name}"

    monkeypatch.setattr("orchestration.export.formats.expression", failing)
    for suffix in ("csv", "xlsx"):
        request = Request("interactions", path=tmp_path / f"x.{suffix}", asked=ALL)
        with published.activate(), pytest.raises(ExportError, match="failed") as failed:
            export(published.settings, request)
        assert "alice" not in str(failed.value)
        # It was neither.
        assert "disk" not in str(failed.value)
        assert "reach" not in str(failed.value)
    assert list(tmp_path.iterdir()) == []
    assert not any(published.settings.scratch.glob("e*-*/"))


def test_nothing_published_names_the_command(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.activate(), pytest.raises(NothingPublished, match="granary publish"):
        export(workspace.settings, Request("interactions", path=tmp_path / "x.csv"))
    assert list(tmp_path.glob("x*")) == []


def test_the_account_is_a_pseudonym_that_needs_the_key(
    duckdb_published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("interactions", path=tmp_path / "x.csv")
    monkeypatch.delenv("GRANARY_PII_KEY")
    with pytest.raises(ConfigurationError, match="no pseudonymisation key"):
        export(Settings(), request)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("GRANARY_PII_KEY", KEY[::-1])
    export(Settings(), request)
    manifest = json.loads((tmp_path / "x.csv.manifest.json").read_text("utf-8"))
    assert manifest["exported_by"] != account(duckdb_published.settings)
