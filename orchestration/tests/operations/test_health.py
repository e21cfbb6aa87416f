"""The health score tells what is wrong, and what to do."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from orchestration.operations.alerts.rules import watch
from orchestration.operations.health.score import assess
from orchestration.policies.health import thresholds
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace
from orchestration.warehouse import books

NOW = datetime(2026, 3, 2, 12)
LINE = {"timestamp": "2026-03-02T10:00:00Z", "metric_name": "error_rate", "metric_value": 1.0,
        "component": "api"}  # fmt: skip


def _statuses(workspace: Workspace, now: datetime) -> dict[str, str]:
    with workspace.activate():
        return {part.part: part.status for part in assess(workspace.settings, now).parts}


def test_an_empty_home_is_not_healthy(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.settings.root.mkdir(exist_ok=True)
    health = assess(duckdb_workspace.settings)
    found = {part.part: part for part in health.parts}
    assert set(found) == set(thresholds())
    assert found["backup"].status == "error"
    assert found["backup"].advice == "run `granary backup create`"
    assert found["quality"].status == "unknown"
    assert health.status == "error"
    # Only the disk is well, and what is not known does not count.
    counted = [part for part in health.parts if part.status != "unknown"]
    expected = 100 * found["disk"].weight / sum(part.weight for part in counted)
    assert health.score_percent == pytest.approx(expected, abs=0.1)


def test_streams_that_wait_and_lines_that_fail_are_told(workspace: Workspace) -> None:
    workspace.land("system_metrics", [LINE])
    workspace.write("assistant/interactions/2026-03-02/bad.jsonl", b"{\n{\n{\n")
    workspace.ingest()
    loaded = workspace.value("select max(loaded_at) from raw.load_ledger")
    assert _statuses(workspace, loaded + timedelta(hours=1))["freshness"] == "ok"
    later = _statuses(workspace, loaded + timedelta(hours=30))
    assert later["freshness"] == "warn"
    assert _statuses(workspace, loaded + timedelta(hours=80))["freshness"] == "error"
    # Three of four lines.
    assert later["rejects"] == "error"
    assert later["files"] == "ok"


def test_a_file_that_could_not_be_loaded_is_red_until_it_is(workspace: Workspace) -> None:
    bad = workspace.write("assistant/interactions/2026-03-02/bad.csv", b"no,header\n")
    workspace.ingest()
    with workspace.activate():
        [found] = [part for part in assess(workspace.settings).parts if part.part == "files"]
        assert (found.status, found.measured) == ("error", 1.0)
        assert found.finding == "1 in assistant/interactions"
        assert found.advice is not None
        assert "granary status" in found.advice
        [alert] = [w for w in watch(workspace.settings, 60) if w.rule.metric == "files"]
        assert alert.is_broken
        bad.unlink()
        workspace.ingest()
        [alert] = [w for w in watch(workspace.settings, 60) if w.rule.metric == "files"]
        assert alert.is_broken is False
    assert _statuses(workspace, NOW)["files"] == "ok"


def test_a_backup_counts_while_it_is_new(workspace: Workspace) -> None:
    workspace.ingest()
    with workspace.activate():
        books.record(
            workspace.settings, "backup_log", backup_id="b", action="create", outcome="success",
            engine="duckdb", duration_seconds=1.0, ended_at=NOW,
        )  # fmt: skip
    assert _statuses(workspace, NOW + timedelta(hours=2))["backup"] == "ok"
    assert _statuses(workspace, NOW + timedelta(hours=100))["backup"] == "error"


def test_the_command_shows_the_worst_first_and_can_fail(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.ingest()
    plain = granary("health")
    assert plain.returncode == 0, plain.stderr
    assert "Health: " in plain.stdout
    assert plain.stdout.index("backup") < plain.stdout.index("disk")
    assert granary("health", "--fail-on", "error").returncode == 1
    with duckdb.connect(str(duckdb_workspace.settings.warehouse), read_only=True) as engine:
        kept = engine.execute(
            "select count(distinct part), count(*) from governance.health_assessments"
        ).fetchone()
    assert kept == (len(thresholds()), 2 * len(thresholds()))
