"""Old backups go; nothing goes that a kept one needs, nor the last good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.backup import create as creating
from orchestration.backup import prune as pruning
from orchestration.backup.manifest import WAREHOUSE
from orchestration.backup.postgres.wal import archived
from orchestration.backup.prune import prune
from orchestration.core.clock import utc_now
from orchestration.policies.backup import tiers
from orchestration.tests.backup.helpers import Kit, land_some
from orchestration.tests.processes import granary


def _days_later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    later = utc_now() + timedelta(days=days)
    monkeypatch.setattr(pruning, "utc_now", lambda: later)


def test_young_backups_stay(kit: Kit) -> None:
    made = [kit.create(tier).id for tier in (1, 2, 3)]
    report = prune(kit.settings)
    assert (report.removed, report.kept) == ([], sorted(made))


def test_a_tier_is_kept_as_long_as_its_retention(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = kit.create(3)
    increments = [kit.create(1) for _ in range(2)]
    second, last = kit.create(2), kit.create(3)
    _days_later(monkeypatch, 3)
    dry = prune(kit.settings, dry_run=True)
    assert dry.removed == [*(b.id for b in increments), second.id]
    assert len(kit.store.names) == 5
    assert prune(kit.settings).removed == dry.removed
    assert kit.store.names == [first.id, last.id]
    assert dry.size_bytes > 0
    for backup in (first, last):
        assert kit.verify(backup, key=True).faults == []
    assert kit.workspace.query(
        "select count(*) from governance.backup_log where action = 'prune'"
    ) == [(3,)]


def test_what_a_kept_backup_builds_on_stays(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = kit.create(3)
    land_some(kit.workspace, 1)
    increment = kit.create(1)
    last = kit.create(3)
    _days_later(monkeypatch, 3)
    # Its retention is over, but the last backup's landed files are in it.
    assert prune(kit.settings).removed == []
    assert kit.store.names == [whole.id, increment.id, last.id]
    assert kit.verify(last, key=True).faults == []


def test_however_old_the_last_good_backup_stays(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = kit.create(3)
    broken = kit.create(3)
    broken.path(WAREHOUSE).write_bytes(b"")
    _days_later(monkeypatch, 400)
    prune(kit.settings)
    assert good.id in kit.store.names
    assert broken.id not in kit.store.names
    kit.restore(tmp_path / "copy")
    kit.assert_same(good, tmp_path / "copy" / "warehouse.duckdb")


def test_files_are_stored_anew_before_old_backups_go(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was erased from the landing zone does not live on for ever in the first backup."""
    first = kit.create(3)
    later = utc_now() + timedelta(days=31)
    monkeypatch.setattr(creating, "tiers", _repacking_at_once)
    again = kit.create(3)
    monkeypatch.setattr(pruning, "utc_now", lambda: later + timedelta(days=10))
    assert first.id in prune(kit.settings).removed
    assert kit.verify(again, key=True).faults == []


def _repacking_at_once() -> object:
    return {n: replace(tier, repack=timedelta(0)) for n, tier in tiers().items()}


def test_the_log_stays_as_far_back_as_the_oldest_backup(
    postgres_kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = postgres_kit.create(3)
    monkeypatch.setattr(creating, "tiers", _repacking_at_once)
    second = postgres_kit.create(3)
    before = archived(first.archive)
    assert prune(postgres_kit.settings).log_segments in range(10)  # of before the first backup
    assert postgres_kit.verify(first).faults == []
    later = utc_now() + timedelta(days=36)
    monkeypatch.setattr(pruning, "utc_now", lambda: later)
    report = prune(postgres_kit.settings)
    assert report.removed == [first.id]
    assert report.log_segments > 0
    assert len(archived(first.archive)) < len(before)
    assert postgres_kit.verify(second, key=True).faults == []


def test_the_command_says_what_would_go(kit: Kit) -> None:
    kit.create(1)
    result = granary("backup", "prune", "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "0 backups and 0 log segments would go" in result.stdout
