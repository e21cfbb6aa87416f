"""An apply that is killed anywhere leaves each row in one place, and the next run finishes it."""

from __future__ import annotations

import itertools
import os
import signal
from collections import Counter

import duckdb
import pytest

from orchestration.core.fault_points import watch
from orchestration.core.settings import Settings
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.history import open_history
from orchestration.lifecycle.plan import plan
from orchestration.operations.maintenance.maintain import maintain
from orchestration.operations.maintenance.steps import STEPS
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS
from orchestration.tests.lifecycle.test_apply import DOCUMENTS, tiers
from orchestration.tests.processes import die_at, granary, start
from orchestration.tests.workspace import Workspace

# Before which of the acts that change anything the process dies: a file that gets its name, a
# statement in a transaction, a file that is removed, the new warehouse file.
POINTS = (1, 2, 6, 11, 18, 27, 40)
ACTS = {"change begun", "file complete", "files listed no more", "new database flushed"}
# Before which of the acts of a compaction the process dies, and which call of it.
COMPACTION = (
    "new database begun",
    "new database filled",
    "new database compared",
    "new database flushed",
    "old log removed",
    "new database named",
    "file compacted",
)


def _apply_until(point: int) -> None:
    """Apply in this process, which dies before that act."""
    acts = itertools.count(1)

    def die(reached: str) -> None:
        if reached in ACTS and next(acts) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(die)
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


def _compact_until(point: str) -> None:
    """Apply in this process, which dies in the compaction, at that point."""
    die_at(point)
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
    expected: dict[str, list[str]] = {}
    for act in COMPACTION:
        with aged.activate():
            process = start(_compact_until, act)
        process.join()
        assert process.exitcode == -signal.SIGKILL, act
        found = _content(aged)
        expected = expected or found
        assert found == expected, act
        due = [step for step in plan(aged.settings, as_of=AS_OF) if step.transition == "compacted"]
        assert sum(step.rows for step in due) > 0, act
        if act == "new database begun":
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
        process = start(_compact_until, "new database flushed")
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
