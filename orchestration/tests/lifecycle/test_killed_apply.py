"""An apply that is killed anywhere leaves each row in one place, and the next run finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter

from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.history import open_history
from orchestration.settings import PROJECT_DIR
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS
from orchestration.tests.lifecycle.test_apply import DOCUMENTS, tiers
from orchestration.tests.workspace import Workspace

# Before which of the acts that change anything the process dies: a file that gets its name, a
# statement in a transaction, a file that is removed, the new warehouse file.
POINTS = (1, 2, 6, 11, 18, 27, 40)
KILLED = """
import os, signal, sys
from datetime import date
from orchestration.ingest import targets
from orchestration.lifecycle import store, warehouse
from orchestration.lifecycle.apply import apply
from orchestration.settings import Settings

left = int(sys.argv[1])

def deadly(act):
    def acted(*arguments, **named):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*arguments, **named)
    return acted

for owner, name in ((targets.DuckDBTarget, "change"), (targets.PostgresTarget, "change"),
                    (store, "place"), (store.Store, "remove"), (warehouse, "place")):
    setattr(owner, name, deadly(getattr(owner, name)))
apply(Settings(), as_of=date.fromisoformat(sys.argv[2]))
"""


def test_a_killed_apply_is_finished_by_the_next(aged: Workspace) -> None:
    killed = 0
    for point in POINTS:
        with aged.activate():
            run = subprocess.run(
                [sys.executable, "-c", KILLED, str(point), str(AS_OF)],
                cwd=PROJECT_DIR,
                env=dict(os.environ),
                capture_output=True,
                text=True,
                check=False,
            )
        assert run.returncode in (0, -signal.SIGKILL), run.stderr
        killed += run.returncode != 0
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
