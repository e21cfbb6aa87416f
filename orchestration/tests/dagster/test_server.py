"""Dagster as `make dev` starts it: the graph, runs that wait for each other, a backfill."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.core.contracts import load_contracts
from orchestration.defs.running import WRITER_POOL
from orchestration.tests.dagster.records import DAYS, land_day
from orchestration.tests.dagster.server import Server, running_server
from orchestration.tests.workspace import Workspace
from orchestration.warehouse.lock import writer_lock

GRAPH = """{ assetNodes { assetKey { path } dependencyKeys { path }
    isMaterializable isPartitioned } }"""
POOL = "query($pool: String!) { instance { concurrencyLimit(concurrencyKey: $pool) { limit } } }"
ROWS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetMaterializations(limit: 5) { runId metadataEntries { label
    ... on IntMetadataEntry { intValue } } } } } }"""
# Dagster writes hundreds of small transactions: in memory, where there is such a folder.
MEMORY = Path("/dev/shm")


@dataclass
class Launched:
    """What was asked for in the same moment."""

    whole: str
    backfill: str


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    memory = MEMORY if MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="granary-dagster-", dir=memory))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Iterator[Workspace]:
    with Workspace.on_duckdb(folder / "home") as workspace:
        for day in DAYS:
            land_day(workspace, day)
        workspace.parse()
        yield workspace


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[Server]:
    with running_server(workspace.settings.root) as server:
        yield server


@pytest.fixture(scope="module")
def launched(server: Server) -> Launched:
    """Day two of everything, then a backfill of all three days."""
    nodes = server.ask(GRAPH)["assetNodes"]
    keys = [n["assetKey"]["path"] for n in nodes if n["isMaterializable"] and n["isPartitioned"]]
    whole = server.launch("refresh_warehouse", DAYS[1])
    return Launched(whole, server.backfill(keys, DAYS))


def test_the_graph_reaches_from_stream_to_publication(server: Server) -> None:
    above = {
        "/".join(node["assetKey"]["path"]): {"/".join(k["path"]) for k in node["dependencyKeys"]}
        for node in server.ask(GRAPH)["assetNodes"]
    }
    assert "raw/assistant_interactions" in above["staging/stg_assistant__interactions"]
    assert "staging/stg_assistant__interactions" in above["assistant/fct_assistant_interactions"]
    assert "assistant/fct_assistant_interactions" in above["serving/publication"]
    assert {f"raw/{stream.table}" for stream in load_contracts().values()} <= set(above)


def test_two_runs_at_once_wait_for_each_other(server: Server, launched: Launched) -> None:
    [filling] = server.backfill_runs(launched.backfill)
    seen = set()
    for runs in server.watch([launched.whole, filling]):
        states = runs[launched.whole]["status"], runs[filling]["status"]
        seen.add(states)
    assert states == ("SUCCESS", "SUCCESS"), server.log.read_text("utf-8")[-8000:]
    assert ("STARTED", "STARTED") not in seen
    assert ("STARTED", "QUEUED") in seen
    assert runs[filling]["startTime"] >= runs[launched.whole]["endTime"]
    assert server.ask(POOL, pool=WRITER_POOL)["instance"]["concurrencyLimit"]["limit"] == 1

    fact = {"path": ["assistant", "fct_assistant_interactions"]}
    [rows] = [
        entry["intValue"]
        for built in server.ask(ROWS, key=fact)["assetNodeOrError"]["assetMaterializations"]
        if built["runId"] == launched.whole
        for entry in built["metadataEntries"]
        if entry["label"] == "dagster/row_count"
    ]
    # Seven lines a day; both days deliver the same line of the first.
    assert rows == 13


def test_a_backfill_ends_as_one_run_would(
    server: Server, launched: Launched, workspace: Workspace, folder: Path
) -> None:
    """A day of the three was built by then, and the range is one run."""
    with Workspace.on_duckdb(folder / "at_once") as at_once:
        for day in DAYS:
            land_day(at_once, day)
        at_once.ingest()
        at_once.build_models()
        expected = at_once.mart_rows()
    [filling] = server.backfill_runs(launched.backfill)
    *_, ended = server.watch([filling])
    assert ended[filling]["status"] == "SUCCESS", server.log.read_text("utf-8")[-8000:]

    actual = workspace.mart_rows()
    assert len(actual["assistant.fct_assistant_interactions"]) == 19
    assert workspace.settings.serving.exists()
    assert set(actual) == set(expected)
    for mart, rows in expected.items():
        assert actual[mart] == rows, mart


def test_after_a_power_cut_dead_runs_end_and_the_next_goes_on(
    server: Server, workspace: Workspace
) -> None:
    """Every process ends at once in the middle of a run, another run waiting for it."""
    settings = workspace.settings
    # The run waits for the warehouse, and so it has begun and not ended when all is over.
    with writer_lock(settings):
        dead, waiting = (server.launch("load_landing_zone", DAYS[1]) for _ in range(2))
        for runs in server.watch([dead, waiting]):
            if runs[dead]["status"] == "STARTED":
                break
        assert runs[waiting]["status"] == "QUEUED"
        server.cut_power()
    with running_server(settings.root) as again:
        *_, ended = again.watch([dead, waiting])
    assert ended[dead]["status"] == "FAILURE"
    assert ended[waiting]["status"] == "SUCCESS"
