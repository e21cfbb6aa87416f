"""Retention as an asset: its check is red while something is past its limit."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.defs.lifecycle import retention
from orchestration.tests.workspace import Workspace


@pytest.mark.parametrize("aged", ["duckdb"], indirect=True)
def test_the_check_is_red_while_something_is_past_its_limit(
    aged: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.delenv("GRANARY_ARCHIVE_RECIPIENT")
        failed = dg.materialize([retention], raise_on_error=False)
    [check] = failed.get_asset_check_evaluations()
    assert not failed.success
    assert not check.passed
    assert "GRANARY_ARCHIVE_RECIPIENT is not set" in str(check.description)

    done = dg.materialize([retention])
    [check] = done.get_asset_check_evaluations()
    assert check.passed
    [event] = done.get_asset_materialization_events()
    moved = {name: value.value for name, value in event.materialization.metadata.items()}
    assert moved["rows"] == aged.value("select sum(row_count) from governance.lifecycle_log")
