"""Rows that have left the warehouse take less room than they took in it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.history import open_history
from orchestration.lifecycle.plan import plan
from orchestration.lifecycle.savings import savings
from orchestration.sample import write_sample
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.lifecycle.conftest import AS_OF, KEYS
from orchestration.tests.prism.records import document
from orchestration.tests.workspace import Workspace, environment


def test_warm_takes_less_room_than_hot(tmp_path: Path) -> None:
    options = PrismOptions(start=date(2026, 1, 1), days=30, analyses_per_day=250, seed=7)
    with Workspace.on_duckdb(tmp_path / "home") as workspace, environment(KEYS):
        write_sample(workspace.settings.landing, tmp_path / "truth", options)
        workspace.ingest()
        workspace.build_models("--select", "+legal_holds", "+document_limits", "+retention_limits")
        as_of = date(2026, 4, 20)
        planned = {
            step.relation: step.bytes_before
            for step in plan(workspace.settings, as_of=as_of)
            if step.transition == "warm"
        }
        report = apply(workspace.settings, as_of=as_of)
        before: dict[str, int] = defaultdict(int)
        after: dict[str, int] = defaultdict(int)
        for saving in savings(workspace.settings):
            assert saving.to_tier == "warm"
            before[saving.relation] += saving.bytes_before
            after[saving.relation] += saving.bytes_after
        listed = dict(
            workspace.query(
                "select relation, cast(sum(size_bytes) as bigint) from governance.tier_files "
                "group by relation"
            )
        )
    assert before == planned
    # What the figures say lies there, does.
    assert after == listed
    files = [path for path in workspace.settings.tiers.rglob("*.parquet") if path.is_file()]
    assert sum(after.values()) == sum(path.stat().st_size for path in files)
    assert {s.relation for s in report.steps if s.transition == "warm"} == set(before)
    assert {"raw.prism_documents", "raw.prism_analysis_results"} <= set(before)
    rows = {s.relation: s.rows for s in report.steps if s.transition == "warm"}
    # A file's own few kilobytes count where it holds a handful of rows.
    many = [relation for relation, count in rows.items() if count >= 100]
    assert len(many) >= 4
    for relation in many:
        assert after[relation] < before[relation], relation
    assert sum(after.values()) < 0.6 * sum(before.values())
    # One month went at once: a file each.
    assert len(list(workspace.settings.tiers.glob("*/warm/raw.prism_documents/*"))) <= 2


def test_what_moves_is_measured_on_both_engines(aged: Workspace) -> None:
    apply(aged.settings, "raw.prism_documents", AS_OF)
    found = savings(aged.settings)
    assert {s.to_tier for s in found} == {"warm", "cold", "archive"}
    assert all(s.bytes_before > 0 for s in found)


@pytest.mark.parametrize("aged", ["duckdb"], indirect=True)
def test_days_of_a_month_end_in_one_file(aged: Workspace) -> None:
    """Rows turn warm day by day; when the month has gone whole its files are merged."""
    days = [date(2026, 4, 3) + timedelta(days=n) for n in range(6)]
    records = [document(f"of-{day}", f"{day}T08:00:00Z") for day in days]
    aged.land("documents", records, "prism")
    aged.ingest()
    aged.build_models()
    for day in days:
        apply(aged.settings, "raw.prism_documents", day + timedelta(days=30))
    april = "*/warm/raw.prism_documents/2026-04-*"
    assert len(list(aged.settings.tiers.glob(april))) == len(days)
    apply(aged.settings, "raw.prism_documents", AS_OF)
    assert len(list(aged.settings.tiers.glob(april))) == 1
    entry = aged.query(
        "select first_day, last_day, row_count from governance.tier_files "
        "where first_day >= date '2026-04-01'"
    )
    assert entry == [(days[0], days[-1], len(days))]
    with open_history(aged.settings) as engine:
        found = engine.execute(
            "select cast(_event_date as date), filename from history.prism_documents "
            "where _tier = 'warm' and _event_date >= date '2026-04-01' order by 1"
        ).fetchall()
        columns = [name for name, *_ in engine.execute(
            "describe select * from history.prism_documents").fetchall()]  # fmt: skip
    assert found == [(day, f"of-{day}.pdf") for day in days]
    assert "_lifecycle_day" not in columns
    # Each row is still of its own day: a year after the second, two are cold.
    apply(aged.settings, "raw.prism_documents", days[1] + timedelta(days=365))
    left = aged.query(
        "select row_count from governance.tier_files where tier = 'warm' and row_count > 1"
    )
    assert left == [(len(days) - 2,)]
