"""What a person or a script gets from the command line: exit codes, help, JSON, plain errors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from orchestration.tests.processes import granary, installed
from orchestration.tests.workspace import Workspace

COMMANDS = {
    "sample": [
        "--days", "--rows-per-day", "--analyses-per-day", "--seed", "--start", "--overwrite",
        "--source", "--into", "GRANARY_PRISM_URL", "faults",
    ],
    "ingest": ["exactly once", "rejects"],
    "build": ["dbt build", "--select"],
    "publish": ["readers", "passed"],
    "metrics": ["published marts", "--by", "--where", "--since", "--until"],
    "status": ["streams", "could not be loaded", "publication"],
}  # fmt: skip
SMALL = ["sample", "--days", "1", "--rows-per-day", "5", "--source", "assistant"]
NOTHING_LOADED = "the warehouse lacks tables that loading makes: run `granary ingest` first"
UNREACHABLE = {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGPASSWORD": "sesame-7261"}


def one_line(stderr: str) -> str:
    """The single line of an error."""
    [line] = stderr.splitlines()
    assert line.startswith("granary: ")
    return line


def data(*arguments: str, exit_code: int = 0) -> Any:
    """What a command prints with --json, which must be JSON and nothing else."""
    result = granary(*arguments, "--json")
    assert result.returncode == exit_code, result.stderr
    return json.loads(result.stdout)


def test_help_names_commands_settings_and_exit_codes() -> None:
    result = granary("--help")
    assert result.returncode == 0
    text = " ".join(result.stdout.split())
    for word in [*COMMANDS, "GRANARY_HOME", "GRANARY_TARGET", "PGHOST", "duckdb", "postgres"]:
        assert word in text
    for code, meaning in {0: "done", 1: "check", 2: "usage", 3: "connection", 5: "partly"}.items():
        assert re.search(rf"\b{code}\b[^,]*{meaning}", text)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_teaches(command: str) -> None:
    result = granary(command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    assert len(text) > 150
    for word in [*COMMANDS[command], "--json"]:
        assert word in text


def test_no_command_shows_the_help() -> None:
    result = granary()
    assert result.returncode == 2
    assert "Usage" in result.stdout + result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["harvest"],
        ["publish", "--jsn"],
        ["ingest", "now"],
        ["sample", "--days", "0"],
        ["sample", "--days", "99999"],
        ["sample", "--seed", "-1"],
        ["sample", "--start", "yesterday"],
        ["sample", "--source", "granary"],
        ["sample", "--source", "assistant", "--into", "postgres"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(duckdb_workspace: Workspace, arguments: list[str]) -> None:
    result = granary(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "Error: " in result.stderr
    assert not duckdb_workspace.settings.landing.exists()


def test_a_sample_is_not_written_over_data(duckdb_workspace: Workspace) -> None:
    landing = duckdb_workspace.settings.landing
    duckdb_workspace.write("assistant/interactions/2026-01-01/mine.jsonl", b"{}\n")
    result = granary(*SMALL)
    assert (result.returncode, result.stdout) == (1, "")
    line = one_line(result.stderr)
    assert f"{landing / 'assistant'} already holds data" in line
    assert [p.name for p in landing.rglob("*") if p.is_file()] == ["mine.jsonl"]


@pytest.mark.parametrize("command", ["ingest", "build", "publish", "status"])
def test_an_unknown_engine_exits_with_3(duckdb_workspace: Workspace, command: str) -> None:
    result = granary(command, changes={"GRANARY_TARGET": "oracle"})
    assert (result.returncode, result.stdout) == (3, "")
    line = one_line(result.stderr)
    assert "GRANARY_TARGET: Input should be 'duckdb' or 'postgres'" in line


@pytest.mark.parametrize("command", ["ingest", "build", "publish", "status"])
def test_an_unreachable_server_exits_with_3_and_tells_no_password(
    duckdb_workspace: Workspace, command: str
) -> None:
    settings = duckdb_workspace.settings
    settings.target_path.mkdir()
    (settings.target_path / "manifest.json").write_text('{"nodes": {}, "sources": {}}')
    result = granary(command, changes={"GRANARY_TARGET": "postgres", **UNREACHABLE})
    assert (result.returncode, result.stdout) == (3, "")
    assert "cannot connect to PostgreSQL" in one_line(result.stderr)
    assert "sesame" not in result.stderr
    for path in settings.root.rglob("*"):
        assert path.is_dir() or b"sesame" not in path.read_bytes()


def test_a_wrong_password_is_not_repeated(postgres_workspace: Workspace) -> None:
    changes: dict[str, str | None] = {"PGPASSWORD": "sesame-7261", "PGUSER": "nobody_of_that_name"}
    for command in ("ingest", "build", "status"):
        result = granary(command, changes=changes)
        assert (result.returncode, result.stdout) == (3, "")
        assert "sesame" not in one_line(result.stderr)


def test_status_of_an_empty_warehouse(workspace: Workspace) -> None:
    assert data("status") == {
        "streams": [], "failed_files": [], "published_at": None, "clock": None,
    }  # fmt: skip
    plain = granary("status")
    assert plain.returncode == 0
    assert "nothing is loaded yet: run granary ingest" in plain.stdout
    assert "published: never" in plain.stdout


def test_commands_from_another_folder_give_clean_json(workspace: Workspace, tmp_path: Path) -> None:
    """As installed; data on standard output, nothing on standard error, no bar."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    printed = {}
    for arguments in (SMALL, ["ingest"], ["status"]):
        result = installed(*arguments, "--json", folder=folder)
        assert (result.returncode, result.stderr) == (0, ""), result.stderr
        printed[arguments[0]] = json.loads(result.stdout)
    assert list(folder.iterdir()) == []
    assert printed["sample"]["landing"] == str(workspace.settings.landing)
    assert printed["ingest"]["files"] == printed["sample"]["files"] > 0
    assert printed["ingest"]["rows"] == printed["sample"]["expected_rows"] > 0
    assert printed["ingest"]["rejects"] == printed["sample"]["expected_rejects"]

    status = printed["status"]
    assert set(status) == {"streams", "failed_files", "published_at", "clock"}
    assert len(status["streams"]) == 4
    for stream in status["streams"]:
        assert set(stream) == {"source", "stream", "files", "lines", "rows", "rejects"}
        assert stream["source"] == "assistant"
        assert stream["lines"] == stream["rows"] + stream["rejects"]
        assert all(type(stream[n]) is int for n in ("files", "lines", "rows", "rejects"))
    assert sum(s["lines"] for s in status["streams"]) == printed["sample"]["lines"]
    assert (status["failed_files"], status["published_at"]) == ([], None)

    plain = installed("ingest", folder=folder)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert plain.stdout == "0 files, 0 lines = 0 rows + 0 rejects\n"


