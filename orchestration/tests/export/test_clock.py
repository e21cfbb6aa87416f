"""A row that a wrong clock dates after the last delivery ends no period."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.export.errors import NoRows
from orchestration.export.period import Asked
from orchestration.export.run import Exported, Request, export
from orchestration.tests.export.published import ROWS, day, interaction, publish_rows, read_csv
from orchestration.tests.workspace import Workspace

FAR = date(2031, 5, 1)
LATER = [interaction(900, FAR), interaction(901, day(22))]


def _publish(workspace: Workspace, interactions: list[dict[str, Any]]) -> None:
    delivered: dict[str, Any] = {"loaded_at": datetime(2026, 1, 21, 6), "last_day": day(21)}
    rows = {"fct_assistant_interactions": interactions, "last_delivery": [delivered]}
    publish_rows(workspace, ROWS | rows)


def _export(workspace: Workspace, path: Path, asked: Asked) -> Exported:
    with workspace.activate():
        return export(workspace.settings, Request("interactions", None, path, asked, force=True))


def test_last_days_end_with_the_last_that_can_be_known(
    workspace: Workspace, tmp_path: Path
) -> None:
    _publish(workspace, [*ROWS["fct_assistant_interactions"], *LATER])
    path = tmp_path / "x.csv"
    made = _export(workspace, path, Asked(days=2))
    assert (made.first_day, made.last_day, made.rows) == (day(19), day(20), 2)
    assert {row["activity_date"] for row in read_csv(path.read_bytes())} == {
        "2026-01-19",
        "2026-01-20",
    }
    assert "2 rows of days after 2026-01-21, the last delivery, are left out" in made.summary
    assert "governance.rule_violations" in made.summary
    # Who asks for them gets them, and is not told what is known.
    made = _export(workspace, path, Asked(first_day=day(22), last_day=date(2031, 12, 31)))
    assert (made.rows, made.later_rows) == (2, 0)
    with pytest.raises(NoRows, match="the last day is 2026-01-20"):
        _export(workspace, path, Asked(first_day=day(22)))


def test_where_there_is_nothing_else_it_is_exported(workspace: Workspace, tmp_path: Path) -> None:
    _publish(workspace, LATER)
    made = _export(workspace, tmp_path / "x.csv", Asked(days=1))
    assert (made.last_day, made.rows, made.later_rows) == (FAR, 1, 0)
