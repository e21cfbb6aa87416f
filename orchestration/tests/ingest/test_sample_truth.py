"""The sample's own truth: every line it wrote is found where it belongs, on both engines."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from orchestration.core.contracts import load_contracts
from orchestration.ingest.loader import IngestReport
from orchestration.sample import SampleResult, write_sample
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.ingest.helpers import assert_sound, loaded, rejected
from orchestration.tests.sample import oracle
from orchestration.tests.workspace import PostgresServer, Workspace

REJECTED = {"malformed", "wrong_type", "missing_required"}


@dataclass(frozen=True)
class LoadedSample:
    """A sample, the truth about it, and the warehouse that loaded it."""

    workspace: Workspace
    report: IngestReport
    result: SampleResult
    truth: dict[str, Any]
    faults: dict[tuple[str, int], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def sample(module_workspace: Workspace) -> LoadedSample:
    landing, truth = module_workspace.settings.landing, module_workspace.settings.truth
    result = write_sample(landing, truth, AssistantOptions(days=8, rows_per_day=200))
    report = module_workspace.ingest()
    faults: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for line in (truth / "assistant_faults.jsonl").read_text("utf-8").splitlines():
        fault = json.loads(line)
        faults.setdefault((fault["path"], fault["line"]), []).append(fault)
    return LoadedSample(
        module_workspace,
        report,
        result,
        json.loads((truth / "assistant.json").read_text()),
        faults,
    )


def _of_kind(sample: LoadedSample, *kinds: str) -> dict[tuple[str, int], dict[str, Any]]:
    return {
        place: fault
        for place, faults in sample.faults.items()
        for fault in faults
        if fault["fault"] in kinds
    }


def test_counts_equal_the_truth_per_stream_and_delivery_day(sample: LoadedSample) -> None:
    expected, found = {}, {}
    for stream, of_stream in sample.truth["streams"].items():
        for day, count in of_stream["by_delivery_day"].items():
            expected[stream, day] = tuple(
                count[name] for name in ("files", "lines", "expected_rows", "expected_rejects")
            )
    for stream, day, *counts in sample.workspace.query(
        "select stream, split_part(path, '/', 3), count(*), sum(line_count), sum(row_count), "
        "sum(reject_count) from raw.load_ledger group by 1, 2"
    ):
        found[stream, day] = tuple(int(n) for n in counts)
    assert len(expected) == 4 * 8
    assert found == expected
    assert_sound(sample.workspace)


def test_the_report_equals_the_truth(sample: LoadedSample) -> None:
    report, result = sample.report, sample.result
    landing = sample.workspace.settings.landing
    assert (report.files, report.lines) == (result.files, result.lines)
    assert (report.rows, report.rejects) == (result.expected_rows, result.expected_rejects)
    assert report.size_bytes == sum(p.stat().st_size for p in landing.rglob("part-*"))
    assert report.failures == []


def test_every_planted_fault_is_rejected_with_its_reason_and_nothing_else_is(
    sample: LoadedSample,
) -> None:
    planted = _of_kind(sample, *REJECTED)
    assert {fault["fault"] for fault in planted.values()} == REJECTED
    rejects = rejected(sample.workspace)
    assert rejects.keys() == planted.keys()
    for place, fault in planted.items():
        reason, detail = rejects[place][0], fault["detail"]
        match fault["fault"], detail.get("form"):
            case "missing_required", _:
                assert reason == f"missing field: {detail['field']}"
            case "wrong_type", _:
                assert reason.startswith(f"wrong type: {detail['field']} is not ")
            case "malformed", "blank":
                assert reason == "blank line"
            case "malformed", "not_an_object":
                assert reason == "not a JSON object"
            case _:
                assert reason == "malformed JSON"


def test_rejects_hold_the_lines_as_they_were(sample: LoadedSample) -> None:
    landing = sample.workspace.settings.landing
    rejects = rejected(sample.workspace)
    for path in {path for path, _ in rejects}:
        landed = oracle.lines_of(landing / path)
        for (of_path, line), (_, text) in rejects.items():
            if of_path == path:
                assert text == landed[line - 1]


def test_every_other_fault_leaves_a_row(sample: LoadedSample) -> None:
    kinds = ("late", "redelivered", "corrected", "impossible", "offset_time", "unknown_field")
    planted = _of_kind(sample, *kinds)
    assert {fault["fault"] for fault in planted.values()} == set(kinds)
    places: Counter[tuple[str, int]] = Counter()
    for stream in load_contracts().values():
        places.update(loaded(sample.workspace, table=stream.table).keys())
    assert all(places[place] == 1 for place in planted)


def test_rows_hold_what_the_lines_say(sample: LoadedSample) -> None:
    """Every value of every row, against a reading with plain Python."""
    landing = sample.workspace.settings.landing
    streams = [s for s in load_contracts().values() if s.source == "assistant"]
    assert len(streams) == len(sample.truth["streams"])
    for stream in streams:
        columns = [c.name for c in stream.columns]
        rows = loaded(sample.workspace, *columns, "_extra", "_event_date", table=stream.table)
        with_unknown = 0
        for _, file in oracle.files_of(landing, stream.name):
            path = file.relative_to(landing).as_posix()
            for number, line in enumerate(oracle.lines_of(file), 1):
                record = oracle.parsed(stream.name, line)
                row = rows.pop((path, number), None)
                if record is None:
                    assert row is None
                    continue
                assert row is not None, (path, number)
                *values, extra, event_date = row
                time = record[stream.event_time].astimezone(UTC).replace(tzinfo=None)
                record[stream.event_time] = time
                assert values == [record.pop(name, None) for name in columns]
                assert event_date == time.date()
                assert (json.loads(extra) if extra else {}) == record
                with_unknown += bool(record)
        assert not rows
        assert with_unknown == sample.truth["streams"][stream.name]["faults"]["unknown_field"]


def test_delivery_days_one_by_one_give_the_same_rows(
    sample: LoadedSample, tmp_path: Path, postgres: PostgresServer
) -> None:
    source = sample.workspace.settings.landing
    opened = (
        Workspace.on_postgres(tmp_path, postgres)
        if sample.workspace.postgres
        else Workspace.on_duckdb(tmp_path)
    )
    with opened as daily:
        for day in sorted({p.name for p in source.glob("assistant/*/*")}):
            for folder in source.glob(f"assistant/*/{day}"):
                shutil.copytree(folder, daily.settings.landing / folder.relative_to(source))
            daily.ingest()
        for stream in load_contracts().values():
            columns = [c.name for c in stream.columns]
            whole = loaded(sample.workspace, *columns, table=stream.table)
            assert loaded(daily, *columns, table=stream.table) == whole
        assert rejected(daily) == rejected(sample.workspace)
