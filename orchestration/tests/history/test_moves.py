"""A key whose day is corrected leaves its old day, in every stream.

Rows are made from the contracts, so a new stream is driven as soon as it has one.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.core.contracts import Stream, load_contracts
from orchestration.tests.workspace import PostgresServer, Workspace, parsed_project

STREAMS = list(load_contracts().values())
OLD, NEW, LAST = date(2026, 1, 5), date(2026, 1, 8), date(2026, 1, 6)
# The day each key is delivered on, delivery after delivery: `moved` and `moved_back` change theirs;
# the others make builds look at the old days again.
DELIVERIES: list[dict[str, date]] = [
    {"moved": OLD, "moved_back": OLD, "stays": OLD},
    {"moved": NEW, "moved_back": NEW},
    {"late": OLD, "later": NEW},
    {"moved_back": LAST, "last": OLD},
    {"very_last": NEW},
]
VALUES = {
    "varchar": "plain",
    "double precision": 1.0,
    "numeric": 1.0,
    "bigint": 1,
    "boolean": True,
    "json": {},
    "timestamp": "2026-01-02T03:04:05Z",
}


def _row(stream: Stream, name: str, day: date, delivery: int) -> dict[str, Any]:
    """A row of a key; what it says of other times and things is the same in every row."""
    row: dict[str, Any] = {}
    for column in stream.columns:
        if column.data_type == "uuid":
            row[column.name] = str(uuid.uuid5(uuid.NAMESPACE_URL, column.name))
        else:
            row[column.name] = VALUES[column.kind]
        if column.name in stream.natural_key and column.data_type == "uuid":
            row[column.name] = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        elif column.name in stream.natural_key and column.data_type == "varchar":
            row[column.name] = name
    if "updated_at" in row:
        row["updated_at"] = f"2026-02-0{delivery + 1}T00:00:00Z"
    return row | {stream.event_time: f"{day}T07:00:00Z"}


def _key(stream: Stream, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in stream.natural_key)


def _line(stream: Stream, row: dict[str, Any]) -> str:
    """A row as its source writes it."""
    return json.dumps({column.called[0]: row[column.name] for column in stream.columns}) + "\n"


def _deliver(workspace: Workspace, number: int) -> None:
    for stream in STREAMS:
        lines = "".join(
            _line(stream, _row(stream, name, day, number))
            for name, day in DELIVERIES[number].items()
        )
        path = f"{stream.source}/{stream.name}/2026-02-{number + 1:02}/part-0.jsonl"
        workspace.write(path, lines.encode())


@pytest.fixture(scope="module")
def step_by_step(module_workspace: Workspace) -> Workspace:
    """A warehouse that was built after each delivery, and tested after each that moves a key."""
    for number in range(len(DELIVERIES)):
        _deliver(module_workspace, number)
        report = module_workspace.ingest()
        assert (report.rejects, report.failures) == (0, [])
        moves = any(name.startswith("moved") for name in DELIVERIES[number])
        build = module_workspace.build if number and moves else module_workspace.build_models
        build("--exclude", "assert_every_stream_scores_high_enough")
    return module_workspace


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: f"{stream.source}.{stream.name}")
def test_a_key_is_on_the_day_it_was_delivered_with_last(
    step_by_step: Workspace, stream: Stream
) -> None:
    lives: dict[tuple[Any, ...], date] = {}
    for number, delivery in enumerate(DELIVERIES):
        for name, day in delivery.items():
            lives[_key(stream, _row(stream, name, day, number))] = day
    model = f"stg_{stream.source}__{stream.name}"
    day_column = _node(step_by_step, model).config.get("window_column")
    found = step_by_step.query(f"select {day_column} from staging.{model}")
    assert Counter(day for (day,) in found) == Counter(lives.values())


def test_one_run_over_everything_gives_the_same(
    step_by_step: Workspace, tmp_path: Path, postgres: PostgresServer
) -> None:
    with ExitStack() as stack:
        if step_by_step.postgres:
            whole = stack.enter_context(Workspace.on_postgres(tmp_path / "whole", postgres))
        else:
            whole = stack.enter_context(Workspace.on_duckdb(tmp_path / "whole"))
        for number in range(len(DELIVERIES)):
            _deliver(whole, number)
        whole.ingest()
        whole.build_models()
        expected, actual = whole.mart_rows(), step_by_step.mart_rows()
        assert len(expected["documents.fct_document_analysis"]) == len(set().union(*DELIVERIES))
        for mart, rows in expected.items():
            assert actual[mart] == rows, mart


def _node(workspace: Workspace, model: str) -> Any:
    return parsed_project(workspace.settings).nodes[f"model.granary.{model}"]
