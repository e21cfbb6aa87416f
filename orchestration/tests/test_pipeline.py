"""Both engines, the same rows; daily increments, the same rows as one run over everything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.sample import SampleOptions, write_sample
from orchestration.tests.workspace import PostgresServer, Workspace

DAYS = 10


def _daily(
    source: Path, workspaces: list[Workspace], after_day: object = None, days: int = DAYS
) -> None:
    """Land one delivery day after the other, loading and building after each."""
    folders = sorted({p.name for p in source.glob("assistant/*/*")})
    assert len(folders) == days
    for day in folders:
        for workspace in workspaces:
            for folder in source.glob(f"assistant/*/{day}"):
                shutil.copytree(folder, workspace.settings.landing / folder.relative_to(source))
            workspace.ingest()
            workspace.build_models()
        if callable(after_day):
            after_day(day)


def test_daily_runs_equal_one_run_and_engines_agree(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    sample = tmp_path / "sample"
    write_sample(sample / "landing", sample / "truth", SampleOptions(days=DAYS, rows_per_day=150))
    with (
        Workspace.on_duckdb(tmp_path / "whole") as whole,
        Workspace.on_duckdb(tmp_path / "daily") as daily,
        Workspace.on_postgres(tmp_path / "daily_postgres", postgres) as daily_postgres,
    ):
        shutil.copytree(sample / "landing", whole.settings.landing)
        whole.ingest()
        whole.build_models()
        expected = whole.mart_rows()
        assert len(expected["assistant.fct_assistant_interactions"]) > DAYS * 100

        def engines_agree(day: str) -> None:
            on_duckdb, on_postgres = daily.mart_rows(), daily_postgres.mart_rows()
            for mart, rows in on_duckdb.items():
                assert rows == on_postgres[mart], f"{mart} after {day}"

        _daily(sample / "landing", [daily, daily_postgres], engines_agree)
        daily.build()
        daily_postgres.build()
        actual = daily.mart_rows()
        for mart, rows in expected.items():
            assert actual[mart] == rows, mart


@pytest.mark.soak
def test_thirty_daily_runs_equal_one_run(tmp_path: Path, postgres: PostgresServer) -> None:
    sample = tmp_path / "sample"
    write_sample(sample / "landing", sample / "truth", SampleOptions(days=30, rows_per_day=500))
    with (
        Workspace.on_duckdb(tmp_path / "whole") as whole,
        Workspace.on_duckdb(tmp_path / "daily") as daily,
        Workspace.on_postgres(tmp_path / "daily_postgres", postgres) as daily_postgres,
    ):
        shutil.copytree(sample / "landing", whole.settings.landing)
        whole.ingest()
        whole.build_models()
        _daily(sample / "landing", [daily, daily_postgres], days=30)
        expected = whole.mart_rows()
        for incremental in (daily, daily_postgres):
            actual = incremental.mart_rows()
            for mart, rows in expected.items():
                assert actual[mart] == rows, mart
