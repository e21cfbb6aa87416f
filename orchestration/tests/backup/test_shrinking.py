"""A backup that lost rows or tables without a reason on record is red, and stays so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration.backup import prune as pruning
from orchestration.backup.manifest import Backup, Manifest
from orchestration.backup.postgres.tools import ScratchServer, find_tools
from orchestration.backup.prune import prune
from orchestration.backup.tables.shrinking import shrunk
from orchestration.core.clock import utc_now
from orchestration.defs.backup import backup_assets
from orchestration.operations.health.score import assess
from orchestration.operations.maintenance.steps import STEPS, StepFailed
from orchestration.policies.backup import SEED, tiers
from orchestration.policies.seeds import rows_of
from orchestration.tests.backup.helpers import Kit, printed
from orchestration.tests.lifecycle.conftest import AS_OF, KEYS, land
from orchestration.tests.processes import granary
from orchestration.tests.workspace import environment

LOSE = "delete from raw.assistant_interactions"
COUNTS = (
    "select _tier, count(*) as rows, min(created_at) as first from history.prism_documents "
    "group by 1 order by 1"
)


def _back_up_in_dagster(kit: Kit) -> dict[str, bool | None]:
    with kit.workspace.activate(), dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            backup_assets(),
            selection=dg.AssetSelection.assets(["backup", "warehouse"]),
            instance=instance,
            raise_on_error=False,
        )
    return {check.check_name: check.passed for check in done.get_asset_check_evaluations()}


def test_rows_that_are_lost_make_every_next_backup_red(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = kit.create(2)
    assert whole.manifest.shrunk == ""
    kit.workspace.execute(LOSE)
    made = granary("backup", "create", "--tier", "2")
    assert made.returncode == 1
    assert "rows of schema raw instead of" in made.stderr
    assert whole.id in made.stderr
    red = kit.store.readable()[-1]
    assert any(red.manifest.shrunk in fault for fault in kit.verify(red).faults)
    assert kit.verify(whole).faults == []
    with kit.workspace.activate():
        found = {part.part: part for part in assess(kit.settings).parts}
        assert found["backup"].status == "error"
        assert red.id in found["backup"].finding
        [step] = [step for step in STEPS if step.name == "backup"]
        with pytest.raises(StepFailed, match="instead of"):
            step.act(kit.settings)
    # The next is held against the last whole one, not against the loss.
    assert _back_up_in_dagster(kit) == {"nothing_lost": False}
    assert kit.workspace.query(
        "select outcome, error_class from governance.backup_log where action = 'create' "
        "order by entry_number"
    ) == [("success", None), *[("failure", "BackupShrunk")] * 3]
    # However old it grows: it is what the rows can be restored from.
    later = utc_now() + timedelta(days=400)
    with monkeypatch.context() as clock:
        clock.setattr(pruning, "utc_now", lambda: later)
        prune(kit.settings)
    assert whole.id in kit.store.names
    said = printed(granary("backup", "create", "--tier", "2", "--smaller", "--json").stdout)
    assert said["shrunk"] == ""
    assert _back_up_in_dagster(kit) == {"nothing_lost": True}


def test_tables_that_are_lost_are_named(kit: Kit) -> None:
    whole = kit.create(2)
    kept = [t.relation for t in whole.manifest.tables if t.schema == "raw"][:3]
    lost = [t.relation for t in whole.manifest.tables if t.relation not in kept]
    kit.workspace.execute(*(f"drop table {relation}" for relation in lost[:-1]))
    report = kit.report(2)
    assert "tables instead of" in report.shrunk
    assert lost[0] in report.shrunk


def test_the_seed_says_how_much(kit: Kit) -> None:
    allowed = {tier.shrink_percent for tier in tiers().values()}
    assert allowed == {20.0}
    assert "shrink_percent" in rows_of(SEED)[0]
    backup = kit.create(2)
    rows = 1_000 * backup.manifest.row_count
    assert rows

    def manifest(share: float, removed: int = 0) -> Manifest:
        tables = [replace(t, rows=round(1_000 * t.rows * share)) for t in backup.manifest.tables]
        return replace(backup.manifest, tables=tables, removed_rows=removed)

    def said(share: float, removed: int = 0) -> str:
        return shrunk(manifest(share, removed), replace(backup, manifest=manifest(1.0)))

    assert said(1.0) == said(0.85) == ""
    assert "rows instead of" in said(0.5)
    assert said(0.5, removed=rows) == ""


@pytest.fixture(params=["kit", "postgres_kit"])
def aged(request: pytest.FixtureRequest) -> Kit:
    """A warehouse with rows of every age."""
    kit: Kit = request.getfixturevalue(request.param)
    land(kit.workspace)
    kit.workspace.ingest()
    kit.workspace.build_models()
    return kit


@contextlib.contextmanager
def _reached(kit: Kit, backup: Backup, copy: Path) -> Iterator[dict[str, str]]:
    """Variables that lead to a restored copy."""
    home = {"GRANARY_HOME": str(copy)}
    if (wal := backup.manifest.wal) is None:
        yield home
        return
    tools = find_tools(kit.settings, wal.server_version)
    with ScratchServer(tools, copy / "postgres", wal.role, wal.database) as server:
        server.connect().close()
        yield home | server.address


def test_rows_that_were_moved_are_explained_and_come_back(aged: Kit) -> None:
    """A backup of tier 2 holds what has left the warehouse, and answers with it when restored."""
    aged.create(2)
    with environment(KEYS), aged.workspace.activate():
        before = printed(granary("lifecycle", "history", COUNTS, "--json").stdout)
        applied = granary("lifecycle", "apply", "--as-of", str(AS_OF))
        assert applied.returncode == 0, applied.stderr
        here = printed(granary("lifecycle", "history", COUNTS, "--json").stdout)
        assert {row["_tier"] for row in here} == {"hot", "warm", "cold"}
        assert here != before
        backup = aged.create(2)
        assert backup.manifest.shrunk == ""
        assert backup.manifest.removed_rows > 0
        assert aged.verify(backup, key=True).faults == []
        # Where the server's account may enter, too.
        copy = aged.settings.root.parent / "copy"
        aged.restore(copy, name=backup.id)
        with _reached(aged, backup, copy) as address:
            there = granary("lifecycle", "history", COUNTS, "--json", changes=address)
    assert there.returncode == 0, there.stderr
    assert printed(there.stdout) == here
