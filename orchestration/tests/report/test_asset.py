"""The report as an asset: it follows a publication, and never fails a refresh for want of data."""

from __future__ import annotations

import dagster as dg

from orchestration.definitions import defs
from orchestration.defs.report import executive
from orchestration.tests.report.platform import ROWS, publish_rows
from orchestration.tests.workspace import Workspace

REPORT = dg.AssetKey(["reports", "executive"])


def materialize(day: str = "2026-01-31") -> dict[str, object]:
    result = dg.materialize([executive], partition_key=day)
    assert result.success
    [event] = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    return {name: value.value for name, value in metadata.items()}


def test_it_comes_after_the_publication_and_belongs_to_the_daily_refresh() -> None:
    graph = defs.resolve_asset_graph()
    assert graph.get(REPORT).parent_keys == {dg.AssetKey(["serving", "publication"])}
    assert graph.get(REPORT).group_name == "reports"
    jobs = {job.name: job for job in defs.get_repository_def().get_all_jobs()}
    assert REPORT in jobs["refresh_warehouse"].asset_layer.selected_asset_keys
    assert REPORT not in jobs["build_models"].asset_layer.selected_asset_keys


def test_the_file_is_replaced_and_described(duckdb_workspace: Workspace) -> None:
    publish_rows(duckdb_workspace, ROWS)
    path = duckdb_workspace.settings.reports / "executive.html"
    for _ in range(2):
        metadata = materialize()
        assert metadata["written"] == "yes"
        assert metadata["location"] == str(path)
        assert (metadata["first_day"], metadata["last_day"]) == ("2025-12-23", "2026-01-21")
        assert (metadata["total_documents"], metadata["active_users"]) == (6, 4)
        assert metadata["bytes"] == path.stat().st_size
        assert isinstance(metadata["rows"], int)
        assert metadata["rows"] > 30
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_without_a_document_platform_the_run_goes_on(duckdb_workspace: Workspace) -> None:
    metadata = materialize()
    assert metadata["written"] == "no"
    assert "granary publish" in str(metadata["reason"])
    publish_rows(duckdb_workspace, {mart: [] for mart in ROWS})
    metadata = materialize()
    assert (metadata["written"], metadata["rows"]) == ("no", 0)
    assert "no data" in str(metadata["reason"])
    assert not duckdb_workspace.settings.reports.exists()
