"""On a disk that is nearly full an apply is done and whole, or refused and nothing has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.core.settings import Settings
from orchestration.tests.disks import small_disk
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace

MEBIBYTE = 1 << 20
TABLES = (
    "select schema_name || '.' || table_name from duckdb_tables() where not internal union all "
    "select schema_name || '.' || view_name from duckdb_views() where not internal order by 1"
)


def _read(warehouse: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as engine:
        rows: list[tuple[object, ...]] = engine.execute(query).fetchall()
        return rows


def _content(home: Path) -> dict[str, object]:
    """Every table and view of a home's warehouse, row by row, and the files of its tier store."""
    found: dict[str, object] = {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.glob("tiers/**/*")
        if path.is_file()
    }
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as engine:
        for (name,) in engine.execute(TABLES).fetchall():
            found[name] = sorted(map(repr, engine.execute(f"from {name}").fetchall()))
    # That it was refused is on record.
    del found["governance.pipeline_runs"]
    return found


@pytest.mark.parametrize("aged", ["duckdb"], indirect=True)
@pytest.mark.parametrize("free", [3, 12, 16, 24, 40, 160])
def test_an_apply_is_whole_or_refused(aged: Workspace, tmp_path: Path, free: int) -> None:
    source = aged.settings.warehouse
    tables = _read(source, TABLES)
    assert len(tables) > 80
    size = source.stat().st_size + free * MEBIBYTE
    with small_disk(tmp_path / "small", size) as disk:
        home = disk / "home"
        home.mkdir()
        shutil.copy(source, home / source.name)
        before = _content(home)
        ended = granary(
            "lifecycle", "apply", "--as-of", f"{AS_OF}", changes={"GRANARY_HOME": str(home)}
        )
        found = _read(home / source.name, TABLES)
        assert found == tables, ended.stderr
        assert not list(home.glob(".*.tmp*"))
        if ended.returncode:
            assert "bytes" in ended.stderr
            assert _content(home) == before
            assert free < 40
            return
        _assert_each_document_is_somewhere(home)
        assert not list(home.glob("*.wal"))
        assert free > 16


def _assert_each_document_is_somewhere(home: Path) -> None:
    settings = Settings(home=home)
    [(hot,)] = _read(settings.warehouse, "select count(*) from raw.prism_documents")
    stored = _read(
        settings.warehouse,
        "select path, row_count from governance.tier_files where relation = 'raw.prism_documents'",
    )
    [(ended,)] = _read(
        settings.warehouse,
        "select coalesce(sum(row_count), 0) from governance.lifecycle_log "
        "where relation = 'raw.prism_documents' and transition = 'delete'",
    )
    assert all((settings.tiers / str(path)).is_file() for path, _ in stored)
    assert int(str(hot)) + sum(int(str(n)) for _, n in stored) + int(str(ended)) == len(DAYS)
