"""Backups are ordered by their numbers; a wrong clock makes none of them the newest, or eternal."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orchestration.backup import create as creating
from orchestration.backup import prune as pruning
from orchestration.backup.drill import run as drilling
from orchestration.backup.duckdb import copy as copying
from orchestration.backup.manifest import Backup
from orchestration.backup.prune import prune
from orchestration.backup.store import Store, warehouse_backup
from orchestration.core.clock import believable, gone_back, utc_now
from orchestration.tests.backup.helpers import Kit, land_some, printed
from orchestration.tests.processes import granary

NOW = datetime(2026, 3, 10)


def _made(kit: Kit, monkeypatch: pytest.MonkeyPatch, days: int, tier: int = 3) -> Backup:
    """A backup made while the clock is wrong by so many days."""
    land_some(kit.workspace, len(kit.store.names) + 1)
    kit.workspace.ingest()
    with monkeypatch.context() as clock:
        for module in (creating, copying):
            clock.setattr(module, "utc_now", lambda: utc_now() + timedelta(days=days))
        return kit.create(tier)


def test_a_backup_of_the_future_is_neither_newest_nor_eternal(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, ahead = _made(kit, monkeypatch, 0), _made(kit, monkeypatch, 1800)
    last = _made(kit, monkeypatch, 0)
    assert kit.store.names == [first.id, ahead.id, last.id]
    listed = printed(granary("backup", "list", "--json").stdout)
    assert [entry["number"] for entry in listed] == [1, 2, 3]
    assert warehouse_backup(kit.store, None) == last
    # Nobody knows of which time it is, so none is restored from it.
    assert warehouse_backup(kit.store, first.manifest.taken_at) == first
    assert warehouse_backup(kit.store, utc_now() + timedelta(days=2000)) == last
    kit.restore(tmp_path / "copy")
    kit.assert_same(last, tmp_path / "copy" / "warehouse.duckdb")
    later = utc_now() + timedelta(days=36)
    monkeypatch.setattr(pruning, "utc_now", lambda: later)
    monkeypatch.setattr(pruning, "holders_of", lambda _: set())
    assert prune(kit.settings).removed == [first.id, ahead.id]


def test_a_backup_of_the_past_is_not_taken_for_old(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [_made(kit, monkeypatch, days).id for days in (0, -9000, 0)]
    assert kit.store.names == made
    assert prune(kit.settings).removed == []


def test_a_clock_that_went_back_is_told_with_both_times(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = _made(kit, monkeypatch, 1800)
    report = kit.report()
    [said] = [warning for warning in report.warnings if "the clock went back" in warning]
    assert f"from {ahead.manifest.taken_at:%Y-%m-%d %H:%M:%S} to {utc_now():%Y-%m-%d}" in said


def test_a_drill_says_that_an_age_is_not_known(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _made(kit, monkeypatch, 0)
    ahead = _made(kit, monkeypatch, 1800)
    kit.settings.warehouse.unlink()
    later = utc_now() + timedelta(hours=30)
    monkeypatch.setattr(drilling, "utc_now", lambda: later)
    report = drilling.drill(kit.settings, kit.identities, tier=3, scenario="outage", tests=False)
    assert report.backup_id == ahead.id
    assert f"is dated {ahead.manifest.taken_at:%Y-%m-%d}" in " ".join(report.findings)
    # All since the one before may be lost, as far as anybody knows.
    assert report.rpo_seconds is not None
    assert report.rpo_seconds >= (report.started_at - first.manifest.taken_at).total_seconds()


def test_rows_loaded_by_a_clock_behind_count_as_lost(kit: Kit) -> None:
    kit.create(2)
    last = kit.workspace.value("select max(batch_id) from raw.load_ledger")
    land_some(kit.workspace, 5)
    kit.workspace.ingest()
    kit.create(1)  # the files are held, what was loaded of them is not
    for days, least in ((-3, 3 * 86_400), (900, 0)):
        kit.workspace.execute(
            f"update raw.load_ledger set loaded_at = loaded_at + interval '{days} days' "
            f"where batch_id > {last}"
        )
        report = drilling.drill(
            kit.settings, kit.identities, tier=2, scenario="outage", tests=False
        )
        assert report.rpo_seconds is not None
        assert report.rpo_seconds > least
        assert ("has not come yet" in " ".join(report.findings)) is (days > 0)


def test_backups_of_an_older_version_come_first(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(Store, "next_number", lambda _: 0)
        old = [kit.create(1), kit.create(3)]
    assert not any("-n" in backup.id for backup in old)
    new = _made(kit, monkeypatch, -1)
    assert new.manifest.number == 1
    assert kit.store.names == [*(b.id for b in old), new.id]
    assert kit.verify(new, key=True).faults == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], []),
        ([1, 2, 2, 3], [True] * 4),
        ([1, 900, 2, 3], [True, False, True, True]),
        ([1, 2, -900, 3], [True, True, False, True]),
        ([900], [False]),
        # Ahead for a while, and nothing of it in the future any more.
        ([1, 5, 2, 3, 6], [True, False, True, True, True]),
    ],
)
def test_times_that_the_others_contradict_are_not_believed(
    days: list[int], expected: list[bool]
) -> None:
    times = [NOW + timedelta(days=day - 10) for day in days]
    assert believable(times, NOW) == expected


def test_a_clock_that_only_goes_forward_is_not_told() -> None:
    assert gone_back([NOW, NOW, NOW + timedelta(days=1)]) is None
    assert gone_back([NOW, NOW - timedelta(seconds=30)]) is None  # two machines' clocks
