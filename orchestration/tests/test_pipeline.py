"""Both engines, the same rows; daily increments, the same rows as one run over everything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.sample import SampleOptions, write_sample
from orchestration.tests.workspace import PostgresServer, Workspace


def _check(folder: Path, server: PostgresServer, options: SampleOptions) -> None:
    """Land, load and build day by day on both engines, and all at once beside it."""
    sample = folder / "sample"
    write_sample(sample / "landing", sample / "truth", options)
    days = sorted({path.name for path in sample.glob("landing/assistant/*/*")})
    assert len(days) == options.days
    with (
        Workspace.on_duckdb(folder / "whole") as whole,
        Workspace.on_duckdb(folder / "daily") as daily,
        Workspace.on_postgres(folder / "daily_postgres", server) as daily_postgres,
    ):
        for day in days:
            for workspace in (daily, daily_postgres):
                _land(sample / "landing", workspace, day)
                workspace.ingest()
                workspace.build_models()
            on_postgres = daily_postgres.mart_rows()
            for mart, rows in daily.mart_rows().items():
                assert rows == on_postgres[mart], f"{mart} after {day}"
        daily.build()
        daily_postgres.build()
        _land(sample / "landing", whole, "*")
        whole.ingest()
        whole.build_models()
        expected, actual = whole.mart_rows(), daily.mart_rows()
        assert len(expected["assistant.fct_assistant_interactions"]) > options.days * 100
        for mart, rows in expected.items():
            assert actual[mart] == rows, mart


def _land(source: Path, workspace: Workspace, day: str) -> None:
    for folder in source.glob(f"assistant/*/{day}"):
        shutil.copytree(folder, workspace.settings.landing / folder.relative_to(source))


def test_daily_runs_equal_one_run_and_engines_agree(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    _check(tmp_path, postgres, SampleOptions(days=10, rows_per_day=150))


@pytest.mark.soak
def test_thirty_daily_runs_equal_one_run(tmp_path: Path, postgres: PostgresServer) -> None:
    _check(tmp_path, postgres, SampleOptions(days=30, rows_per_day=500))
