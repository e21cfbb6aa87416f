"""Every disaster, rehearsed for real; a copy that is not true, or late, turns the tier red."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.backup.drill import run as drilling
from orchestration.backup.drill import scenarios
from orchestration.backup.drill.rehearsal import Copy, Rehearsal
from orchestration.backup.drill.run import DrillReport, drill
from orchestration.backup.drill.scenarios import SCENARIOS
from orchestration.backup.drill.standing import standing
from orchestration.backup.duckdb import part
from orchestration.backup.files import reading
from orchestration.backup.manifest import Backup
from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.defs.backup import backup_checks, cron
from orchestration.policies.backup import tiers
from orchestration.tests.backup.helpers import Kit, kit_on, land_some
from orchestration.tests.processes import INSTALLED, environment_for, granary
from orchestration.tests.workspace import KEY, Workspace, environment


def rehearse(kit: Kit, scenario: str, **options: object) -> DrillReport:
    with kit.workspace.activate():
        return drill(kit.settings, kit.identities, scenario=scenario, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_disaster_on_duckdb(kit: Kit, scenario: str) -> None:
    kit.create()
    before = kit.settings.warehouse.read_bytes()
    report = rehearse(kit, scenario, tests=False)
    assert report.outcome == "passed", report.findings
    assert report.tables > 20
    assert report.rto_seconds
    assert report.rpo_seconds == 0
    [(outcome, rehearsed, tables)] = kit.workspace.query(
        "select outcome, scenario, table_count from governance.backup_drills"
    )
    assert (outcome, rehearsed, tables) == ("passed", scenario, report.tables)
    assert kit.workspace.value("select count(*) from raw.assistant_interactions") == 20
    assert len(before) > 0
    assert not list(kit.settings.scratch.glob("backup-*"))


@pytest.fixture(scope="module")
def postgres_backup(postgres_kit: Kit) -> Kit:
    """A server with one backup."""
    postgres_kit.create()
    return postgres_kit


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_disaster_on_postgres(postgres_backup: Kit, scenario: str) -> None:
    report = rehearse(postgres_backup, scenario, tests=False)
    assert report.outcome == "passed", report.findings
    assert report.tables > 20
    assert report.rpo_seconds is not None
    assert report.rpo_seconds <= 300
    [(outcome,)] = postgres_backup.workspace.query(
        f"select outcome from governance.backup_drills where scenario = '{scenario}'"
    )
    assert outcome == "passed"
    assert postgres_backup.workspace.value("select count(*) from raw.assistant_interactions") == 20


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, identity_file: Path) -> Iterator[Kit]:
    """A warehouse whose models are built."""
    folder = tmp_path_factory.mktemp("built")
    with (
        environment(kit_on(folder / "backups", identity_file)),
        Workspace.on_duckdb(folder / "home") as workspace,
    ):
        land_some(workspace)
        workspace.ingest()
        workspace.build_models()
        kit = Kit(workspace, identity_file)
        kit.create()
        yield kit


def test_the_tests_run_on_the_copy_and_a_failure_fails_the_drill(
    built: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = scenarios.human_error

    def breaks(rehearsal: Rehearsal) -> Copy:
        copy = original(rehearsal)
        with duckdb.connect(str(copy.home / "warehouse.duckdb")) as engine:
            engine.execute("insert into core.dim_date select * from core.dim_date limit 1")
        return copy

    monkeypatch.setitem(SCENARIOS, "human_error", breaks)
    report = rehearse(built, "human_error")
    assert report.outcome == "failed"
    assert report.tests_passed > 100
    failed = [f for f in report.findings if f.startswith("dbt test failed")]
    # What was broken behind its back, and nothing else.
    assert len(failed) == report.tests_failed > 0
    assert all("dim_date" in finding for finding in failed)
    assert KEY not in json.dumps(report.findings)


def test_killed_while_building_it_is_backed_up_and_restored(built: Kit, tmp_path: Path) -> None:
    log = built.settings.warehouse.with_name("warehouse.duckdb.wal")
    land_some(built.workspace, 3)
    built.workspace.ingest()
    rows = built.workspace.value("select count(*) from raw.assistant_interactions")
    assert not log.exists()
    with built.workspace.activate():
        build = subprocess.Popen(
            [INSTALLED, "build", "--full-refresh"],
            env=environment_for(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not log.exists() and build.poll() is None:
            time.sleep(0.05)
        # It leads a session of its own: dbt goes with it.
        os.killpg(build.pid, signal.SIGKILL)
        assert build.wait() == -signal.SIGKILL
    assert log.exists()
    backup = built.create(2)
    built.restore(tmp_path / "copy")
    built.assert_same(backup, tmp_path / "copy" / "warehouse.duckdb")
    found = {table.relation: table.rows for table in backup.manifest.tables}
    assert found["raw.assistant_interactions"] == rows == 40


def test_a_copy_that_differs_has_failed(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.create()
    original = reading.extract

    def lossy(backup: Backup, name: str, path: Path, *rest: Any) -> None:
        original(backup, name, path, *rest)
        with duckdb.connect(str(path)) as engine:
            engine.execute("delete from raw.assistant_interactions where session_id = 's-0-1'")

    monkeypatch.setattr(part, "extract", lossy)
    report = rehearse(kit, "human_error", tests=False)
    assert report.outcome == "failed"
    assert "raw.assistant_interactions has 19 rows instead of 20" in report.findings[0]
    assert not standing(kit.settings, 1).is_good


def test_damage_that_goes_unnoticed_fails_the_drill(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.create()
    monkeypatch.setattr(scenarios, "_overwrite", lambda path: None)
    report = rehearse(kit, "corruption", tests=False)
    assert (report.outcome, report.findings) == ("failed", ["a damaged warehouse went unnoticed"])


def test_objectives_that_are_missed_are_exceeded(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.create()
    slow = {n: replace(tier, rto=timedelta(0)) for n, tier in tiers().items()}
    with monkeypatch.context() as hurried:
        hurried.setattr(drilling, "tiers", lambda: slow)
        assert rehearse(kit, "outage", tests=False).outcome == "exceeded"
    assert "exceeded" in standing(kit.settings, 1).reason
    land_some(kit.workspace, 1)
    lossy = {n: replace(tier, rpo=timedelta(0)) for n, tier in tiers().items()}
    with monkeypatch.context() as strict:
        strict.setattr(drilling, "tiers", lambda: lossy)
        report = rehearse(kit, "outage", tests=False)
    assert report.outcome == "exceeded"
    assert report.rpo_seconds
    assert report.rpo_seconds > 0
    kit.create(1)
    assert rehearse(kit, "outage", tests=False).rpo_seconds == 0


def test_loaded_rows_count_from_the_second_tier_on(kit: Kit) -> None:
    kit.create()
    land_some(kit.workspace, 1)
    kit.workspace.ingest()
    kit.create(1)
    assert drilling.first_lost_write(kit.settings, 1) is None
    assert drilling.first_lost_write(kit.settings, 2) is not None
    kit.create(2)
    assert drilling.first_lost_write(kit.settings, 2) is None


def test_where_the_warehouse_cannot_be_seen_the_age_of_the_backup_counts(
    kit: Kit, tmp_path: Path
) -> None:
    backup = kit.create()
    elsewhere = Settings(home=tmp_path / "elsewhere", backup_dir=kit.settings.backups)
    for tier in tiers():
        assert drilling.first_lost_write(elsewhere, tier) == backup.manifest.taken_at


def test_a_drill_without_a_backup_fails_and_is_on_record(kit: Kit) -> None:
    assert rehearse(kit, "outage").outcome == "failed"
    assert kit.workspace.query("select outcome, error_class from governance.backup_drills") == [
        ("failed", "BackupError")
    ]


def test_each_disaster_has_its_turn(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.create()
    quick = dict.fromkeys(SCENARIOS, lambda rehearsal: rehearsal.restore("copy"))
    monkeypatch.setattr(drilling, "SCENARIOS", quick)
    with kit.workspace.activate():
        seen = [
            drill(kit.settings, kit.identities, tests=False).scenario for _ in range(len(quick))
        ]
    assert sorted(seen) == sorted(SCENARIOS)


def test_a_tier_is_red_until_it_was_rehearsed_and_when_it_is_overdue(kit: Kit) -> None:
    assert "never rehearsed" in standing(kit.settings, 1).reason
    kit.create()
    rehearse(kit, "outage", tests=False)
    assert standing(kit.settings, 1).is_good
    assert standing(kit.settings, 1, utc_now() + timedelta(hours=29)).is_good
    late = standing(kit.settings, 1, utc_now() + timedelta(hours=31))
    assert (late.is_good, "overdue" in late.reason) == (False, True)
    assert not standing(kit.settings, 2).is_good
    checks = [check(None) if False else check for check in backup_checks()]
    assert len(checks) == 3


def test_the_command_prints_the_report(kit: Kit) -> None:
    kit.create()
    result = granary(
        "drill", "--scenario", "outage", "--no-tests", "--json",
        "--identity", str(kit.identity_file),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["outcome"], report["scenario"], report["tier"]) == ("passed", "outage", 1)


@pytest.mark.parametrize(
    ("every", "expression"),
    [
        (timedelta(minutes=5), "*/5 * * * *"),
        (timedelta(minutes=45), "*/30 * * * *"),
        (timedelta(hours=5), "0 */4 * * *"),
        (timedelta(days=1), "0 3 * * *"),
        (timedelta(days=7), "0 3 * * 0"),
        (timedelta(days=31), "0 3 1 * *"),
    ],
)
def test_schedules_are_never_more_seldom_than_asked(every: timedelta, expression: str) -> None:
    assert cron(every, hour=3) == expression