def test_a_file_that_cannot_be_loaded_exits_with_5(workspace: Workspace) -> None:
    good = {
        "timestamp": "2026-01-01T10:00:00Z",
        "metric_name": "latency",
        "metric_value": 1.5,
        "component": "api",
    }
    workspace.land("system_metrics", [good])
    path = "assistant/system_metrics/2026-01-01/[bold]notes.txt"
    workspace.write(path, b"hello\n")
    report = data("ingest", exit_code=5)
    assert (report["files"], report["rows"]) == (1, 1)
    assert [f["path"] for f in report["failures"]] == [path]
    status = data("status")
    [failed] = status["failed_files"]
    assert set(failed) == {"path", "reason"}
    assert failed["path"] == path
    plain = granary("ingest")
    assert plain.returncode == 5
    assert f"not loaded: {path}: " in plain.stderr
    assert path in granary("status").stdout


def test_a_build_before_anything_is_loaded_says_what_to_do(workspace: Workspace) -> None:
    assert NOTHING_LOADED in str(workspace.dbt("build", "--select", "dim_time").exception)


def test_build_prints_data_apart_from_dbt_s_messages(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.parse()
    result = granary("build", "--json")
    assert (result.returncode, result.stdout) == (1, "")
    assert NOTHING_LOADED in result.stderr
    assert result.stderr.splitlines()[-1].startswith("granary: dbt did not start")
    assert "Traceback" not in result.stderr

    assert granary(*SMALL).returncode == 0
    assert granary("ingest").returncode == 0
    result = granary(
        "build", "--json", "--select", "dim_time", "--exclude-resource-type", "test"
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert set(report) == {"models", "tests", "warnings", "statuses", "problems", "seconds"}
    assert (report["models"], report["problems"]) == (1, [])
    assert "Completed successfully" in result.stderr
    assert "RuntimeWarning" not in result.stderr

    refused = granary("publish", "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "these did not end well" in one_line(refused.stderr)
