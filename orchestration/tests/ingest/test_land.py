"""What applications call to land records."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from orchestration.core.errors import ConfigurationError
from orchestration.landing.zone import land
from orchestration.tests.ingest.helpers import (
    assert_sound,
    interaction,
    landed,
    ledger,
    loaded,
    memory,
    path_of,
)
from orchestration.tests.workspace import Workspace

THREADS = 16
TOKYO = timezone(timedelta(hours=9))
TEXTS = [
    "面接の準備を教えてください。",
    "ｶﾅ と 𠮷野家 と ㍿",
    'quotes " and \\ and \n and \t',
    "é e\u0301 \u2028 😀 \u202e",
    "",
]


def test_what_is_landed_loads(workspace: Workspace) -> None:
    times = [
        datetime(2026, 1, 1, 9, tzinfo=TOKYO),
        datetime(2026, 1, 1, 12, 30, 0, 123456, tzinfo=UTC),
        datetime(2026, 1, 2, 0, 0, 1),
    ]
    file = workspace.land("interactions", [interaction(timestamp=t) for t in times])
    notes = workspace.land("session_memory", (memory(value=text) for text in TEXTS))
    assert file is not None
    assert notes is not None
    assert workspace.ingest().rejects == 0
    path = path_of(workspace, file)
    assert [loaded(workspace, "timestamp")[path, n] for n in (1, 2, 3)] == [
        [datetime(2026, 1, 1)],
        [datetime(2026, 1, 1, 12, 30, 0, 123456)],
        [datetime(2026, 1, 2, 0, 0, 1)],
    ]
    values = loaded(workspace, "value", table="assistant_session_memory")
    # An empty text is a missing value.
    assert [values[path_of(workspace, notes), n + 1] for n in range(5)] == [
        [text or None] for text in TEXTS
    ]


def test_many_threads_land_at_once(workspace: Workspace) -> None:
    def run(thread: int) -> list[Path | None]:
        return [
            workspace.land("interactions", [interaction(query=f"{thread} {n}")] * 3)
            for n in range(20)
        ]

    with ThreadPoolExecutor(THREADS) as threads:
        files = [file for of_thread in threads.map(run, range(THREADS)) for file in of_thread]
    assert len(set(files)) == THREADS * 20
    assert workspace.ingest().rows == THREADS * 20 * 3
    assert len(ledger(workspace)) == THREADS * 20
    assert_sound(workspace)


def test_files_lie_under_today_and_sort_in_the_order_of_landing(
    duckdb_workspace: Workspace,
) -> None:
    days = {f"{datetime.now(UTC):%Y-%m-%d}"}
    files = [duckdb_workspace.land("interactions", [interaction()]) for _ in range(20)]
    days.add(f"{datetime.now(UTC):%Y-%m-%d}")
    paths = [path_of(duckdb_workspace, file) for file in files if file]
    assert paths == sorted(paths)
    assert {path.split("/")[2] for path in paths} <= days
    assert landed(duckdb_workspace) == paths


def test_no_records_no_file(duckdb_workspace: Workspace) -> None:
    assert duckdb_workspace.land("interactions", []) is None
    assert landed(duckdb_workspace) == []


@pytest.mark.parametrize(
    ("source", "stream"), [("assistant", "unheard_of"), ("elsewhere", "interactions"), ("", "")]
)
def test_an_unknown_stream_is_refused(
    duckdb_workspace: Workspace, source: str, stream: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"no contract describes {source}.{stream}"):
        land(source, stream, [interaction()], landing=duckdb_workspace.settings.landing)
    assert landed(duckdb_workspace) == []


@pytest.mark.parametrize("value", [object(), {1, 2}, Decimal("1.5"), b"bytes"])
def test_a_value_without_a_form_in_json_is_refused_and_nothing_is_written(
    duckdb_workspace: Workspace, value: Any
) -> None:
    with pytest.raises(TypeError, match=f"{type(value).__name__} has no JSON form"):
        duckdb_workspace.land("interactions", [interaction(), interaction(query=value)])
    assert landed(duckdb_workspace) == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_number_for_is_refused(duckdb_workspace: Workspace, number: float) -> None:
    for field in ({"response_time": number}, {"more": {"deep": [1, number]}}):
        with pytest.raises(TypeError, match=f"field (response_time|deep): {number} has no JSON"):
            duckdb_workspace.land("interactions", [interaction(**field)])
    assert landed(duckdb_workspace) == []


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (interaction(), "records is one dict: give a list of mappings"),
        ("a text", "records is one str: give a list of mappings"),
        ([interaction(), "a text"], "a record is a str"),
        ([[("query", "why")]], "a record is a list"),
        ([{1: "a", "1": "b"}], "a int names a field: names must be texts"),
        ([interaction(more={None: "a", "null": "b"})], "a NoneType names a field"),
    ],
)
def test_what_is_no_list_of_records_is_refused(
    duckdb_workspace: Workspace, records: Any, problem: str
) -> None:
    with pytest.raises(TypeError, match=problem):
        duckdb_workspace.land("interactions", records)
    assert landed(duckdb_workspace) == []


def test_records_may_be_any_mapping(duckdb_workspace: Workspace) -> None:
    records = [MappingProxyType(interaction(more=MappingProxyType({"a": (1, 2)})))]
    assert duckdb_workspace.land("interactions", records)
    assert duckdb_workspace.ingest().rows == 1
    assert list(loaded(duckdb_workspace, "_extra").values()) == [['{"more":{"a":[1,2]}}']]


@pytest.mark.parametrize("home", [None, ".granary", "state"])
def test_without_an_absolute_home_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    if home:
        monkeypatch.setenv("GRANARY_HOME", home)
    for landing in (None, Path("landing")):
        with pytest.raises(
            ConfigurationError, match="set GRANARY_HOME to the home's absolute path"
        ):
            land("assistant", "interactions", [interaction()], landing=landing)
    assert list(tmp_path.iterdir()) == []


def test_the_landing_zone_of_the_settings_is_the_default(duckdb_workspace: Workspace) -> None:
    file = land("assistant", "interactions", [interaction()])
    assert file is not None
    assert file.is_relative_to(duckdb_workspace.settings.landing)
    assert json.loads(file.read_text("utf-8")) == interaction()
    assert duckdb_workspace.ingest().rows == 1


def test_a_lone_surrogate_is_landed_and_rejected_not_lost(workspace: Workspace) -> None:
    workspace.land("interactions", [interaction(query="lone \ud800"), interaction()])
    report = workspace.ingest()
    assert (report.rows, report.rejects) == (1, 1)
