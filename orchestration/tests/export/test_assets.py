"""The bundle as an asset, found by name, apart from the daily refresh."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.core.settings import Settings
from orchestration.definitions import defs
from orchestration.defs.export import compliance
from orchestration.export.verify import verify
from orchestration.tests.export.published import publish_rows
from orchestration.tests.workspace import Workspace

BUNDLE = dg.AssetKey(["exports", "compliance"])


def test_it_has_a_job_of_its_own() -> None:
    graph = defs.resolve_asset_graph()
    assert graph.get(BUNDLE).parent_keys == {dg.AssetKey(["serving", "publication"])}
    assert graph.get(BUNDLE).group_name == "exports"
    jobs = {job.name: job for job in defs.get_repository_def().get_all_jobs()}
    assert jobs["export_compliance"].asset_layer.selected_asset_keys == {BUNDLE}
    for name in ("refresh_warehouse", "build_models"):
        assert BUNDLE not in jobs[name].asset_layer.selected_asset_keys


def test_it_writes_a_bundle_that_verifies_again_and_again(duckdb_workspace: Workspace) -> None:
    publish_rows(duckdb_workspace)
    for _ in range(2):
        result = dg.materialize([compliance], partition_key="2026-01-31")
        assert result.success
        [event] = result.get_asset_materialization_events()
        metadata = {name: v.value for name, v in event.materialization.metadata.items()}
        assert isinstance(metadata["rows"], int)
        assert metadata["rows"] >= 4
        [path] = Settings().exports.glob("*.zip")
        assert metadata["location"] == str(path)
        assert metadata["bytes"] == path.stat().st_size
        assert verify(path).signed_by == metadata["key_fingerprint"]


def test_without_a_publication_it_fails_and_says_so(
    duckdb_workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    result = dg.materialize([compliance], partition_key="2026-01-31", raise_on_error=False)
    assert not result.success
    [failure] = result.get_step_failure_events()
    told = failure.step_failure_data.user_failure_data
    assert told
    assert "granary publish" in str(told.description)
