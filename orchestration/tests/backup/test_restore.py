"""Restored for real: elsewhere or in place, never half, and no row is lost that had landed."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.backup import restore as restoring
from orchestration.backup.duckdb import part
from orchestration.backup.errors import BackupError, DamagedBackup, OutOfRange, TargetExists
from orchestration.backup.files import reading
from orchestration.backup.manifest import WAREHOUSE, Backup, Manifest
from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.tests.backup.helpers import Kit, land_some
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace, environment

COUNT = "select count(*) from raw.assistant_interactions"


def test_nothing_is_lost_that_had_landed(kit: Kit) -> None:
    """The warehouse breaks after rows were loaded that no backup of it has."""
    kit.create()
    land_some(kit.workspace, 1)
    kit.workspace.ingest()
    land_some(kit.workspace, 2)
    kit.settings.warehouse.write_bytes(b"nonsense")
    (kit.settings.root / "extract").mkdir()
    report = kit.restore(kit.settings.root, force=True)
    assert report.kept_files == 4
    assert kit.workspace.value(COUNT) == 20
    kit.workspace.ingest()
    assert kit.workspace.value(COUNT) == 60
    assert report.kept_aside is not None
    assert (report.kept_aside / "warehouse.duckdb").read_bytes() == b"nonsense"
    # What an extraction remembers may be ahead of what is landed now.
    assert not (kit.settings.root / "extract").exists()


def test_with_an_increment_nothing_is_lost_on_another_machine(kit: Kit, tmp_path: Path) -> None:
    kit.create()
    land_some(kit.workspace, 1)
    kit.create(1)
    kit.restore(tmp_path / "elsewhere")
    with environment({"GRANARY_HOME": str(tmp_path / "elsewhere")}):
        other = Workspace(Settings())
        assert other.value(COUNT) == 20
        other.ingest()
        assert other.value(COUNT) == 40


def test_a_folder_in_use_is_left_alone(kit: Kit, tmp_path: Path) -> None:
    kit.create()
    target = tmp_path / "used"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with pytest.raises(TargetExists, match="--force"):
        kit.restore(target)
    assert os.listdir(target) == ["mine.txt"]
    kit.restore(target, force=True)
    assert (target / "mine.txt").read_text() == "mine"
    assert (target / "warehouse.duckdb").exists()


def test_an_empty_folder_is_as_good_as_none(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    backup = kit.create()
    kit.restore(tmp_path / "empty")
    kit.assert_same(backup, tmp_path / "empty" / "warehouse.duckdb")


def test_in_place_twice_gives_the_same(kit: Kit) -> None:
    backup = kit.create()
    (kit.settings.root / "keys").mkdir(exist_ok=True)
    (kit.settings.root / "keys" / "pii.key").write_text("kept")
    for _ in range(2):
        kit.restore(kit.settings.root, force=True, on_record=False)
        kit.assert_same(backup, kit.settings.warehouse)
        assert (kit.settings.root / "keys" / "pii.key").read_text() == "kept"


def test_a_point_in_time(kit: Kit, tmp_path: Path) -> None:
    first = kit.create()
    land_some(kit.workspace, 1)
    between = utc_now()
    time.sleep(0.05)
    land_some(kit.workspace, 2)
    kit.workspace.ingest()
    kit.create()
    report = kit.restore(tmp_path / "then", at=between)
    assert report.backup_id == first.id
    assert report.files == 4
    with environment({"GRANARY_HOME": str(tmp_path / "then")}):
        then = Workspace(Settings())
        then.ingest()
        assert then.value(COUNT) == 40
    with pytest.raises(OutOfRange, match="the oldest with a warehouse is of"):
        kit.restore(tmp_path / "never", at=first.manifest.taken_at - timedelta(seconds=1))
    assert not (tmp_path / "never").exists()


def test_a_damaged_backup_gives_nothing_back(kit: Kit, tmp_path: Path) -> None:
    backup = kit.create()
    content = bytearray(backup.path(WAREHOUSE).read_bytes())
    content[-100] ^= 1
    backup.path(WAREHOUSE).write_bytes(content)
    with pytest.raises(DamagedBackup, match="damaged"):
        kit.restore(tmp_path / "copy")
    assert not list(tmp_path.glob("*copy*"))


def test_a_copy_that_differs_is_not_opened(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.create()
    original = reading.extract

    def lossy(backup: Backup, name: str, path: Path, *rest: Any) -> None:
        original(backup, name, path, *rest)
        with duckdb.connect(str(path)) as engine:
            engine.execute("delete from raw.assistant_interactions where session_id = 's-0-1'")

    monkeypatch.setattr(part, "extract", lossy)
    with pytest.raises(DamagedBackup, match="assistant_interactions has 19 rows instead of 20"):
        kit.restore(tmp_path / "copy")
    assert not list(tmp_path.glob("*copy*"))


def test_a_backup_of_another_version_is_counted_and_says_so(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's own hash may differ from version to version; a disaster cannot wait for it."""
    kit.create()
    monkeypatch.setattr("duckdb.__version__", "1.9.9")
    report = kit.restore(tmp_path / "copy")
    assert "rows were counted, not compared: install DuckDB 1.5.5" in report.next_steps[0]
    original = reading.extract

    def lossy(backup: Backup, name: str, path: Path, *rest: Any) -> None:
        original(backup, name, path, *rest)
        with duckdb.connect(str(path)) as engine:
            engine.execute("delete from raw.assistant_interactions where session_id = 's-0-1'")

    monkeypatch.setattr(part, "extract", lossy)
    with pytest.raises(DamagedBackup, match="19 rows instead of 20"):
        kit.restore(tmp_path / "other")


def test_a_backup_is_restored_as_its_manifest_says_whatever_is_configured(
    kit: Kit, tmp_path: Path
) -> None:
    backup = kit.create()
    configured = kit.settings.model_copy(update={"target": "postgres"})
    restoring.restore(configured, tmp_path / "copy", kit.identities, on_record=False)
    kit.assert_same(backup, tmp_path / "copy" / "warehouse.duckdb")


def test_what_must_happen_before_it_opens_happens_before_it_has_its_name(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.create()
    seen = []

    def hook(folder: Path, manifest: Manifest) -> None:
        seen.append((folder / "warehouse.duckdb").exists())
        assert manifest.has_warehouse
        assert not (tmp_path / "copy").exists()
        raise BackupError("not yet")

    monkeypatch.setattr(restoring, "before_it_opens", hook)
    with pytest.raises(BackupError, match="not yet"):
        kit.restore(tmp_path / "copy")
    assert seen == [True]
    assert not list(tmp_path.glob("*copy*"))


def test_the_command_says_what_comes_next(kit: Kit, tmp_path: Path) -> None:
    backup = kit.create()
    target = str(tmp_path / "copy")
    wrong = granary("restore", "--to", target, "--at", "yesterday")
    assert wrong.returncode == 2
    assert "2026-03-01T14:05:00Z" in wrong.stderr
    keyless = granary("restore", "--to", target)
    assert keyless.returncode == 3
    assert "--identity" in keyless.stderr
    done = granary("restore", "--to", target, "--identity", str(kit.identity_file))
    assert done.returncode == 0, done.stderr
    assert f"export GRANARY_HOME={target}" in done.stdout
    assert "granary ingest && granary build" in done.stdout
    again = granary("restore", "--to", target, "--identity", str(kit.identity_file))
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert kit.workspace.query(
        "select backup_id, outcome from governance.backup_log where action = 'restore'"
    ) == [(backup.id, "success")]
