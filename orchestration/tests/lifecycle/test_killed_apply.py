"""An apply that is killed anywhere leaves each row in one place, and the next run finishes it."""

from __future__ import annotations

import itertools
import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

from orchestration.ingest import targets
from orchestration.lifecycle import store, warehouse
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.history import open_history
from orchestration.settings import Settings
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS
from orchestration.tests.lifecycle.test_apply import DOCUMENTS, tiers
from orchestration.tests.processes import start
from orchestration.tests.workspace import Workspace

# Before which of the acts that change anything the process dies: a file that gets its name, a
# statement in a transaction, a file that is removed, the new warehouse file.
POINTS = (1, 2, 6, 11, 18, 27, 40)
ACTS = (
    (targets.DuckDBTarget, "change"),
    (targets.PostgresTarget, "change"),
    (store, "place"),
    (store.Store, "remove"),
    (warehouse, "place"),
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
