"""What a backup holds, what it leaves out, and what nobody can read in it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from orchestration.backup import create as creating
from orchestration.backup.manifest import DAGSTER, FILES, INDEX, POLICIES, SECRET, WAREHOUSE
from orchestration.core.errors import ConfigurationError
from orchestration.tests.backup import helpers
from orchestration.tests.backup.helpers import Kit, land_some
from orchestration.tests.processes import granary

READER = """
import sys, duckdb
reads = 0
with duckdb.connect(sys.argv[1], read_only=True) as engine:
    print("open", flush=True)
    sys.stdin.readline()
    print(engine.execute("select count(*) from raw.assistant_interactions").fetchone()[0])
"""


def test_a_backup_holds_everything_that_cannot_be_made_again(kit: Kit) -> None:
    (kit.settings.tiers).mkdir()
    (kit.settings.tiers / "index.json").write_text("{}")
    kit.settings.dagster.mkdir()
    with sqlite3.connect(kit.settings.dagster / "runs.db") as runs:
        runs.execute("create table runs (id integer)")
        runs.execute("insert into runs values (7)")
    (kit.settings.dagster / "dagster.yaml").write_text("telemetry: {}")
    backup = kit.create()
    manifest = backup.manifest
    assert {WAREHOUSE, FILES, POLICIES, DAGSTER, SECRET} < manifest.files.keys()
    assert manifest.roots == ["landing", "tiers"]
    rows = {table.relation: table.rows for table in manifest.tables}
    assert rows["raw.assistant_interactions"] == 20
    assert manifest.key_fingerprint is not None
    assert manifest.newest_row_at is not None
    assert not {p.name for p in kit.settings.root.iterdir()} - manifest.left_out.keys() - {
        "landing", "tiers", "dagster", "warehouse.duckdb", "operations",
    }  # fmt: skip
    assert "not known" not in " ".join(manifest.left_out.values())
    target = kit.settings.root.parent / "copy"
    kit.restore(target)
    with sqlite3.connect(target / "dagster" / "runs.db") as runs:
        assert runs.execute("select id from runs").fetchall() == [(7,)]
    assert (target / "tiers" / "index.json").read_text() == "{}"
    assert list((target / "policies").rglob("backup_tiers.csv"))
    kit.assert_same(backup, target / "warehouse.duckdb")


def test_nothing_in_it_can_be_read_without_the_key(kit: Kit) -> None:
    backup = kit.create()
    seen = 0
    for path in kit.store.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            seen += len(content)
            assert helpers.SECRET.encode() not in content
            assert b"AGE-SECRET-KEY" not in content
    assert seen > backup.manifest.size_bytes
    text = (backup.folder / "manifest.json").read_text()
    assert "part-" not in text  # the name of a landed file
    assert not list(kit.settings.scratch.iterdir())


def test_what_was_deleted_is_not_in_it(kit: Kit, tmp_path: Path) -> None:
    kit.workspace.execute(
        "pragma force_compression = 'uncompressed'",
        f"create table gone as select '{helpers.SECRET}-' || i || '.' as t from range(9999) r(i)",
        "checkpoint",
        "delete from gone where t like '%-4242.'",
        "checkpoint",
    )
    kit.create()
    assert f"{helpers.SECRET}-4242.".encode() in kit.settings.warehouse.read_bytes()
    kit.restore(tmp_path / "copy")
    assert (
        f"{helpers.SECRET}-4242.".encode()
        not in (tmp_path / "copy" / "warehouse.duckdb").read_bytes()
    )


def test_readers_read_while_it_is_made(kit: Kit) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(kit.settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        backup = kit.create()
        said, _ = reader.communicate("\n")
    assert said == "20\n"
    assert kit.verify(backup, key=True).faults == []


def test_a_writer_waits_and_loses_nothing(kit: Kit) -> None:
    land_some(kit.workspace, 1)
    writer = threading.Thread(target=kit.workspace.ingest)
    writer.start()
    backup = kit.create()
    writer.join()
    rows = {table.relation: table.rows for table in backup.manifest.tables}
    assert rows["raw.assistant_interactions"] in (20, 40)
    assert kit.workspace.value("select count(*) from raw.assistant_interactions") == 40
    assert kit.verify(backup, key=True).faults == []


def test_files_that_are_stored_already_stay_where_they_are(kit: Kit, tmp_path: Path) -> None:
    first = kit.report()
    second = kit.report(1)
    land_some(kit.workspace, 1)
    third = kit.report(1)
    assert [r.new_files for r in (first, second, third)] == [2, 0, 2]
    assert [r.files for r in (first, second, third)] == [2, 2, 4]
    assert FILES not in kit.store.read(second.backup_id).manifest.files
    kit.restore(tmp_path / "copy")
    landed = {p.relative_to(kit.settings.landing): p.read_bytes()
              for p in kit.settings.landing.rglob("*") if p.is_file()}  # fmt: skip
    restored = {p.relative_to(tmp_path / "copy/landing"): p.read_bytes()
                for p in (tmp_path / "copy/landing").rglob("*") if p.is_file()}  # fmt: skip
    assert len(landed) == 4
    assert restored == landed


def test_a_damaged_backup_does_not_spoil_the_next(kit: Kit, tmp_path: Path) -> None:
    first = kit.create()
    first.path(INDEX).write_bytes(b"nonsense")
    second = kit.report()
    assert second.new_files == 2
    kit.restore(tmp_path / "copy")
    assert len(list((tmp_path / "copy/landing").rglob("*.jsonl"))) == 2
    land_some(kit.workspace, 1)
    shutil.rmtree(first.folder)
    assert kit.report().new_files == 2
    whole = creating.create(kit.settings, 1, whole=True)
    assert (whole.files, whole.new_files) == (4, 4)


def test_a_changed_file_is_stored_again_and_a_gone_one_is_not_listed(
    kit: Kit, tmp_path: Path
) -> None:
    kit.create()
    changed, gone = sorted(p for p in kit.settings.landing.rglob("*") if p.is_file())
    changed.write_text("{}\n")
    gone.unlink()
    assert (kit.report(1).new_files, kit.report(1).files) == (1, 1)
    kit.restore(tmp_path / "copy")
    [restored] = [p for p in (tmp_path / "copy/landing").rglob("*") if p.is_file()]
    assert restored.read_text() == "{}\n"


def test_streams_behind_links_are_backed_up_and_odd_entries_counted(
    kit: Kit, tmp_path: Path
) -> None:
    landing = kit.settings.landing
    elsewhere = tmp_path / "elsewhere"
    (landing / "assistant" / "interactions").rename(elsewhere)
    (landing / "assistant" / "interactions").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(elsewhere)
    (elsewhere / "dangling.jsonl").symlink_to("nowhere")
    (elsewhere / ".half.jsonl.tmp").write_text("{")
    backup = kit.create()
    assert backup.manifest.left_out["files that are none or cannot be read"] == "2"
    report = kit.restore(tmp_path / "copy")
    assert report.files == 2
    assert len(list((tmp_path / "copy/landing/assistant/interactions").rglob("*.jsonl"))) == 1


def test_without_a_recipient_nothing_is_written(kit: Kit) -> None:
    result = granary("backup", "create", changes={"GRANARY_BACKUP_RECIPIENTS": None})
    assert result.returncode == 3
    assert "granary backup keygen" in result.stderr
    assert not kit.store.names


def test_a_private_key_is_no_recipient(kit: Kit) -> None:
    path = kit.settings.backup_recipients_path
    path.parent.mkdir(exist_ok=True)
    path.write_text(kit.identity_file.read_text())
    result = granary("backup", "create", changes={"GRANARY_BACKUP_RECIPIENTS": None})
    assert result.returncode == 3
    assert "private key" in result.stderr
    assert "AGE-SECRET" not in result.stderr


def test_a_person_is_warned_of_one_disk_and_of_a_key_beside_the_data(kit: Kit) -> None:
    result = granary(
        "backup", "create", "--json",
        changes={"GRANARY_BACKUP_IDENTITY_FILE": str(kit.identity_file)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "GRANARY_BACKUP_DIR" in result.stderr
    assert "private key" in result.stderr
    report = json.loads(result.stdout)
    assert (report["tables"] > 0, report["rows"] > 20) == (True, True)
    [(outcome,)] = kit.workspace.query(
        "select outcome from governance.backup_log where action = 'create'"
    )
    assert outcome == "success"


def test_a_failure_is_on_record(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConfigurationError("no")

    monkeypatch.setattr(creating, "_fill", refuse)
    with pytest.raises(ConfigurationError):
        kit.report()
    assert kit.workspace.query("select outcome, error_class from governance.backup_log") == [
        ("failure", "ConfigurationError")
    ]
    assert os.listdir(kit.store.root) in ([".lock"], [])


def test_a_warehouse_with_every_kind_of_object_comes_back(kit: Kit, tmp_path: Path) -> None:
    kit.workspace.execute(
        "create schema odd",
        "create type odd.mood as enum ('glad', 'sad')",
        'create table odd."select" ("a b" odd.mood, l integer[], s struct(x varchar), '
        "t timestamptz default now(), check (\"a b\" <> 'sad'))",
        "insert into odd.\"select\" values ('glad', [1, null], {'x': null}, null)",
        'create view odd.v as select * from odd."select"',
        "comment on table odd.\"select\" is 'odd'",
        "create macro odd.twice(x) as x * 2",
        "create sequence odd.numbers",
        "create table odd.empty (a integer)",
    )
    backup = kit.create()
    kit.restore(tmp_path / "copy")
    kit.assert_same(backup, tmp_path / "copy/warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "copy/warehouse.duckdb")) as engine:
        assert engine.execute(
            "select l, odd.twice(2), nextval('odd.numbers') from odd.v"
        ).fetchall() == [([1, None], 4, 1)]
        assert engine.execute(
            "select comment from duckdb_tables() where table_name = 'select'"
        ).fetchall() == [("odd",)]
