"""PostgreSQL: base backup and archived log, restored to the second."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration.backup.errors import BackupError, OutOfRange, ToolsMissing
from orchestration.backup.files.reading import read_secret
from orchestration.backup.manifest import Backup
from orchestration.backup.postgres import base as postgres_base
from orchestration.backup.postgres.base import consistent_point, switch_and_wait
from orchestration.backup.postgres.restore import restore_postgres
from orchestration.backup.postgres.settings import ARCHIVER
from orchestration.backup.postgres.tools import ScratchServer, find_tools
from orchestration.backup.postgres.wal import archived, missing_segments, segments_between
from orchestration.core.clock import utc_now
from orchestration.core.errors import ConfigurationError
from orchestration.secrecy import keys
from orchestration.tests.backup.helpers import ArchivingServer, Kit, land_some
from orchestration.tests.processes import granary
from orchestration.warehouse.postgres import connect

COUNT = "select count(*) from raw.assistant_interactions"


@pytest.fixture(scope="module")
def base(postgres_kit: Kit) -> Backup:
    """One base backup, for all that only read it."""
    return postgres_kit.create()


@pytest.fixture
def target(server: ArchivingServer) -> Iterator[Path]:
    """A folder that does not exist yet, where the server's account may enter."""
    folder = server.folder / "restored"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def rows_of(kit: Kit, backup: Backup, target: Path, sql: str) -> Any:
    """What a restored cluster answers."""
    wal = backup.manifest.wal
    assert wal is not None
    tools = find_tools(kit.settings, wal.server_version)
    with (
        ScratchServer(tools, target / "postgres", wal.role, wal.database) as server,
        server.connect() as session,
    ):
        return session.execute(sql.encode()).fetchall()


def test_a_backup_is_restored_and_compared(postgres_kit: Kit, base: Backup) -> None:
    report = postgres_kit.verify(base, key=True)
    assert report.faults == []
    assert report.tables == len(base.manifest.tables) > 20
    relations = {table.relation: table.rows for table in base.manifest.tables}
    assert relations["raw.assistant_interactions"] == 20
    # The pads of the pseudonymisation key are in the server, and so in its backups.
    assert relations["granary_private.pads"] == 1


def test_the_second_before_a_table_was_dropped(
    postgres_kit: Kit, base: Backup, target: Path
) -> None:
    workspace = postgres_kit.workspace
    land_some(workspace, 1)
    workspace.ingest()
    time.sleep(1.1)
    before = utc_now()
    time.sleep(1.1)
    workspace.execute("create table raw.saved as select * from raw.assistant_interactions")
    workspace.execute("drop table raw.assistant_interactions")
    postgres_kit.create(1)
    try:
        report = postgres_kit.restore(target, at=before)
        assert report.backup_id == base.id
        assert report.reached_at is not None
        assert report.reached_at <= before
        assert rows_of(postgres_kit, base, target, COUNT) == [(40,)]
        shutil.rmtree(target)
        postgres_kit.restore(target)
        assert rows_of(
            postgres_kit, base, target, "select to_regclass('raw.assistant_interactions')"
        ) == [(None,)]
        assert rows_of(postgres_kit, base, target, "show archive_mode") == [("off",)]
    finally:
        workspace.execute(
            "create table raw.assistant_interactions as select * from raw.saved",
            "drop table raw.saved",
        )


def test_a_time_that_is_out_of_range_is_named(
    postgres_kit: Kit, base: Backup, target: Path
) -> None:
    with pytest.raises(OutOfRange, match="the archived log reaches to "):
        postgres_kit.restore(target, at=utc_now() + timedelta(hours=1))
    with pytest.raises(OutOfRange, match="the oldest with a warehouse is of"):
        postgres_kit.restore(target, at=datetime(2020, 1, 1))
    assert not target.exists()
    assert not [p for p in target.parent.iterdir() if p.name.startswith(".restored")]


def test_a_time_before_the_backup_ended_is_refused(
    postgres_kit: Kit, base: Backup, target: Path
) -> None:
    """PostgreSQL would open a server with rows written after that time."""
    at = base.manifest.taken_at - timedelta(milliseconds=1)
    target.mkdir()
    secret = read_secret(base, postgres_kit.identities)
    with pytest.raises(OutOfRange, match="holds rows written up to"):
        restore_postgres(
            postgres_kit.settings, base, secret, target, postgres_kit.identities, at=at
        )
    assert list(target.iterdir()) == []
    target.rmdir()
    with pytest.raises(OutOfRange, match="was taken after"):
        postgres_kit.restore(target, at=at, name=base.id)


