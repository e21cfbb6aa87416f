"""Killed at any step, or on a full disk: the last backup stays, and nothing half looks like one."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import duckdb

from orchestration.backup import create as creating
from orchestration.backup import restore as restoring
from orchestration.core.settings import Settings
from orchestration.tests.backup.helpers import Kit, land_some
from orchestration.tests.disks import small_disk
from orchestration.tests.processes import die_at, granary, limited, start

STEPS = (
    "secret sealed", "warehouse copied", "files packed", "index written", "manifest written",
    "block sealed",
)  # fmt: skip
RESTORE_STEPS = ("warehouse restored", "files restored", "restored copy ready")
ROOM_BYTES = 3 << 20


def _run(settings: dict[str, Any], step: str, to: str | None, key: Path) -> None:
    die_at(step)
    chosen = Settings(**settings)
    if to is None:
        creating.create(chosen)
    else:
        from orchestration.secrecy.keys import read_identities  # noqa: PLC0415

        restoring.restore(chosen, Path(to), read_identities(chosen, key))


def _killed(kit: Kit, step: str, to: Path | None = None) -> None:
    settings = kit.settings
    chosen = {
        "home": settings.root, "backup_dir": settings.backups,
        "backup_recipients": settings.backup_recipients, "target": "duckdb",
    }  # fmt: skip
    process = start(_run, chosen, step, to and str(to), kit.identity_file)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_killed_between_any_two_steps_the_last_backup_stays(kit: Kit) -> None:
    first = kit.create()
    for number, step in enumerate(STEPS):
        land_some(kit.workspace, number + 1)
        _killed(kit, step)
        assert kit.store.names == [first.id]
        assert kit.verify(first, key=True).faults == []
    hidden = [p for p in kit.store.root.iterdir() if p.name.endswith(".tmp")]
    assert hidden  # a kill does leave something
    last = kit.create()
    assert not [p for p in kit.store.root.iterdir() if p.name.endswith(".tmp")]
    assert not [p for p in kit.settings.scratch.iterdir() if p.name.startswith("backup-")]
    assert kit.store.names == [first.id, last.id]
    assert kit.verify(last, key=True).faults == []
    assert len(list(kit.settings.landing.rglob("*.jsonl"))) == 2 + 2 * len(STEPS)


def test_a_killed_restore_leaves_no_folder_of_that_name(kit: Kit, tmp_path: Path) -> None:
    backup = kit.create()
    for step in RESTORE_STEPS:
        _killed(kit, step, tmp_path / "copy")
        assert not (tmp_path / "copy").exists()
    assert list(tmp_path.glob(".copy.*"))
    kit.restore(tmp_path / "copy")
    assert not list(tmp_path.glob(".copy.*"))
    kit.assert_same(backup, tmp_path / "copy" / "warehouse.duckdb")


def _die_at_move(home: Path, backups: Path, key: Path, to: Path, number: int) -> None:
    from orchestration.secrecy.keys import read_identities  # noqa: PLC0415

    die_at("part moved", number)
    chosen = Settings(home=home, backup_dir=backups, target="duckdb")
    restoring.restore(chosen, to, read_identities(chosen, key), force=True, on_record=False)


def _write_into_log_alone(warehouse: Path) -> None:
    engine = duckdb.connect(str(warehouse))
    engine.execute("create or replace table raw.in_file as select 1 as n")
    engine.execute("checkpoint")
    engine.execute("create or replace table raw.in_log as select 1 as n")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_restore_in_place_replays_no_other_file_s_log(kit: Kit) -> None:
    backup = kit.create()
    home = kit.settings.root
    warehouse = kit.settings.warehouse
    killed = 0
    for number in range(1, 8):
        if warehouse.exists():
            start(_write_into_log_alone, warehouse).join()
            assert warehouse.with_name(f"{warehouse.name}.wal").stat().st_size
        process = start(_die_at_move, home, kit.settings.backups, kit.identity_file, home, number)
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        if warehouse.exists():
            # DuckDB replays a log over whatever file it lies beside, where their counts agree.
            has_log = warehouse.with_name(f"{warehouse.name}.wal").exists()
            with duckdb.connect(str(warehouse), read_only=True) as engine:
                found = engine.execute(
                    "select count(*) from duckdb_tables() where table_name in ('in_file', 'in_log')"
                ).fetchone()
            assert (found, has_log) in (((0,), False), ((2,), True)), number
    assert killed > 3
    kit.restore(home, force=True, on_record=False)
    kit.assert_same(backup, warehouse)


def _land_much(kit: Kit) -> None:
    # What does not compress, so that a backup of it needs room.
    kit.workspace.write("assistant/interactions/2026-01-06/big.jsonl", os.urandom(2 * ROOM_BYTES))


def test_where_files_may_not_grow_the_last_backup_stays(kit: Kit) -> None:
    first = kit.create(1)
    _land_much(kit)
    result = granary("backup", "create", "--tier", "1", before=limited(ROOM_BYTES))
    _assert_no_room(kit, result, first.id)


def test_on_a_full_disk_the_last_backup_stays(kit: Kit) -> None:
    with small_disk(kit.store.root, ROOM_BYTES):
        first = kit.create()
        _land_much(kit)
        _assert_no_room(kit, granary("backup", "create", "--tier", "3"), first.id)
        assert kit.verify(first, key=True).faults == []


def _assert_no_room(kit: Kit, result: subprocess.CompletedProcess[str], first: str) -> None:
    assert result.returncode == 1, result.stderr
    assert "no room is left" in result.stderr
    assert "the backups before it are untouched" in " ".join(result.stderr.split())
    assert kit.store.names == [first]
    assert not [p for p in kit.store.root.iterdir() if p.name.endswith(".tmp")]
    assert granary("backup", "verify").returncode == 0


def test_two_at_once_wait_for_each_other(kit: Kit) -> None:
    settings = kit.settings
    workers = [
        start(_create_plainly, settings.root, settings.backups, settings.backup_recipients)
        for _ in range(2)
    ]
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(kit.store.names) == 2
    for one, other in itertools.pairwise(kit.store.readable()):
        assert one.manifest.taken_at < other.manifest.taken_at
        assert kit.verify(other, key=True).faults == []


def _create_plainly(home: Path, backups: Path, recipients: str) -> None:
    creating.create(Settings(home=home, backup_dir=backups, backup_recipients=recipients))
