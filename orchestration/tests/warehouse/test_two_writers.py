"""Two writers at once: the second says that it waits, and the end is as of one after the other."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from orchestration.core.errors import WarehouseBusy
from orchestration.sample import write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.ingest.helpers import INTERACTIONS, many
from orchestration.tests.processes import Command, dbt_at_work, granary
from orchestration.tests.workspace import PostgresServer, Workspace
from orchestration.warehouse.lock import hold_server, writer_lock

WAITING = "the warehouse is being written to by "
# Held by whoever writes: the key is the project's name in letters.
HELD = (
    "select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1 "
    "and database = (select oid from pg_database where datname = current_database()) "
    f"and (classid::bigint << 32) + objid::bigint = {int.from_bytes(b'granary')}"
)
MODELS_ONLY = ("--exclude-resource-type", "test")


def _sample(workspace: Workspace) -> None:
    write_samples(
        workspace.settings.landing,
        workspace.settings.truth,
        [
            AssistantOptions(days=3, rows_per_day=60, seed=5),
            PrismOptions(days=3, analyses_per_day=20, seed=5),
        ],
    )


def _later(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/2026-02-20/later.jsonl", many(400))


def _until(what: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@contextlib.contextmanager
def _writing(workspace: Workspace) -> Iterator[str]:
    """Write to the warehouse for a while, as another process would; how others name it."""
    if not workspace.postgres:
        with writer_lock(workspace.settings):
            yield f"{WAITING}process {os.getpid()} ("
        return
    with _server(workspace) as server:
        hold_server(lambda query: server.execute(query.encode()).fetchall())
        yield f"{WAITING}the server's process {server.info.backend_pid} ("


def _assert_known_meanwhile(writer: str, *, on_postgres: bool) -> None:
    """What is known is told at once, and who keeps it from being told anew, since when."""
    for command in ("status", "health"):
        before = _seconds_of_children()
        # The writer is there until this test lets go: what waited for it would not come back.
        ended = granary(command, "--json")
        # Of its own work: what else the machine does is no matter of it.
        assert _seconds_of_children() - before < 2
        told = json.loads(ended.stdout)
        assert told["writing"].startswith(writer.removeprefix(WAITING)), ended.stderr
        assert re.search(r"since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", told["writing"])
        if command == "status":
            # Figures as of the last stage, but for a server, which others may read.
            assert sum(stream["rows"] for stream in told["streams"]) > 200
            assert (told["as_of"] is None) == on_postgres
        else:
            assert told["status"] == "unknown"


def _seconds_of_children() -> float:
    """CPU of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _server(workspace: Workspace) -> psycopg.Connection:
    return psycopg.connect(
        host=workspace.postgres["PGHOST"],
        user=workspace.postgres["PGUSER"],
        dbname=workspace.postgres["PGDATABASE"],
        autocommit=True,
    )


def test_every_writer_waits_and_says_so(workspace: Workspace) -> None:
    _sample(workspace)
    workspace.ingest()
    workspace.build_models()
    with _writing(workspace) as writer:
        _assert_known_meanwhile(writer, on_postgres=bool(workspace.postgres))
        commands = [
            Command("ingest"),
            Command("publish"),
            Command("lifecycle", "apply"),
            Command("build", "--select", "dim_time"),
            dbt_at_work("run", "--select", "dim_time"),
            dbt_at_work("seed", "--select", "applications"),
            dbt_at_work("snapshot", "--select", "snap_prism__users"),
            dbt_at_work("run-operation", "check_key"),
        ]
        _until(lambda: all(writer in c.said for c in commands if c.is_running), 600)
        assert [command.said for command in commands if not command.is_running] == []
    for command in commands:
        ended = command.wait()
        assert "could not set lock" not in (ended.stdout + ended.stderr).lower()
        assert ended.returncode == 0 or "not published" in ended.stderr, ended.stdout + ended.stderr


