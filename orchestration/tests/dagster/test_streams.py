"""A stream's asset loads its own files up to its delivery day, and tells what it did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from orchestration.core.contracts import load_contracts
from orchestration.defs.ingest import FILES_CHECK, stream_assets
from orchestration.defs.serving import publication
from orchestration.tests.dagster.records import DAYS, land_day
from orchestration.tests.workspace import Workspace

pytestmark = pytest.mark.filterwarnings("ignore:.*backfill_policy")

INTERACTIONS = dg.AssetKey(["raw", "assistant_interactions"])
ACCESSES = dg.AssetKey(["raw", "assistant_content_accesses"])


def _load(workspace: Workspace, key: dg.AssetKey, day: str) -> dg.ExecuteInProcessResult:
    with workspace.activate():
        return dg.materialize(
            [asset for asset in stream_assets() if asset.key == key], partition_key=day
        )


def _metadata(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, object]:
    [event] = result.asset_materializations_for_node(key.to_python_identifier())
    return {name: value.value for name, value in event.metadata.items()}


def test_a_day_takes_in_what_was_delivered_up_to_it(duckdb_workspace: Workspace) -> None:
    for day in DAYS:
        land_day(duckdb_workspace, day)
    told = _metadata(_load(duckdb_workspace, INTERACTIONS, DAYS[1]), INTERACTIONS)
    assert (told["files"], told["lines"], told["rows"], told["rejects"]) == (2, 14, 14, 0)
    assert told["bytes"] == sum(
        path.stat().st_size
        for day in DAYS[:2]
        for path in duckdb_workspace.settings.landing.glob(f"assistant/interactions/{day}/*")
    )
    assert duckdb_workspace.value("select count(*) from raw.assistant_content_accesses") == 0
    assert _metadata(_load(duckdb_workspace, INTERACTIONS, DAYS[0]), INTERACTIONS)["files"] == 0
    assert _metadata(_load(duckdb_workspace, INTERACTIONS, DAYS[2]), INTERACTIONS)["files"] == 1


def test_today_takes_in_whatever_is_there(duckdb_workspace: Workspace) -> None:
    today = datetime.now(UTC).date()
    land_day(duckdb_workspace, f"{today + timedelta(days=1)}")
    duckdb_workspace.write("assistant/interactions/without_a_day.jsonl", b"{}\n")
    yesterday = _load(duckdb_workspace, INTERACTIONS, f"{today - timedelta(days=1)}")
    assert _metadata(yesterday, INTERACTIONS)["files"] == 1
    assert _metadata(_load(duckdb_workspace, INTERACTIONS, f"{today}"), INTERACTIONS)["files"] == 1


def test_failures_of_other_streams_are_kept(duckdb_workspace: Workspace) -> None:
    land_day(duckdb_workspace, DAYS[0])
    bad = {
        stream: duckdb_workspace.write(f"assistant/{stream}/{DAYS[0]}/notes.txt", b"?")
        for stream in ("interactions", "content_accesses")
    }
    duckdb_workspace.write("elsewhere/x/notes.txt", b"?")
    result = _load(duckdb_workspace, INTERACTIONS, DAYS[0])
    [check] = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == (FILES_CHECK, False)
    assert check.metadata["failed_files"].value == 1
    assert _failed(duckdb_workspace) == {f"assistant/interactions/{DAYS[0]}/notes.txt", "elsewhere"}

    _load(duckdb_workspace, ACCESSES, DAYS[0])
    assert len(_failed(duckdb_workspace)) == 3
    for file in bad.values():
        file.unlink()
    result = _load(duckdb_workspace, INTERACTIONS, DAYS[0])
    assert [c.passed for c in result.get_asset_check_evaluations()] == [True]
    assert _failed(duckdb_workspace) == {
        f"assistant/content_accesses/{DAYS[0]}/notes.txt",
        "elsewhere",
    }
    duckdb_workspace.ingest()
    assert _failed(duckdb_workspace) == {"elsewhere"}


@pytest.mark.long
def test_all_streams_together_load_what_the_loader_loads(duckdb_workspace: Workspace) -> None:
    land_day(duckdb_workspace, DAYS[0])
    with duckdb_workspace.activate():
        assert dg.materialize(stream_assets(), partition_key=DAYS[0]).success
    assert duckdb_workspace.ingest().files == 0
    of_assistant = [stream for source, stream in load_contracts() if source == "assistant"]
    assert duckdb_workspace.value("select count(*) from raw.load_ledger") == len(of_assistant)


def test_a_refused_publication_says_why(duckdb_workspace: Workspace) -> None:
    with duckdb_workspace.activate(), pytest.raises(dg.Failure) as refused:
        dg.materialize([publication], partition_key=DAYS[0])
    assert "nothing is built yet" in str(refused.value.description)


def _failed(workspace: Workspace) -> set[str]:
    return {path for (path,) in workspace.query("select path from raw.failed_files")}
