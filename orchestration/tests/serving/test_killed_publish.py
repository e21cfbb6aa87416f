"""A publish that is killed leaves the old version whole; the next one tidies up."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from orchestration.settings import PROJECT_DIR
from orchestration.tests.processes import environment_for
from orchestration.tests.serving.conftest import Built

# Publishes, but says so and sleeps where a step would begin.
HANGING = """
import sys, time
from orchestration.serving import publish
from orchestration.settings import Settings

def hang(*args, **kwargs):
    print("here", flush=True)
    time.sleep(600)

calls = []
def hang_on_third(*args, **kwargs):
    calls.append(args)
    return hang() if len(calls) == 3 else original(*args, **kwargs)

place, name = sys.argv[1:]
owner = {"publish": publish, "os": publish.os}[place]
original = getattr(owner, name)
setattr(owner, name, hang_on_third if name.startswith("_copy") else hang)
publish.publish(Settings())
"""


def kill_publish(place: str, name: str) -> None:
    """Publish in a process of its own and kill it when it is about to take the step."""
    with subprocess.Popen(
        [sys.executable, "-c", HANGING, place, name],
        cwd=PROJECT_DIR,
        env=environment_for(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n"
        finally:
            process.kill()


@pytest.mark.parametrize(("place", "name"), [("publish", "_copy_duckdb"), ("os", "replace")])
def test_on_duckdb(on_duckdb: Built, place: str, name: str) -> None:
    root = on_duckdb.workspace.settings.root
    on_duckdb.number(1)
    on_duckdb.workspace.publish()
    before = on_duckdb.state()
    on_duckdb.number(2)
    kill_publish(place, name)
    assert on_duckdb.state() == before
    assert on_duckdb.published() == {1}
    assert len(list(root.glob("serving.duckdb.*.tmp"))) == 1
    on_duckdb.workspace.publish()
    assert on_duckdb.published() == {2}
    assert [p.name for p in root.glob("serving*")] == ["serving.duckdb"]


@pytest.mark.parametrize("name", ["_copy_postgres", "_record_postgres"])
def test_on_postgres(on_postgres: Built, name: str) -> None:
    on_postgres.number(1)
    on_postgres.workspace.publish()
    before = on_postgres.state()
    assert before
    on_postgres.number(2)
    kill_publish("publish", name)
    assert on_postgres.state() == before
    assert on_postgres.published() == {1}
    started = time.monotonic()
    on_postgres.workspace.publish()
    # The server notices the lost connection and gives the lock back.
    assert time.monotonic() - started < 30
    assert on_postgres.published() == {2}
    assert len(on_postgres.state()) == len(before)  # type: ignore[arg-type]
