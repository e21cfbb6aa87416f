"""A publish that is killed leaves the old version whole; the next one tidies up."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from orchestration.core.settings import Settings
from orchestration.tests.disks import small_disk
from orchestration.tests.processes import dying, granary
from orchestration.tests.serving.conftest import NUMBERED, Built
from orchestration.tests.workspace import Workspace


def kill_publish(point: str, call: int = 1) -> None:
    """Publish in a process of its own, which dies when it comes to a point."""
    killed = granary("publish", before=dying(point, call))
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def write_into(serving: Path, number: int) -> None:
    """Change the published file as a reader must not, and die with the change in its log alone."""
    serving.chmod(0o600)
    change = f"update {next(iter(NUMBERED))} set {next(iter(NUMBERED.values()))} = {number}"
    code = f"engine = duckdb.connect({str(serving)!r}); engine.execute({change!r}); os._exit(0)"
    subprocess.run([sys.executable, "-c", f"import duckdb, os; {code}"], check=True)
    assert serving.with_name(f"{serving.name}.wal").stat().st_size


STEPS = [
    ("mart next", 3),
    ("new database filled", 1),
    ("new database flushed", 1),
    ("old log removed", 1),
]


@pytest.mark.parametrize(("point", "call"), STEPS)
def test_on_duckdb(on_duckdb: Built, point: str, call: int) -> None:
    root = on_duckdb.workspace.settings.root
    on_duckdb.number(1)
    on_duckdb.workspace.publish()
    before = on_duckdb.state()
    on_duckdb.number(2)
    kill_publish(point, call)
    assert on_duckdb.state() == before
    assert on_duckdb.published() == {1}
    assert len(list(root.glob(".serving.duckdb.*.tmp"))) == 1
    on_duckdb.workspace.publish()
    assert on_duckdb.published() == {2}
    assert [p.name for p in root.glob("*serving*")] == ["serving.duckdb"]


@pytest.mark.parametrize("killed_at", [None, "old log removed"])
def test_what_a_reader_wrote_is_not_replayed(on_duckdb: Built, killed_at: str | None) -> None:
    serving = on_duckdb.workspace.settings.serving
    on_duckdb.number(1)
    on_duckdb.workspace.publish()
    write_into(serving, 7)
    on_duckdb.number(2)
    if killed_at:
        kill_publish(killed_at)
        # The old version, without what the reader did to it.
        assert on_duckdb.published() == {1}
    on_duckdb.workspace.publish()
    assert on_duckdb.published() == {2}
    assert [p.name for p in serving.parent.glob("*serving*")] == [serving.name]


def test_a_server_s_full_disk_is_told_as_such(on_postgres: Built, tmp_path: Path) -> None:
    host = Path(on_postgres.postgres["PGHOST"])
    # The server's account must get there.
    folder = Path(tempfile.mkdtemp(prefix="granary-full-", dir=host.parent.parent))
    folder.chmod(0o755)
    try:
        with small_disk(folder / "small", 1 << 20) as disk:
            place = disk / "space"
            place.mkdir()
            os.chown(place, host.stat().st_uid, -1)
            with on_postgres.connect() as admin:
                admin.execute(f"create tablespace small location '{place}'")
                try:
                    told = granary("publish", changes={"PGOPTIONS": "-c default_tablespace=small"})
                finally:
                    admin.execute("drop tablespace small")
            assert on_postgres.state() == []
    finally:
        folder.rmdir() if not any(folder.iterdir()) else shutil.rmtree(folder)
    assert (told.returncode, told.stdout) == (3, "")
    [line] = told.stderr.splitlines()
    assert line.startswith("granary: the server's disk is full")


def test_who_is_not_root_cannot_write_into_it(on_duckdb: Built) -> None:
    on_duckdb.workspace.publish()
    assert stat.S_IMODE(on_duckdb.workspace.settings.serving.stat().st_mode) == 0o400


@pytest.mark.parametrize("free", [1, 6, 12, 20, 60])
def test_on_a_full_disk_the_last_version_stays(on_duckdb: Built, tmp_path: Path, free: int) -> None:
    source = on_duckdb.workspace.settings.warehouse
    on_duckdb.number(2)
    with small_disk(tmp_path / "small", source.stat().st_size + (free << 20)) as disk:
        home = disk / "home"
        home.mkdir()
        shutil.copy(source, home / source.name)
        serving = home / "serving.duckdb"
        serving.write_bytes(b"the last version")
        settings = Settings(home=home)
        ended = granary("publish", changes={"GRANARY_HOME": str(home)})
        assert [p.name for p in home.glob("*serving*")] == [serving.name]
        if ended.returncode:
            assert "bytes" in ended.stderr
            assert serving.read_bytes() == b"the last version"
            assert free < 60
            return
        published = Built(Workspace(settings))
        assert published.published() == {2}
        assert free > 6
        for mart in published.workspace.marts():
            table = f'"{mart.schema}"."{mart.name}"'
            assert sorted(map(repr, published.serving(f"from {table}"))) == sorted(
                map(repr, published.workspace.query(f"from {table}"))
            ), table


@pytest.mark.parametrize(("point", "call"), [("mart next", 3), ("marts copied", 1)])
def test_on_postgres(
    on_postgres: Built, point: str, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_postgres.number(1)
    on_postgres.workspace.publish()
    before = on_postgres.state()
    assert before
    on_postgres.number(2)
    kill_publish(point, call)
    assert on_postgres.state() == before
    assert on_postgres.published() == {1}
    # The server notices the lost connection and gives the lock back.
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=30s")
    on_postgres.workspace.publish()
    assert on_postgres.published() == {2}
    assert len(on_postgres.state()) == len(before)  # type: ignore[arg-type]
