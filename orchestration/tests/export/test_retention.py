"""Exports end: they are listed, removed and on record, and nothing else is touched."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt.manifest import graph_manifest
from orchestration.export.errors import ExportError
from orchestration.export.kept import kept
from orchestration.export.manifest import manifest_path
from orchestration.export.retention import expired, prune
from orchestration.export.run import Request, export
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.plan import plan
from orchestration.tests.export.published import logged, publish_rows
from orchestration.tests.workspace import Workspace
from orchestration.warehouse import books


@pytest.fixture
def home(duckdb_workspace: Workspace) -> Workspace:
    """The known rows, published; nothing is exported yet."""
    publish_rows(duckdb_workspace)
    return duckdb_workspace


def test_an_export_ends_with_its_retention(home: Workspace, tmp_path: Path) -> None:
    settings = home.settings
    made = export(settings, Request("interactions"))
    elsewhere = export(settings, Request("interactions", path=tmp_path / "x.csv"))
    other = settings.exports / "notes.txt"
    other.write_text("mine")
    end = made.expires_at
    assert end - datetime.now(UTC).replace(tzinfo=None) > timedelta(days=29)
    assert [e.path for e in kept(settings)] == [made.path]
    assert expired(settings) == prune(settings) == []
    assert prune(settings, end - timedelta(seconds=1)) == []
    assert made.path.exists()

    tokyo = datetime.fromisoformat(f"{end.isoformat()}+00:00")
    assert [e.facts.export_id for e in expired(settings, tokyo)] == [made.export_id]
    assert [e.path for e in prune(settings, end)] == [made.path]
    assert [p.name for p in settings.exports.iterdir()] == ["notes.txt"]
    assert elsewhere.path.exists()
    assert prune(settings, end) == []

    home.ingest()
    rows = home.query(
        "select export_id, removed_at is not null, sha256, expires_at from governance.export_log "
        f"where export_id = '{made.export_id}' order by 2"
    )
    assert rows == [(made.export_id, gone, made.sha256, end) for gone in (False, True)]


def test_a_kill_between_removal_and_record_is_made_good(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home.settings
    made = export(settings, Request("interactions"))

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(books, "record_all", killed)
        with pytest.raises(KeyboardInterrupt):
            prune(settings, made.expires_at)
    assert not made.path.exists()
    assert len(logged(home)) == 1
    assert [e.path for e in prune(settings, made.expires_at)] == [made.path]
    assert [bool(entry.get("removed_at")) for entry in logged(home)] == [False, True]


def test_a_name_that_was_given_anew_is_kept(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the removal another export takes the place of the one that ended."""
    settings = home.settings
    made = export(settings, Request("interactions"))
    ended = expired(settings, made.expires_at)
    again = export(settings, Request("interactions", force=True))
    monkeypatch.setattr("orchestration.export.retention.expired", lambda *_: ended)
    assert prune(settings, made.expires_at) == []
    assert json.loads(again.manifest.read_text("utf-8"))["export_id"] == again.export_id
    assert again.path.exists()


def test_an_export_that_another_replaces_is_gone_on_record(home: Workspace) -> None:
    settings = home.settings
    first = export(settings, Request("interactions"))
    again = export(settings, Request("interactions", force=True))
    assert first.path == again.path
    entries = {(e["export_id"], "removed_at" in e) for e in logged(home)}
    assert entries == {
        (first.export_id, False), (first.export_id, True), (again.export_id, False),
    }  # fmt: skip


def test_what_a_killed_export_left_half_written_goes_after_a_day(home: Workspace) -> None:
    settings = home.settings
    settings.exports.mkdir()
    old, new = (settings.exports / f".x.csv.{n}.tmp" for n in ("old", "new"))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - 90_000,) * 2)
    prune(settings)
    assert [p.name for p in settings.exports.iterdir()] == [new.name]


def test_an_unreadable_manifest_is_an_error_not_a_guess(home: Workspace) -> None:
    settings = home.settings
    made = export(settings, Request("interactions"))
    manifest_path(made.path).write_text("{}")
    with pytest.raises(ExportError, match="retention of the file beside it is unknown"):
        prune(settings, made.expires_at)
    assert made.path.exists()


def test_nothing_is_exported_yet(duckdb_workspace: Workspace) -> None:
    assert kept(duckdb_workspace.settings) == prune(duckdb_workspace.settings) == []


def test_the_lifecycle_plans_and_removes_them(home: Workspace) -> None:
    settings = home.settings
    home.ingest()
    settings.target_path.mkdir(parents=True, exist_ok=True)
    (settings.target_path / "manifest.json").write_text(json.dumps(graph_manifest()), "utf-8")
    made = export(settings, Request("interactions"))
    last = made.expires_at.date()
    assert plan(settings, "exports", last - timedelta(days=1)) == []
    [step] = plan(settings, "exports", last)
    assert (step.relation, step.transition, step.rows) == ("files.exports", "deleted", 1)
    assert made.path.exists()
    [done] = apply(settings, "exports", last).steps
    assert done == replace(step, bytes_before=done.bytes_before, bytes_after=0)
    assert (done.bytes_before or 0) > 0
    assert list(settings.exports.iterdir()) == []
    assert plan(settings, "exports", last) == []
    books.flush(settings)
    book = "select removed_at is not null from governance.export_log order by 1"
    assert home.query(book) == [(False,), (True,)]