@pytest.mark.parametrize("by_hand", [False, True], ids=["granary", "dbt"])
def test_builds_at_once_end_as_one(by_hand: bool, postgres: PostgresServer, tmp_path: Path) -> None:
    with Workspace.on_postgres(tmp_path / "one", postgres) as one:
        for land in (_sample, _later):
            land(one)
            one.ingest()
            one.build_models()
        expected = one.mart_rows()
    assert all(expected[mart] for mart in ("core.dim_users", "assistant.business_metrics_daily"))
    with Workspace.on_postgres(tmp_path / "two", postgres) as two:
        two.parse()
        # Another machine: a home of its own, the same server.
        elsewhere = {"GRANARY_TARGET_PATH": str(tmp_path / "elsewhere")}
        if not by_hand:
            elsewhere["GRANARY_HOME"] = str(tmp_path / "elsewhere")
        for land in (_sample, _later):
            land(two)
            two.ingest()
            first = Command("build", *MODELS_ONLY)
            start = dbt_at_work if by_hand else Command
            unit_tests = ("--exclude-resource-type", "unit_test") if by_hand else ()
            second = start("build", *unit_tests, *MODELS_ONLY, changes=elsewhere)
            for build in (first, second):
                ended = build.wait()
                assert ended.returncode == 0, ended.stdout + ended.stderr
        assert two.mart_rows() == expected


def test_a_load_and_a_build_at_once_end_as_one_after_the_other(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with Workspace.on_postgres(tmp_path / "one", postgres) as one:
        for land in (_sample, _later):
            land(one)
            one.ingest()
        one.build_models()
        expected = one.mart_rows()
    with Workspace.on_postgres(tmp_path / "two", postgres) as two:
        _sample(two)
        two.ingest()
        two.parse()
        build = Command("build", *MODELS_ONLY)
        _until(lambda: two.query(HELD))
        _later(two)
        load = Command("ingest")
        for command in (build, load):
            ended = command.wait()
            assert ended.returncode == 0, ended.stdout + ended.stderr
        two.build_models()
        assert two.mart_rows() == expected


def test_a_killed_writer_frees_the_lock(postgres_workspace: Workspace) -> None:
    postgres_workspace.ingest()
    postgres_workspace.parse()
    for start in (partial(dbt_at_work, "run"), partial(Command, "build", *MODELS_ONLY)):
        writer = start()
        _until(lambda: postgres_workspace.query(HELD))
        dbt = psutil.Process(writer.pid)
        [dbt] = dbt.children() or [dbt]
        dbt.kill()
        writer.kill()
        _until(lambda: not postgres_workspace.query(HELD), 10)
    postgres_workspace.build_models()


def test_a_run_that_loses_the_lock_stops(postgres_workspace: Workspace) -> None:
    _sample(postgres_workspace)
    postgres_workspace.ingest()
    postgres_workspace.parse()
    build = Command("build", *MODELS_ONLY)
    _until(lambda: postgres_workspace.query("select 1 from pg_namespace where nspname = 'staging'"))
    _until(lambda: postgres_workspace.query("select 1 from pg_tables where schemaname = 'staging'"))
    [(pid,)] = postgres_workspace.query(HELD)
    with _server(postgres_workspace) as server:
        server.execute("select pg_terminate_backend(%s)", [pid])
    ended = build.wait()
    assert ended.returncode == 1
    assert "writer lock" in ended.stderr
    assert "lost" in ended.stderr
    marts = "select 1 from pg_tables where schemaname in ('assistant', 'documents')"
    assert not postgres_workspace.query(marts)


def test_a_transaction_of_who_lost_the_lock_is_waited_for(postgres_workspace: Workspace) -> None:
    """What a run writes asks for the lock first: `check_lock`."""
    postgres_workspace.ingest()
    key = int.from_bytes(b"granary") + 1
    with _server(postgres_workspace) as lost, _server(postgres_workspace) as new:
        with lost.transaction():
            lost.execute("select pg_advisory_xact_lock_shared(%s)", [key])
            with pytest.raises(WarehouseBusy, match="try again"):
                hold_server(lambda query: new.execute(query.encode()).fetchall(), 0.3)
        hold_server(lambda query: new.execute(query.encode()).fetchall(), 0.3)


def test_a_dbt_without_the_lock_is_refused(postgres_workspace: Workspace) -> None:
    postgres_workspace.ingest()
    postgres_workspace.parse()
    without = "import sys, types; sys.modules['dbt_granary'] = types.ModuleType('dbt_granary')"
    ended = dbt_at_work("run", "--select", "dim_time", before=without).wait()
    assert ended.returncode != 0
    assert "does not hold the writer lock" in ended.stdout
    assert not postgres_workspace.query("select 1 from pg_tables where tablename = 'dim_time'")
