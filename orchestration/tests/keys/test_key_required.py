"""No key, a broken key or another key: every way in stops with one line that says what to do."""

from __future__ import annotations

import stat

import pytest

from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings
from orchestration.dbt.run import dbt_environment
from orchestration.tests.processes import granary, plain_dbt
from orchestration.tests.workspace import KEY, Workspace, environment

OTHER_KEY = "f" * 64
NO_KEY = "no pseudonymisation key: set GRANARY_PII_KEY to 64 hexadecimal digits"
BROKEN = "the key in GRANARY_PII_KEY is not 64 hexadecimal digits"
WRONG = "key is not the one this {} was built with: restore the old key"
# Few nodes: the key is checked before the first.
ONE_MODEL = ["--select", "stg_assistant__system_metrics", "--exclude-resource-type", "test"]
METRIC = {
    "timestamp": "2026-01-01T10:00:00Z",
    "metric_name": "latency",
    "metric_value": 1.5,
    "component": "api",
}


def only_line(text: str, part: str) -> str:
    """The one line that holds a part."""
    [line] = [line for line in text.splitlines() if part in line]
    return line


@pytest.mark.parametrize("command", ["build", "ingest"])
@pytest.mark.parametrize(("key", "message"), [(None, NO_KEY), ("xyz" + KEY[3:], BROKEN)])
def test_granary_stops_with_one_line_and_exit_3(
    workspace: Workspace, command: str, key: str | None, message: str
) -> None:
    if command == "ingest" and not workspace.postgres:
        pytest.skip("ingest hashes nothing on DuckDB")
    result = granary(command, changes={"GRANARY_PII_KEY": key})
    assert result.returncode == 3
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith(f"granary: {message}")
    if key is None:
        assert str(workspace.settings.root / "keys" / "pii.key") in line
    else:
        assert key not in line


def test_a_key_file_that_is_no_key_is_named(duckdb_workspace: Workspace) -> None:
    key_path = duckdb_workspace.settings.key_path
    key_path.parent.mkdir()
    key_path.write_text(KEY[:-1])
    result = granary("build", changes={"GRANARY_PII_KEY": None})
    assert result.returncode == 3
    [line] = result.stderr.splitlines()
    assert line == f"granary: the key in {key_path} is not 64 hexadecimal digits"


def test_plain_dbt_stops_and_other_keys_are_refused_on_duckdb(duckdb_workspace: Workspace) -> None:
    workspace = duckdb_workspace
    workspace.land("system_metrics", [METRIC])
    workspace.ingest()
    workspace.parse()
    paths = {
        name: dbt_environment(workspace.settings)[name]
        for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH")
    }
    for key, message in [(None, NO_KEY), (KEY + "00", BROKEN)]:
        result = plain_dbt("build", *ONE_MODEL, changes={**paths, "GRANARY_PII_KEY": key})
        assert result.returncode != 0
        assert only_line(result.stdout, message)
        assert "Traceback" not in result.stdout + result.stderr

    workspace.build(*ONE_MODEL)
    fingerprint = "select fingerprint from governance.key_fingerprint"
    before = workspace.query(fingerprint)
    assert len(before) == 1
    result = granary("build", *ONE_MODEL, changes={"GRANARY_PII_KEY": OTHER_KEY})
    assert result.returncode == 1
    assert only_line(result.stderr, WRONG.format("warehouse"))
    assert workspace.query(fingerprint) == before


def test_another_key_is_refused_on_postgres(postgres_workspace: Workspace) -> None:
    workspace = postgres_workspace
    workspace.land("system_metrics", [METRIC])
    workspace.ingest()
    workspace.build(*ONE_MODEL)
    pads = workspace.query("select * from granary_private.pads")
    assert len(pads) == 1

    result = granary("ingest", changes={"GRANARY_PII_KEY": OTHER_KEY})
    assert result.returncode == 3
    [line] = result.stderr.splitlines()
    assert WRONG.format("database") in line
    assert workspace.query("select * from granary_private.pads") == pads

    # A key that got in some other way does not pass either; nor does a table without one.
    def build_fails(message: str) -> None:
        result = workspace.dbt("build", *ONE_MODEL)
        assert not result.success
        assert only_line(str(result.exception), message)

    workspace.execute("delete from granary_private.pads")
    build_fails("no pseudonymisation key: run granary ingest with a key configured")
    assert granary("ingest", changes={"GRANARY_PII_KEY": OTHER_KEY}).returncode == 0
    build_fails(WRONG.format("warehouse"))
    workspace.execute("delete from granary_private.pads")
    workspace.ingest()
    workspace.build(*ONE_MODEL)


def test_sample_writes_a_key_file_only_its_owner_reads(duckdb_workspace: Workspace) -> None:
    settings = duckdb_workspace.settings
    result = granary(
        "sample",
        "--start",
        "2026-01-01",
        "--days",
        "1",
        "--per-day",
        "assistant=1",
        changes={"GRANARY_PII_KEY": None},
    )
    assert result.returncode == 0
    assert stat.S_IMODE(settings.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.key_path.parent.stat().st_mode) == 0o700
    first = settings.key_path.read_text()
    bytes.fromhex(first)
    result = granary(
        "sample", "--overwrite", "--start", "2026-01-01", "--days", "1", "--per-day", "assistant=1",
        changes={"GRANARY_PII_KEY": None},
    )  # fmt: skip
    assert result.returncode == 0
    assert settings.key_path.read_text() == first


def test_no_key_file_is_written_where_a_key_is_set(duckdb_workspace: Workspace) -> None:
    assert not duckdb_workspace.settings.create_key()
    assert not duckdb_workspace.settings.key_path.exists()


def test_the_variable_wins_over_the_file(
    duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_path = duckdb_workspace.settings.key_path
    key_path.parent.mkdir()
    key_path.write_text(OTHER_KEY + "\n")
    assert Settings().read_key() == bytes.fromhex(KEY)
    monkeypatch.delenv("GRANARY_PII_KEY")
    assert Settings().read_key() == bytes.fromhex(OTHER_KEY)
    monkeypatch.setenv("GRANARY_PII_KEY", KEY.upper())
    assert Settings().read_key() == bytes.fromhex(KEY)
    # An empty variable is a mistake, not a reason to take another key.
    monkeypatch.setenv("GRANARY_PII_KEY", "")
    with pytest.raises(ConfigurationError, match="GRANARY_PII_KEY is not 64"):
        Settings().read_key()


def test_settings_do_not_print_the_key() -> None:
    with environment({"GRANARY_PII_KEY": KEY}):
        assert KEY not in repr(Settings())
        assert KEY not in str(Settings().model_dump())
