"""Files of DuckDB: their format, and who may read them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psutil
import pytest

from orchestration.core.settings import Settings
from orchestration.tests.ingest.helpers import INTERACTIONS, many
from orchestration.tests.processes import granary, plain_dbt
from orchestration.tests.workspace import Workspace
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.duckdb_files import create_file, engine_in, written_anew
from orchestration.warehouse.duckdb_hashing import differing

NEWEST, OLDEST = "v1.5.0+", "v1.0.0+"


def version_of(path: Path) -> str:
    """The format of a file, whoever opens it."""
    with duckdb.connect(str(path)) as engine:
        [(options,)] = engine.execute(
            "select tags from duckdb_databases() where database_name = current_database()"
        ).fetchall()
    return str(options["storage_version"])


def test_a_warehouse_is_in_the_newest_format(duckdb_workspace: Workspace) -> None:
    duckdb_workspace.write(f"{INTERACTIONS}/a.jsonl", many(3))
    duckdb_workspace.ingest()
    assert version_of(duckdb_workspace.settings.warehouse) == NEWEST
    assert not list(duckdb_workspace.settings.root.glob(".warehouse*"))


def test_a_file_of_an_older_format_is_renewed_when_it_is_written_anew(
    duckdb_workspace: Workspace,
) -> None:
    path = duckdb_workspace.settings.root / "old.duckdb"
    with duckdb.connect(str(path)) as engine:
        engine.execute("create table t as select range as n from range(3)")
    assert version_of(path) == OLDEST
    with engine_in(duckdb_workspace.settings) as engine:
        engine.execute(f"attach '{path}' as old")
        with written_anew(engine, path, lambda new: differing(engine, "old", new)) as new:
            engine.execute(f"copy from database old to {new}")
    assert version_of(path) == NEWEST
    with duckdb.connect(str(path), read_only=True) as engine:
        assert engine.execute("select sum(n) from t").fetchall() == [(3,)]


def test_a_new_file_is_empty_and_leaves_nothing_beside(tmp_path: Path) -> None:
    create_file(tmp_path / "new.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["new.duckdb"]
    with duckdb.connect(str(tmp_path / "new.duckdb")) as engine:
        assert engine.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


LIMIT = "select current_setting('memory_limit') as memory_limit"


def test_memory_is_limited_wherever_rows_are_written(
    duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANARY_BUILD_MEMORY", "1GB")
    settings = Settings()
    with engine_in(settings) as engine:
        assert engine.execute(LIMIT).fetchall() == [("953.6 MiB",)]
    with warehouse_of(settings).writing() as warehouse:
        assert warehouse.query(LIMIT) == [("953.6 MiB",)]
    duckdb_workspace.parse()
    shown = plain_dbt("show", "--inline", LIMIT)
    assert "953.6 MiB" in shown.stdout, shown.stdout


def test_memory_has_a_limit_by_default(duckdb_workspace: Workspace) -> None:
    with duckdb.connect() as alone, engine_in(duckdb_workspace.settings) as engine:
        [(own,)] = alone.execute(LIMIT).fetchall()
        [(ours,)] = engine.execute(LIMIT).fetchall()
    gib = psutil.virtual_memory().total / (1 << 30)
    assert own.endswith("GiB")
    assert ours == "2.0 GiB" if gib < 20 else float(ours.split()[0]) < gib / 8


@pytest.mark.parametrize("memory", ["plenty", "4", "-1GB", "80%", "4GB'"])
def test_a_limit_that_is_no_size_is_told(memory: str) -> None:
    told = granary("status", changes={"GRANARY_BUILD_MEMORY": memory})
    assert told.returncode == 3
    assert "GRANARY_BUILD_MEMORY: String should match" in told.stderr