def test_a_time_after_the_last_transaction_takes_all_of_it(
    postgres_kit: Kit, base: Backup, target: Path
) -> None:
    at = base.manifest.taken_at
    # Files carry the time of the kernel's last tick, here one before that moment.
    tick = (at - timedelta(milliseconds=10)).replace(tzinfo=UTC).timestamp()
    for file in archived(base.archive).values():
        os.utime(file.path, (tick, tick))
    postgres_kit.restore(target, at=at)
    assert rows_of(postgres_kit, base, target, COUNT) == [(20,)]


def test_a_missing_and_a_damaged_segment_are_named(
    postgres_kit: Kit, base: Backup, target: Path
) -> None:
    switch_and_wait(postgres_kit.settings)
    wal = base.manifest.wal
    assert wal is not None
    first = archived(base.archive)[min(wal.segments).split(".")[0]]
    aside = first.path.with_name(".aside")
    first.path.rename(aside)
    try:
        [fault, *_] = postgres_kit.verify(base).faults
        assert f"segment {first.name} of the server's log is missing" in fault
        with pytest.raises(BackupError, match="is missing"):
            postgres_kit.restore(target)
    finally:
        aside.rename(first.path)
    content = bytearray(first.path.read_bytes())
    first.path.write_bytes(bytes([*content[:-1], content[-1] ^ 1]))
    try:
        [fault] = postgres_kit.verify(base).faults
        assert f"segment {first.name} of the server's log is damaged" in fault
    finally:
        first.path.write_bytes(content)
    assert postgres_kit.verify(base).faults == []
    # Another segment under its name, as a second server with the same archive leaves it.
    second = archived(base.archive)[sorted(archived(base.archive))[-1]]
    other = first.path.with_name(second.path.name.replace(second.name, first.name))
    assert other.name != first.path.name
    shutil.copy(second.path, other)
    first.path.rename(aside)
    try:
        [fault] = postgres_kit.verify(base).faults
        assert f"segment {first.name} of the server's log is not the one" in fault
    finally:
        other.unlink()
        aside.rename(first.path)
    assert postgres_kit.verify(base).faults == []


@contextlib.contextmanager
def _damaged(server: ArchivingServer, database: str, page: bytes) -> Iterator[None]:
    """A table of a database that ends with a page of something else."""
    with psycopg.connect(
        host=server.address.host, user="postgres", dbname=database, autocommit=True
    ) as setup:
        setup.execute("create table damaged as select 1 as i")
        try:
            setup.execute("checkpoint")
            row = setup.execute("select pg_relation_filepath('damaged')").fetchone()
            assert row is not None
            with open(server.folder / "data" / str(row[0]), "ab") as file:
                file.write(page)
            yield
        finally:
            setup.execute("drop table damaged")


def test_damaged_pages_are_named_wherever_they_are(
    postgres_kit: Kit, server: ArchivingServer
) -> None:
    # A page begins with its place in the log: one behind the backup's start is not looked at.
    later = b"damaged!" * 1024
    earlier = bytes(8) + later[8:]
    warehouse = postgres_kit.workspace.postgres["PGDATABASE"]
    for database, page in (("postgres", earlier), (warehouse, later)):
        with (
            _damaged(server, database, page),
            pytest.raises(BackupError, match="pages on the server's disk are damaged"),
        ):
            postgres_kit.create()
    with _damaged(server, "postgres", later):
        backup = postgres_kit.create()
    [fault] = postgres_kit.verify(backup, key=True).faults
    assert "had damaged this page" in fault
    postgres_kit.store.remove(backup)


def test_the_digests_are_those_of_one_moment_while_rows_come(postgres_kit: Kit) -> None:
    """Writers go on in the middle of a backup; what is restored is what the manifest says."""
    stop = False

    def write() -> None:
        with connect() as session:
            session.execute("create table if not exists public.busy (id bigint)")
            number = 0
            while not stop:
                number += 1
                session.execute("insert into public.busy values (%s)", [number])

    with postgres_kit.workspace.activate():
        writer = threading.Thread(target=write)
        writer.start()
        try:
            backup = postgres_kit.create(2)
        finally:
            stop = True
            writer.join()
    rows = {table.relation: table.rows for table in backup.manifest.tables}
    assert rows["public.busy"] > 0
    assert postgres_kit.verify(backup, key=True).faults == []
    postgres_kit.workspace.execute("drop table public.busy")


