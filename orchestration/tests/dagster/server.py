"""A headless Dagster on a home of its own, as `make dev` starts it, asked over GraphQL."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.workspace import KEY

START_SECONDS = 300.0
RUN_SECONDS = 1800.0
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}

LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { ... on RepositoryLocation { repositories { name } }
    ... on PythonError { message } } } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUNS = """query($ids: [String!]!) { runsOrError(filter: {runIds: $ids}) { ... on Runs { results {
    runId status startTime endTime } } } }"""
BACKFILL = """mutation($params: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $params) { __typename
    ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_RUNS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status runs(limit: 10) { runId } } } }"""


@dataclass
class Server:
    """A running Dagster."""

    port: int
    log: Path
    process: psutil.Process | None = None
    location: str = ""
    repository: str = ""

    def ask(self, query: str, **variables: Any) -> Any:
        """Send a GraphQL request and return its data."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch(self, job: str, day: str) -> str:
        """Launch a job on a partition and return the run's id."""
        params = {
            "selector": {
                "repositoryLocationName": self.location,
                "repositoryName": self.repository,
                "jobName": job,
            },
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": day}]},
        }
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def runs(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        """State of runs by id."""
        results = self.ask(RUNS, ids=ids)["runsOrError"]["results"]
        return {run["runId"]: run for run in results}

    def watch(self, ids: list[str]) -> Iterator[dict[str, dict[str, Any]]]:
        """State of runs again and again until all have ended."""
        for _ in _until(RUN_SECONDS, "the runs did not end"):
            runs = self.runs(ids)
            yield runs
            if all(run["status"] in ENDED for run in runs.values()):
                return

    def backfill(self, keys: list[list[str]], days: list[str]) -> str:
        """Ask for a backfill of assets over days and return its id."""
        params = {"assetSelection": [{"path": key} for key in keys], "partitionNames": days}
        launched = self.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def backfill_runs(self, backfill: str) -> list[str]:
        """Wait until the daemon has launched a backfill's runs and return their ids."""
        for _ in _until(RUN_SECONDS, "the backfill did not start"):
            state = self.ask(BACKFILL_RUNS, id=backfill)["partitionBackfillOrError"]
            assert "FAIL" not in state["status"], state
            if state["runs"]:
                break
        return [run["runId"] for run in state["runs"]]

    def cut_power(self) -> None:
        """Kill every process of it at once."""
        assert self.process is not None
        family = [self.process, *self.process.children(recursive=True)]
        # Stopped first, so that none sees another die.
        for end in (psutil.Process.suspend, psutil.Process.kill):
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    end(member)
        psutil.wait_procs(family, timeout=5)

    def wait_until_loaded(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until definitions are loaded."""
        for _ in _until(START_SECONDS, "Dagster did not start"):
            assert process.poll() is None, self.log.read_text("utf-8", "replace")[-4000:]
            try:
                entries = self.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                continue
            if entries and entries[0]["loadStatus"] == "LOADED":
                loaded = entries[0]["locationOrLoadError"]
                assert "repositories" in loaded, loaded
                self.location = entries[0]["name"]
                self.repository = loaded["repositories"][0]["name"]
                return


@contextlib.contextmanager
def running_server(home: Path) -> Iterator[Server]:
    """Start what `make dev` starts, and end every process of it."""
    home.mkdir(parents=True, exist_ok=True)
    server = Server(_free_port(), home / "dev.log")
    environment = os.environ | {
        "GRANARY_HOME": str(home),
        "GRANARY_TARGET": "duckdb",
        "GRANARY_TARGET_PATH": str(home / "target"),
        "GRANARY_PII_KEY": KEY,
    }
    command = [
        sys.executable,
        "-m",
        "orchestration.dev",
        "-h",
        "127.0.0.1",
        "-p",
        str(server.port),
    ]
    with open(server.log, "wb") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT_DIR, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        server.process = psutil.Process(process.pid)
        try:
            server.wait_until_loaded(process)
            yield server
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all it has started; what does not go within seconds is killed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(process.pid)
        family = [root, *root.children(recursive=True)]
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    end(member)
            _, family = psutil.wait_procs(family, timeout=5)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(seconds: float, complaint: str) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(1)  # a question costs the server, and what it runs beside it, a core for a while
    raise AssertionError(f"{complaint} within {seconds:.0f} s")
