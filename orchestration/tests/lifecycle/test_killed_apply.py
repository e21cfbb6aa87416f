"""An apply that is killed anywhere leaves each row in one place, and the next run finishes it."""

from __future__ import annotations

import importlib
import itertools
import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from orchestration.core.settings import Settings
from orchestration.ingest import targets
from orchestration.lifecycle import apply as applying
from orchestration.lifecycle import store, warehouse
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.history import open_history
from orchestration.lifecycle.plan import plan
from orchestration.operations.maintenance.maintain import maintain
from orchestration.operations.maintenance.steps import STEPS
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS
from orchestration.tests.lifecycle.test_apply import DOCUMENTS, tiers
from orchestration.tests.processes import granary, start
from orchestration.tests.workspace import Workspace
from orchestration.warehouse import duckdb_files

# Before which of the acts that change anything the process dies: a file that gets its name, a
# statement in a transaction, a file that is removed, the new warehouse file.
POINTS = (1, 2, 6, 11, 18, 27, 40)
ACTS = (
    (targets.DuckDBTarget, "change"),
    (targets.PostgresTarget, "change"),
    (store, "place"),
    (store.Store, "remove"),
    (duckdb_files, "place_database"),
)
# Before which of the acts of a compaction the process dies, and which call of it.
COMPACTION = (
    (duckdb_files, "written_anew", 1),
    (duckdb_files, "_compare", 1),
    (duckdb_files.os, "fsync", 1),
    (duckdb_files, "place_database", 1),
    (duckdb_files.os, "replace", 1),
    (duckdb_files, "flush_folder", 2),
    (warehouse, "utc_now", 1),
)


def _apply_until(point: int) -> None:
    """Apply in this process, which dies before that act."""
    acts = itertools.count(1)

    def deadly(act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*arguments: Any, **named: Any) -> Any:
            if next(acts) == point:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*arguments, **named)

        return acted

    for owner, name in ACTS:
        setattr(owner, name, deadly(getattr(owner, name)))
    apply(Settings(), as_of=AS_OF)


def test_a_killed_apply_is_finished_by_the_next(aged: Workspace) -> None:
    killed = 0
    for point in POINTS:
        with aged.activate():
            process = start(_apply_until, point)
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
        killed += process.exitcode != 0
        _assert_each_row_counts_once(aged)
    assert killed >= len(POINTS) - 1
    apply(aged.settings, as_of=AS_OF)
    assert tiers(aged) == DOCUMENTS
    listed = {path for (path,) in aged.query("select path from governance.tier_files")}
    there = {
        path.relative_to(aged.settings.tiers).as_posix()
        for path in aged.settings.tiers.rglob("*")
        if path.is_file()
    }
    assert {path.removesuffix(".documents.parquet") for path in there} == listed
    assert not list(aged.settings.root.glob(".warehouse*"))


def _compact_until(module: str, name: str, call: int) -> None:
    """Apply in this process, which dies in the compaction, before that act."""
    owner = importlib.import_module(module)
    calls = itertools.count(1)
    act = getattr(owner, name)

    def deadly(*arguments: Any, **named: Any) -> Any:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*arguments, **named)

    def compact(settings: Settings) -> tuple[int, int]:
        # `written_anew` is known to the module that calls it by a name of its own.
        for place in (owner, warehouse):
            if hasattr(place, name):
                setattr(place, name, deadly)
        return warehouse.compact(settings)

    applying.compact = compact
    apply(Settings(), as_of=AS_OF)


def _content(aged: Workspace) -> dict[str, list[str]]:
    tables = aged.query(
        "select schema_name || '.' || table_name from duckdb_tables() where not internal and "
        "table_name not in ('pipeline_runs', 'lifecycle_log')"
    )
    return {name: sorted(map(repr, aged.query(f"from {name}"))) for (name,) in tables}


@pytest.mark.parametrize("aged", ["duckdb"], indirect=True)
def test_a_killed_compaction_is_finished_by_the_next(aged: Workspace) -> None:
    name = b"ended.pdf"
    expected = None
    for owner, act, call in COMPACTION:
        with aged.activate():
            process = start(_compact_until, owner.__name__, act, call)
        process.join()
        assert process.exitcode == -signal.SIGKILL, act
        found = _content(aged)
        expected = expected or found
        assert found == expected, act
        due = [step for step in plan(aged.settings, as_of=AS_OF) if step.transition == "compacted"]
        assert sum(step.rows for step in due) > 0, act
        if act == "written_anew":
            assert name in aged.settings.warehouse.read_bytes()
    # Rows that only the log beside the file holds are carried over.
    with aged.activate():
        start(_insert_and_die).join()
    assert aged.settings.warehouse.with_name("warehouse.duckdb.wal").exists()
    done = granary("lifecycle", "apply", "--as-of", f"{AS_OF}")
    assert "rows compacted; the file went from" in done.stdout, done.stderr
    assert aged.query("select count(*) from raw.late") == [(7,)]
    assert _content(aged) == expected | {"raw.late": [repr((n,)) for n in range(7)]}
    assert name not in aged.settings.warehouse.read_bytes()
    assert [step for step in plan(aged.settings, as_of=AS_OF) if step.rows] == []
    assert [p.name for p in aged.settings.root.glob("*warehouse*")].count("warehouse.duckdb") == 1
    assert not list(aged.settings.root.glob(".warehouse*"))
    assert not list(aged.settings.root.glob("*.wal"))


def _insert_and_die() -> None:
    engine = duckdb.connect(str(Settings().warehouse))
    engine.execute("create table raw.late (n integer)")
    engine.execute("insert into raw.late select * from range(7)")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("aged", ["duckdb"], indirect=True)
def test_maintenance_finishes_a_killed_compaction(aged: Workspace) -> None:
    with aged.activate():
        process = start(_compact_until, "orchestration.warehouse.duckdb_files", "place_database", 1)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        [step] = [step for step in STEPS if step.name == "compact"]
        assert maintain(aged.settings, steps=[step]).steps[0].outcome == "success"
        assert b"ended.pdf" not in aged.settings.warehouse.read_bytes()
        assert maintain(aged.settings, steps=[step]).steps[0].outcome == "skipped"


def _assert_each_row_counts_once(workspace: Workspace) -> None:
    with open_history(workspace.settings) as engine:
        for table in ("prism_documents", "prism_audit_logs"):
            rows = Counter(engine.execute(f"select id from history.{table}").fetchall())
            [(archived,)] = engine.execute(
                "select coalesce(sum(row_count), 0) from warehouse.governance.tier_files "
                f"where relation = 'raw.{table}' and tier = 'archive'"
            ).fetchall()
            [(ended,)] = engine.execute(
                "select coalesce(sum(row_count), 0) from warehouse.governance.lifecycle_log "
                f"where relation = 'raw.{table}' and transition = 'delete'"
            ).fetchall()
            assert set(rows.values()) == {1}
            assert len(rows) + archived + ended == len(DAYS)
