"""A file is loaded once, whatever interrupts the loader."""

from __future__ import annotations

import gzip
import hashlib
import random
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.sample import write_sample
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    MEMORY,
    assert_sound,
    contents,
    interaction,
    ledger,
    lines,
    loaded,
    many,
    memory,
)
from orchestration.tests.processes import Command, dying, granary
from orchestration.tests.workspace import PostgresServer, Workspace

KILLS = 8


def test_a_second_run_loads_nothing(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/part.jsonl", many(50) + b"broken\n")
    workspace.write(f"{MEMORY}/part.jsonl", lines([memory()]))
    first = workspace.ingest()
    assert (first.files, first.lines, first.rows, first.rejects) == (2, 52, 51, 1)
    before = contents(workspace)
    for _ in range(2):
        again = workspace.ingest()
        assert (again.files, again.size_bytes, again.lines, again.rows) == (0, 0, 0, 0)
        assert again.failures == []
        assert contents(workspace) == before


def test_new_files_beside_loaded_ones_load_alone(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/b.jsonl", many(5))
    workspace.ingest()
    # Delivered later under an earlier day and name.
    workspace.write("assistant/interactions/2025-12-31/a.jsonl", many(3, first=100))
    report = workspace.ingest()
    assert (report.files, report.rows) == (1, 3)
    assert len(loaded(workspace)) == 8
    assert_sound(workspace)


def test_the_same_content_under_two_names_is_two_deliveries(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/a.jsonl", many(5))
    workspace.write(f"{INTERACTIONS}/b.jsonl", many(5))
    workspace.ingest()
    assert len(loaded(workspace)) == 10


def test_the_ledger_describes_each_file(workspace: Workspace) -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    files = {
        f"{INTERACTIONS}/a.jsonl": many(3) + b"broken\n",
        f"{INTERACTIONS}/b.jsonl.gz": gzip.compress(many(2, first=10)),
        f"{MEMORY}/empty.jsonl": b"",
    }
    for path, content in files.items():
        workspace.write(path, content)
    workspace.ingest()
    workspace.write(f"{INTERACTIONS}/c.jsonl", many(1))
    workspace.ingest()
    after = datetime.now(UTC).replace(tzinfo=None)
    entries = {
        path: entry
        for path, *entry in workspace.query(
            "select path, source, stream, size_bytes, modified_ns, sha256, line_count, row_count, "
            "reject_count, batch_id, started_at, loaded_at from raw.load_ledger"
        )
    }
    assert len(entries) == 4
    for path, content in files.items():
        source, stream, size, modified, sha256, *_, started, ended = entries[path]
        assert [source, stream] == path.split("/")[:2]
        assert size == len(content)
        assert modified == (workspace.settings.landing / path).stat().st_mtime_ns
        assert sha256 == hashlib.sha256(content).hexdigest()
        assert before <= started <= ended <= after
    assert [entry[5:8] for _, entry in sorted(entries.items())] == [
        [4, 3, 1],
        [2, 2, 0],
        [1, 1, 0],
        [0, 0, 0],
    ]
    batches = {path.split("/")[-1]: entry[8] for path, entry in entries.items()}
    assert batches["a.jsonl"] == batches["b.jsonl.gz"]
    assert batches["c.jsonl"] > max(batches["a.jsonl"], batches["empty.jsonl"])
    assert_sound(workspace)


def test_changed_days_are_noted_per_batch(workspace: Workspace) -> None:
    days = ("2026-01-01T23:59:59Z", "2026-01-02T08:00:00+09:00", "2026-01-05T00:00:00Z")
    workspace.write(f"{INTERACTIONS}/a.jsonl", lines(interaction(timestamp=day) for day in days))
    workspace.ingest()
    workspace.write(f"{INTERACTIONS}/b.jsonl", lines([interaction()]))
    workspace.ingest()
    noted = workspace.query(
        "select stream, cast(window_date as varchar), batch_id from raw.window_changes order by 2"
    )
    # 08:00 in Tokyo is still the evening before in UTC.
    assert sorted((stream, day) for stream, day, _ in noted) == [
        ("interactions", "2026-01-01"),
        ("interactions", "2026-01-01"),
        ("interactions", "2026-01-05"),
    ]
    assert len({batch for _, day, batch in noted if day == "2026-01-01"}) == 2


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing zone that takes a while to load."""
    home = tmp_path_factory.mktemp("zone")
    write_sample(home / "landing", home / "truth", AssistantOptions(days=8, rows_per_day=500))
    return home / "landing"


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def undisturbed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, zone: Path
) -> tuple[str, dict[str, list[tuple[object, ...]]], float]:
    """Engine, contents after one run, and how long that took."""
    server: PostgresServer = request.getfixturevalue("postgres")
    with _opened(request.param, tmp_path_factory.mktemp("whole"), server, zone) as workspace:
        granary("--help")  # what the next is forked from may have to start
        began = time.monotonic()
        run = granary("ingest")
        seconds = time.monotonic() - began
        assert run.returncode == 0, run.stderr
        return request.param, contents(workspace), seconds


@pytest.fixture
def disturbed(
    undisturbed: tuple[str, dict[str, list[tuple[object, ...]]], float],
    postgres: PostgresServer,
    tmp_path: Path,
    zone: Path,
) -> Iterator[Workspace]:
    """A warehouse with the same landing zone, nothing loaded."""
    with _opened(undisturbed[0], tmp_path, postgres, zone) as workspace:
        yield workspace


def _opened(engine: str, home: Path, server: PostgresServer, zone: Path):  # type: ignore[no-untyped-def]
    shutil.copytree(zone, home / "landing", copy_function=shutil.copy2)
    if engine == "duckdb":
        return Workspace.on_duckdb(home)
    return Workspace.on_postgres(home, server)


def test_killed_at_any_moment_it_ends_the_same(
    undisturbed: tuple[str, dict[str, list[tuple[object, ...]]], float], disturbed: Workspace
) -> None:
    _, expected, seconds = undisturbed
    chance = random.Random(3)
    # Each goes on where the one before was killed: late ones would find nothing left to do.
    moments = [seconds / 2 * (i + chance.random()) / KILLS for i in range(KILLS)]
    killed = 0
    for moment in moments:
        process = Command("ingest")
        time.sleep(moment)
        killed += process.kill().returncode == -signal.SIGKILL
    assert killed >= KILLS // 2
    last = granary("ingest")
    assert last.returncode == 0, last.stderr
    assert contents(disturbed) == expected
    assert_sound(disturbed)


@pytest.mark.parametrize(
    ("point", "call"),
    [
        ("rows taken in", 3),  # rows are there, the ledger is not
        ("book written", 3),  # the ledger is there, the changed days are not
        ("book written", 4),  # everything is there but the commit
    ],
)
def test_killed_between_two_writes_it_ends_the_same(
    undisturbed: tuple[str, dict[str, list[tuple[object, ...]]], float],
    disturbed: Workspace,
    point: str,
    call: int,
) -> None:
    _, expected, _ = undisturbed
    assert granary("ingest", before=dying(point, call)).returncode == -signal.SIGKILL
    # The first stream was committed; of the second, nothing may be left.
    assert len({path.split("/")[1] for path in ledger(disturbed)}) == 1
    assert_sound(disturbed)
    disturbed.ingest()
    assert contents(disturbed) == expected
