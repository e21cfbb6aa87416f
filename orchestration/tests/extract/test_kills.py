"""Killed at any moment, the next extraction goes on as if nothing had happened."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from orchestration.core.settings import Settings
from orchestration.extract import run
from orchestration.tests.extract.helpers import NO_OVERLAP, Application
from orchestration.tests.processes import die_at, start

KILLS = 5
# What Python's audit events call the changes of a file system.
CHANGES = {"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}
TABLES = ["users", "audit_logs"]


def _settings(home: str, url: str) -> Settings:
    return Settings(home=Path(home), source_urls={"prism": SecretStr(url)})


def _where(application: Application) -> tuple[str, str]:
    """The home and the URL of the source's database."""
    url = application.settings.source_urls["prism"]
    assert url is not None
    return str(application.settings.home), url.get_secret_value()


def _extract(home: str, url: str, fatal: tuple[str, int] | None = None) -> None:
    """Extract in a process of its own; `fatal` names a point and at which call of it to die."""
    if fatal is not None:
        die_at(*fatal)
    run.extract(_settings(home, url), "prism", only=TABLES, overlap=NO_OVERLAP)


def _change(application: Application, i: int) -> None:
    """Some of everything: new rows, new versions, rows that go."""
    gone = "(select id from users order by id limit 2)"
    application.execute(f"delete from users where id in {gone}")
    application.insert_many("users", 6, email=f"{i}@x.jp")
    application.insert_many("audit_logs", 6, event_type=f"e{i}")
    application.execute(
        "update users set updated_at = now(), role = %s where id in "
        "(select id from users order by id limit 10)",
        f"r{i}",
    )


def _assert_settled(application: Application) -> None:
    application.rows_landed(overlap=NO_OVERLAP)
    application.assert_mirrored(application.only)
    tombstones = Counter(application.tombstones())
    assert tombstones
    assert set(tombstones.values()) == {1}
    assert application.rows_landed(overlap=NO_OVERLAP) == {}
    # No row outlives its delivery in the working folder, nor half a file its writer.
    assert not list(application.settings.extraction.rglob("*.parquet"))
    assert not list(application.settings.landing.rglob("*.tmp"))


def test_killed_at_any_moment_it_ends_the_same(application: Application) -> None:
    application.only = TABLES
    for table in TABLES:
        application.insert_many(table, 60)
    application.rows_landed(overlap=NO_OVERLAP)
    start(_extract, *_where(application)).join()  # what the next is forked from may have to start
    began = time.monotonic()
    start(_extract, *_where(application)).join()
    seconds = time.monotonic() - began
    chance = random.Random(5)
    killed = 0
    for i in range(KILLS):
        _change(application, i)
        process = start(_extract, *_where(application))
        time.sleep(seconds * (i + chance.random()) / KILLS)
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
    assert killed >= KILLS // 3
    _assert_settled(application)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        ("file complete", 1),
        ("file named", 1),
        ("package file placed", 1),
        ("package handed on", 1),
        ("package written", 1),
        ("package written", 2),
        ("tombstones landed", 1),
    ],
)
def test_killed_between_two_steps_it_ends_the_same(
    application: Application, step: str, call: int
) -> None:
    application.only = TABLES
    for table in TABLES:
        application.insert_many(table, 8)
    application.rows_landed(overlap=NO_OVERLAP)
    _change(application, 0)
    process = start(_extract, *_where(application), (step, call))
    process.join()
    assert process.exitcode == -signal.SIGKILL
    application.insert("users")
    _assert_settled(application)
    assert len(application.tombstones()) == 2


def _extract_until(home: str, url: str, change: int) -> None:
    """Extract and die before change number `change` of a file or folder."""
    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in CHANGES and str(arguments[0]).startswith(home):
            seen += 1
            if seen == change:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    run.extract(_settings(home, url), "prism", only=["users"], overlap=NO_OVERLAP)


def test_killed_before_any_change_of_a_file_it_ends_the_same(application: Application) -> None:
    application.only = ["users"]
    application.insert_many("users", 60)
    application.rows_landed(overlap=NO_OVERLAP)
    for change in itertools.count(1):
        _change(application, change)
        process = start(_extract_until, *_where(application), change)
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        application.insert("users")
        application.rows_landed(overlap=NO_OVERLAP)
        application.assert_mirrored(application.only)
    assert change > 20
    _assert_settled(application)
