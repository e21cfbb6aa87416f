"""What a person or a script gets from the command line: exit codes, help, JSON, plain errors."""

from __future__ import annotations

import errno
import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from orchestration.core.errors import is_full, of_engine
from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.disks import small_disk
from orchestration.tests.processes import granary, installed
from orchestration.tests.workspace import Workspace

COMMANDS = {
    "sample": [
        "--days", "--per-day", "--seed", "--start", "--overwrite",
        "--source", "--into", "GRANARY_<SOURCE>_URL", "faults",
    ],
    "ingest": ["exactly once", "rejects"],
    "build": ["dbt build", "--select"],
    "publish": ["readers", "passed"],
    "metrics": ["published marts", "--by", "--where", "--since", "--until"],
    "status": ["streams", "could not be loaded", "publication"],
}  # fmt: skip
SMALL = ["sample", "--days", "1", "--per-day", "assistant=5", "--source", "assistant"]
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
        ["metrics", "documents", "--since", "2026-02-01", "--until", "2026-01-01"],
        [
            "lifecycle",
            "recall",
            "raw.prism_documents",
            "--identity",
            "key",
            "--from",
            "2026-02-01",
            "--to",
            "2026-01-01",
        ],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(duckdb_workspace: Workspace, arguments: list[str]) -> None:
    result = granary(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "rror: " in result.stderr or "lies after" in one_line(result.stderr)
    assert not duckdb_workspace.settings.landing.exists()


def test_the_version_is_that_of_the_package() -> None:
    [line] = (PROJECT_DIR / "pyproject.toml").read_text("utf-8").partition("version = ")[2:]
    shown = granary("--version")
    assert (shown.returncode, shown.stdout) == (0, f"granary {line.split()[0].strip(chr(34))}\n")


# What a person may ask of a home that does not exist yet, and what comes of it.
FRESH = {
    "lifecycle savings": 1, "lifecycle history table": 1,
    "status": 0, "health": 0, "alert --dry-run": 0, "metrics": 1,
    "metrics cost_usd": 1, "publish": 1, "report executive": 1, "export summary": 1,
    "export compliance": 1, "lifecycle plan": 1, "lifecycle apply": 1,
    "maintain --dry-run": 0, "backup list": 0, "backup verify": 2, "backup prune": 0,
    "backup create": 3, "drill": 3, "ingest": 0,
}  # fmt: skip


def test_a_fresh_home_shows_no_traceback(workspace: Workspace) -> None:
    """Nor one on an empty database, which keeps the books that a command makes."""
    home = workspace.settings.root
    for command, exit_code in FRESH.items():
        shutil.rmtree(home, ignore_errors=True)
        ended = granary(*command.split())
        assert "Traceback" not in ended.stderr, command
        assert ended.returncode == exit_code, (command, ended.stderr)
        if command.startswith("lifecycle"):
            assert "nothing is loaded yet: run `granary ingest`" in ended.stderr, command


def test_a_sample_ends_yesterday(duckdb_workspace: Workspace) -> None:
    yesterdays = {str(datetime.now(UTC).date() - timedelta(days=1))}
    assert granary(*SMALL).returncode == 0
    yesterdays.add(str(datetime.now(UTC).date() - timedelta(days=1)))  # midnight may pass
    days = {path.parent.name for path in duckdb_workspace.settings.landing.rglob("*.jsonl*")}
    assert len(days) == 1
    assert days <= yesterdays


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
        "streams": [], "failed_files": [], "published_at": None, "clock": None, "writing": None,
        "as_of": None,
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
    assert set(status) == {
        "streams", "failed_files", "published_at", "clock", "writing", "as_of",
    }  # fmt: skip
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


def test_a_build_on_a_full_disk_says_so_without_a_traceback(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", 64 << 20) as disk,
        Workspace.on_duckdb(disk / "home") as workspace,
    ):
        workspace.ingest()
        workspace.parse()
        free = shutil.disk_usage(disk).free
        (disk / "filler").write_bytes(bytes(free - (64 << 10)))
        told = granary("build", "--select", "dim_time", "--exclude-resource-type", "test")
    assert told.returncode == 3, told.stderr
    assert told.stderr.splitlines()[-1].startswith("granary: the disk is full")
    assert "Traceback" not in told.stdout + told.stderr
    assert "Logging error" not in told.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (duckdb.IOException('Could not write "/a/b": No space left on device'), "the disk is full"),
        (psycopg.errors.DiskFull("could not extend file"), "the disk is full"),
        (duckdb.ConversionException("Could not convert string 'no space left' to INT32"),
         "the warehouse failed (ConversionException)"),
        (psycopg.errors.NotNullViolation("null value in column"),
         "the warehouse failed (NotNullViolation 23502)"),
        (psycopg.errors.AdminShutdown("terminating connection"), "cannot be reached"),
        (psycopg.OperationalError("consuming input failed: server closed"), "cannot be reached"),
    ],
    ids=lambda given: type(given).__name__,
)  # fmt: skip
def test_only_a_full_disk_is_called_full(error: Exception, told: str) -> None:
    said = of_engine(error)
    assert told in said.replace("server's ", "")
    assert ("full" in said) == is_full(error) == (told == "the disk is full")


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
    assert set(report) == {
        "models", "tests", "warnings", "statuses", "problems", "seconds", "nothing_new_since"
    }  # fmt: skip
    assert (report["models"], report["problems"]) == (1, [])
    assert "Completed successfully" in result.stderr
    assert "RuntimeWarning" not in result.stderr
    assert "deprecat" not in result.stderr.lower()

    refused = granary("publish", "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "these did not end well" in one_line(refused.stderr)
