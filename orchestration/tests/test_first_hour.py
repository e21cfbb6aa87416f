"""What a newcomer meets first: a sample that is of today, healthy, and seen in Dagster."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration.core.clock import utc_now
from orchestration.definitions import defs
from orchestration.defs.outside_loads import report_outside_loads
from orchestration.defs.switches import switched_off
from orchestration.lifecycle.apply import apply
from orchestration.operations.health.score import Health, assess
from orchestration.report.executive import executive_report
from orchestration.sample import first_day_of, write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.workspace import Workspace

DAYS = 60  # as the demo
# Nobody has backed it up or rehearsed that yet: what a newcomer is to be told.
STILL_TO_DO = {"backup", "drill"}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The demo's way with fewer rows: as many days, up to yesterday."""
    with Workspace.on_duckdb(tmp_path_factory.mktemp("first") / "home") as workspace:
        settings, day = workspace.settings, first_day_of(DAYS)
        write_samples(
            settings.landing,
            settings.truth,
            [
                AssistantOptions(days=DAYS, rows_per_day=40, start=day),
                PrismOptions(days=DAYS, analyses_per_day=20, start=day),
            ],
        )
        workspace.ingest()
        workspace.build()
        yield workspace


def _rows(workspace: Workspace) -> dict[str, int]:
    with workspace.reading():
        return {
            f"{m.schema}.{m.name}": workspace.value(f'select count(*) from {m.schema}."{m.name}"')
            for m in workspace.marts()
        }


@pytest.mark.long
def test_retention_empties_no_mart(first: Workspace) -> None:
    before = _rows(first)
    assert sum(map(bool, before.values())) > 30
    report = apply(first.settings)
    assert report.steps  # of sixty days some are old enough to move
    after = _rows(first)
    assert [mart for mart, rows in before.items() if rows and not after[mart]] == []
    assert apply(first.settings).steps == []


def test_the_first_health_report_is_green_where_nothing_is_wrong(first: Workspace) -> None:
    first.publish()
    health: Health = assess(first.settings)
    found = {part.part: (part.status, part.finding) for part in health.parts}
    wrong = {part: said for part, said in found.items() if said[0] != "ok"}
    assert set(wrong) == STILL_TO_DO, wrong


def test_the_report_has_a_period_before(first: Workspace) -> None:
    report = executive_report(first.settings, days=30)
    assert report.period.last_day == utc_now().date() - timedelta(days=1)
    assert report.notes == ()
    for figure in report.figures:
        assert figure.before, figure.measure.name
    [costs] = [t for s in report.sections for t in s.tables if t.name == "cost_by_organization"]
    assert any(costs.column("organization_name"))


def test_dagster_shows_what_was_taken_in_before_it_came(first: Workspace) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert report_outside_loads(first.settings, instance) > 50 * DAYS
        days = {str(first_day_of(DAYS) + timedelta(days=n)) for n in range(DAYS)}
        for key in (["raw", "prism_users"], ["core", "dim_users"], ["serving", "publication"]):
            assert instance.get_materialized_partitions(dg.AssetKey(key)) == days, key
        assert report_outside_loads(first.settings, instance) == 0


def test_dev_names_what_is_off(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        off = {of.name: of for of in switched_off(defs, instance)}
    assert off["daily_at_two"].when == "0 2 * * * UTC: daily_maintenance"
    assert {"tier_1_backup", "landing_zone"} <= off.keys()
    assert "weekly_forgetting" not in off