def test_a_build_that_locks_tables_is_waited_for_and_not_broken(
    postgres_kit: Kit, base: Backup
) -> None:
    with postgres_kit.workspace.activate(), connect() as build, connect() as session:
        build.execute("begin")
        build.execute("lock table raw.rejects in access exclusive mode")
        done: list[str] = []

        def take() -> None:
            with consistent_point(session, "granary_test") as (_, segment, _at):
                done.append(segment)

        taker = threading.Thread(target=take)
        taker.start()
        time.sleep(0.5)
        assert not done
        build.execute("lock table raw.load_ledger in access exclusive mode")
        build.execute("commit")
        taker.join(30)
        assert done


def test_segments_are_archived_once_and_never_overwritten(
    postgres_kit: Kit, base: Backup, tmp_path: Path
) -> None:
    (tmp_path / "global").mkdir()
    (tmp_path / "global" / "pg_control").write_bytes((4711).to_bytes(8, "little"))
    segment = tmp_path / "000000010000000000000001"
    segment.write_bytes(os.urandom(1 << 20))
    segment.chmod(0o644)
    recipient = postgres_kit.settings.backup_recipients
    assert recipient
    command = [*_own_archiver(), "--to", str(tmp_path / "wal"), "--recipient", recipient]

    def archive() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, segment.name], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert archive().returncode == 0
    [kept] = archived(tmp_path / "wal" / "4711").values()
    assert kept.is_intact()
    assert archive().returncode == 0
    assert archived(tmp_path / "wal" / "4711") == {segment.name: kept}
    segment.write_bytes(os.urandom(1 << 20))
    refused = archive()
    assert refused.returncode == 1
    assert "another content" in refused.stderr
    with subprocess.Popen([*command, segment.name], cwd=tmp_path) as killed:
        killed.kill()
    assert archived(tmp_path / "wal" / "4711") == {segment.name: kept}
    assert segment.read_bytes() not in kept.path.read_bytes()


def _own_archiver() -> list[str]:
    return [sys.executable, "-m", ARCHIVER]


def test_gaps_between_segments() -> None:
    size = 1 << 24
    names = list(segments_between("0000000100000000000000FE", "000000010000000100000001", size))
    assert [name[8:] for name in names] == [
        "00000000000000FE", "00000000000000FF", "0000000100000000", "0000000100000001",
    ]  # fmt: skip
    assert missing_segments({}, names[0], size) == [names[0]]


def test_programs_of_another_version_are_refused(
    postgres_kit: Kit, base: Backup, tmp_path: Path
) -> None:
    for program in ("pg_basebackup", "pg_controldata", "pg_ctl", "postgres"):
        (tmp_path / program).write_text("#!/bin/sh\necho 'pg_basebackup (PostgreSQL) 15.3'\n")
        (tmp_path / program).chmod(0o755)
    other = postgres_kit.settings.model_copy(update={"pg_bin": tmp_path})
    with pytest.raises(ToolsMissing, match="found were those of version 15 in"):
        find_tools(other, 18)


def test_an_archive_that_does_not_work_is_named_in_time(
    postgres_kit: Kit, base: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_base, "STALLED_SECONDS", 1.0)
    with psycopg.connect(
        host=postgres_kit.workspace.postgres["PGHOST"], user="postgres", autocommit=True
    ) as setup:
        working = setup.execute("show archive_command").fetchone()
        assert working is not None
        setup.execute("alter system set archive_command = 'false %p'")
        setup.execute("select pg_reload_conf()")
        try:
            with pytest.raises(BackupError, match="the server does not archive"):
                postgres_kit.create()
        finally:
            setup.execute(
                psycopg.sql.SQL("alter system set archive_command = {}").format(
                    psycopg.sql.Literal(working[0])
                )
            )
            setup.execute("select pg_reload_conf()")
    monkeypatch.undo()
    switch_and_wait(postgres_kit.settings)


def test_a_wrong_key_and_no_password_in_messages(
    postgres_kit: Kit, base: Backup, target: Path, tmp_path: Path
) -> None:
    keys.write_identity(tmp_path / "other.key")
    result = granary(
        "restore", "--to", str(target), "--identity", str(tmp_path / "other.key"),
        changes={"PGPASSWORD": "sesame-7261"},
    )  # fmt: skip
    assert result.returncode == 3
    assert "encrypted for another key" in " ".join(result.stderr.split())
    assert "sesame" not in result.stdout + result.stderr
    with pytest.raises(ConfigurationError, match="holds no private key"):
        keys.read_identities(postgres_kit.settings, Path(__file__))
