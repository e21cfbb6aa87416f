"""Landed files are never edited; one that was is named, and the others load."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    MEMORY,
    contents,
    failed,
    ledger,
    lines,
    loaded,
    many,
    memory,
    path_of,
)
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace

CHANGES = {
    "longer": many(5) + many(1, first=7),
    "shorter": many(4),
    "as long": many(5).replace(b"question 4", b"question 9"),
    "empty": b"",
}


@pytest.mark.parametrize("content", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_file_is_named_and_the_others_load(workspace: Workspace, content: bytes) -> None:
    file = workspace.write(f"{INTERACTIONS}/a.jsonl", many(5))
    workspace.ingest()
    path, before = path_of(workspace, file), loaded(workspace, "query")
    file.write_bytes(content)
    workspace.write(f"{INTERACTIONS}/b.jsonl", many(2, first=50))
    report = workspace.ingest()
    assert (report.files, report.rows) == (1, 2)
    assert [f.path for f in report.failures] == [path]
    assert failed(workspace)[path].startswith("has changed since it was loaded")
    now = loaded(workspace, "query")
    assert {place: row for place, row in now.items() if place[0] == path} == before
    # Put back, it is no failure any more.
    file.write_bytes(many(5))
    assert workspace.ingest().failures == []
    assert failed(workspace) == {}


def test_the_command_says_so(workspace: Workspace) -> None:
    file = workspace.write(f"{INTERACTIONS}/a.jsonl", many(5))
    workspace.ingest()
    file.write_bytes(many(6))
    workspace.write(f"{MEMORY}/b.jsonl", lines([memory()]))
    path = path_of(workspace, file)
    run = granary("ingest", "--json")
    assert run.returncode == 5
    assert path in run.stderr
    assert "question" not in run.stderr + run.stdout
    assert [f["path"] for f in json.loads(run.stdout)["failures"]] == [path]
    status = json.loads(granary("status", "--json").stdout)
    assert [f["path"] for f in status["failed_files"]] == [path]
    assert {s["stream"]: s["rows"] for s in status["streams"]} == {
        "interactions": 5,
        "session_memory": 1,
    }


def test_a_touched_file_is_the_same_file(workspace: Workspace) -> None:
    file = workspace.write(f"{INTERACTIONS}/a.jsonl", many(5))
    workspace.ingest()
    before = contents(workspace)
    os.utime(file, ns=(1, 1_700_000_000_123_456_789))
    report = workspace.ingest()
    assert (report.files, report.failures) == (0, [])
    assert contents(workspace) == before
    assert workspace.value("select modified_ns from raw.load_ledger") == 1_700_000_000_123_456_789


def test_a_touched_file_is_read_once_only(
    duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = duckdb_workspace.write(f"{INTERACTIONS}/a.jsonl", many(5))
    duckdb_workspace.ingest()
    os.utime(file, ns=(1, 1_700_000_000_000_000_000))
    duckdb_workspace.ingest()
    opened: list[str] = []

    def watched(path: Path | str, *arguments: object, **named: object) -> object:
        opened.append(str(path))
        return open(path, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("orchestration.ingest.loader.open", watched, raising=False)
    monkeypatch.setattr("orchestration.ingest.reader.open", watched, raising=False)
    assert duckdb_workspace.ingest().failures == []
    assert opened == []


def test_a_loaded_file_that_is_gone_stays_loaded(workspace: Workspace) -> None:
    file = workspace.write(f"{INTERACTIONS}/a.jsonl", many(5))
    workspace.ingest()
    file.unlink()
    report = workspace.ingest()
    assert report.failures == []
    assert len(loaded(workspace)) == 5


@pytest.mark.parametrize("suffix", [".tmp", ".part", ".partial", ".inprogress", ".crdownload"])
def test_an_unfinished_file_waits_for_its_name(duckdb_workspace: Workspace, suffix: str) -> None:
    final = duckdb_workspace.settings.landing / INTERACTIONS / "a.jsonl"
    beside = duckdb_workspace.write(f"{INTERACTIONS}/a.jsonl{suffix}", many(5)[:-20])
    for _ in range(2):
        report = duckdb_workspace.ingest()
        assert (report.files, report.failures) == (0, [])
        assert ledger(duckdb_workspace) == {}
    beside.write_bytes(many(5))
    beside.rename(final)
    assert duckdb_workspace.ingest().rows == 5


def test_hidden_files_are_nobodys_records(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.write(f"{INTERACTIONS}/.hidden.jsonl", many(5))
    duckdb_workspace.write(f"{INTERACTIONS}/_SUCCESS", b"")
    duckdb_workspace.write(f"{INTERACTIONS}/_temporary/0/part.jsonl", many(5))
    duckdb_workspace.write(f"{INTERACTIONS}.tmp/part.jsonl", many(5))
    duckdb_workspace.write("assistant/_old/2026-01-01/part.jsonl", many(5))
    duckdb_workspace.write(".snapshots/part.jsonl", many(5))
    report = duckdb_workspace.ingest()
    assert (report.files, report.failures) == (0, [])
