"""Any number of writers and loaders at once: none fails, everything is loaded once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from orchestration.ingest.loader import ingest
from orchestration.landing.zone import land
from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    MEMORY,
    assert_sound,
    failed,
    interaction,
    landed,
    ledger,
    lines,
    loaded,
    many,
    memory,
)
from orchestration.tests.processes import Command
from orchestration.tests.workspace import Workspace

PROCESSES = 4
WRITERS = 8
FILES_A_WRITER = 15
LINES_A_FILE = 20


def _land(workspace: Workspace, writer: int, number: int) -> None:
    records = (
        interaction(query=f"writer {writer} file {number} line {line}")
        for line in range(LINES_A_FILE)
    )
    land("assistant", "interactions", records, landing=workspace.settings.landing)


def test_processes_load_while_threads_land(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/first.jsonl", many(2_000))
    processes = [Command("ingest") for _ in range(PROCESSES)]
    with ThreadPoolExecutor(WRITERS) as threads:
        writing = [
            threads.submit(_land, workspace, writer, number)
            for number in range(FILES_A_WRITER)
            for writer in range(WRITERS)
        ]
        for process in processes:
            ended = process.wait()
            assert ended.returncode == 0, ended.stderr
        for written in writing:
            written.result()
    assert workspace.ingest().failures == []
    assert list(ledger(workspace)) == landed(workspace)
    expected = {
        f"writer {writer} file {number} line {line}"
        for writer in range(WRITERS)
        for number in range(FILES_A_WRITER)
        for line in range(LINES_A_FILE)
    } | {f"question {i}" for i in range(2_000)}
    queries = [query for (query,) in loaded(workspace, "query").values()]
    assert len(queries) == len(expected)
    assert set(queries) == expected
    assert failed(workspace) == {}
    assert_sound(workspace)


def test_threads_of_one_process_load_at_once(workspace: Workspace) -> None:
    for i in range(6):
        workspace.write(f"{INTERACTIONS}/part-{i}.jsonl", many(500, first=500 * i))
        workspace.write(f"{MEMORY}/part-{i}.jsonl", lines([memory(key=f"key {i}")] * 5))
    together = threading.Barrier(5)

    def run(_: int) -> tuple[int, int]:
        together.wait()
        report = ingest(workspace.settings)
        assert report.failures == []
        return report.files, report.rows

    with workspace.activate(), ThreadPoolExecutor(5) as threads:
        reports = list(threads.map(run, range(5)))
    assert sorted(reports) == [(0, 0)] * 4 + [(12, 3_030)]
    assert len(ledger(workspace)) == 12
    assert len(loaded(workspace)) == 3_000
    assert_sound(workspace)


def test_readers_see_whole_files_only(postgres_workspace: Workspace) -> None:
    """While a load runs, the rows there are agree with the ledger there is."""
    for i in range(4):
        postgres_workspace.write(f"{INTERACTIONS}/part-{i}.jsonl", many(3_000, first=3_000 * i))
    with postgres_workspace.activate(), ThreadPoolExecutor(1) as threads:
        ingest(postgres_workspace.settings, until=None, only=[("assistant", "system_metrics")])
        running = threads.submit(ingest, postgres_workspace.settings)
        seen = set()
        while not running.done():
            seen.add(
                postgres_workspace.query(
                    "select (select count(*) from raw.assistant_interactions), "
                    "(select coalesce(sum(row_count), 0) from raw.load_ledger)"
                )[0]
            )
        assert running.result().rows == 12_000
    assert seen <= {(0, 0), (12_000, 12_000)}
    assert (0, 0) in seen
