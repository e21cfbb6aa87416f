"""The truth says what is in the files: counted again by the oracle."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.sample import oracle
from orchestration.tests.sample.conftest import Sample, assert_counts

STREAMS = sorted(oracle.CONTRACT)
EXCLUSIVE = {
    "malformed", "wrong_type", "missing_required", "unknown_field", "impossible", "late",
    "redelivered", "corrected", "offset_time",
}  # fmt: skip
REJECTED = {"malformed", "wrong_type", "missing_required"}


@pytest.mark.parametrize("stream", STREAMS)
def test_counts_agree_with_the_files(sample: Sample, stream: str) -> None:
    assert_counts(sample.truth["streams"][stream], sample.readings[stream])


@pytest.mark.parametrize("stream", STREAMS)
def test_truth_states_the_contract_the_oracle_uses(sample: Sample, stream: str) -> None:
    required = {n for n, kind in oracle.CONTRACT[stream].items() if kind.endswith("!")}
    assert set(sample.truth["streams"][stream]["required"]) == required
    assert tuple(sample.truth["streams"][stream]["natural_key"]) == oracle.NATURAL_KEYS[stream]


def totals(interactions: oracle.Reading) -> dict[str, Any]:
    """What the truth must state, counted row by row."""
    rows = interactions.latest.values()
    ratings = [r["user_rating"] for r in rows if r.get("user_rating") in (1, 2, 3, 4, 5)]
    costs = [r["cost_usd"] for r in rows if r.get("cost_usd", -1) >= 0]
    return {
        "interactions_by_event_day": Counter(r["timestamp"].date().isoformat() for r in rows),
        "interactions_by_role": Counter(r.get("user_role") or "missing" for r in rows),
        "interactions_by_query_type": Counter(r.get("query_type") or "missing" for r in rows),
        "interactions_by_model": Counter(r.get("model") or "missing" for r in rows),
        "priced_interactions": len(costs),
        "cost_billionths": sum(costs) * 10**9,
        "input_tokens": sum(r.get("input_tokens") or 0 for r in rows),
        "distinct_sessions": len({r["session_id"] for r in rows}),
        "successful_interactions": sum(r["success"] for r in rows),
        "rated_interactions": len(ratings),
        "rating_sum": sum(ratings),
        "response_milliseconds": sum(max(0, round((r["response_time"] or 0) * 1000)) for r in rows),
    }


def test_totals_are_of_the_latest_deliveries(sample: Sample) -> None:
    assert sample.truth["totals"] == totals(sample.readings["interactions"])


def test_many_parts_a_day_count_right(tmp_path: Path) -> None:
    options = AssistantOptions(
        days=3,
        rows_per_day=900,
        lines_per_file=200,
        faults={"redelivered": 0.2, "corrected": 0.2, "late": 0.1},
    )
    sample = Sample.write(tmp_path, options)
    interactions = sample.readings["interactions"]
    assert interactions.files["2026-01-02"] >= 4
    for stream in STREAMS:
        assert_counts(sample.truth["streams"][stream], sample.readings[stream])
    assert sample.truth["totals"] == totals(interactions)


def test_every_fault_kind_is_planted_and_listed(sample: Sample) -> None:
    listed: dict[str, Counter[str]] = {stream: Counter() for stream in STREAMS}
    for fault in sample.faults:
        listed[fault["stream"]][fault["fault"]] += 1
    for stream in STREAMS:
        assert listed[stream] == sample.truth["streams"][stream]["faults"]
    assert set(listed["interactions"]) == EXCLUSIVE | {"pii"}
    assert set(listed["content_accesses"]) == EXCLUSIVE
    assert set(listed["session_memory"]) == EXCLUSIVE - {"impossible"} | {"pii"}
    assert set(listed["system_metrics"]) == EXCLUSIVE
    assert len(sample.faults) == sample.result.faults


def test_each_fault_is_on_its_line_and_alone(sample: Sample) -> None:
    kinds: dict[tuple[str, int], set[str]] = {}
    texts: dict[str, list[str]] = {}
    for fault in sample.faults:
        kinds.setdefault((fault["path"], fault["line"]), set()).add(fault["fault"])
    rejects = 0
    for (path, number), found in kinds.items():
        lines = texts.setdefault(path, oracle.lines_of(sample.landing / path))
        record = oracle.parsed(path.split("/")[1], lines[number - 1])
        assert len(found & EXCLUSIVE) == len(found - {"pii"}) <= 1
        assert (record is None) == bool(found & REJECTED)
        assert not (found & REJECTED and "pii" in found)
        rejects += record is None
    assert rejects == sample.result.expected_rejects  # no reject without a listed fault


def test_late_lines_lie_among_the_others(sample: Sample) -> None:
    places = [
        fault["line"] / len(oracle.lines_of(sample.landing / fault["path"]))
        for fault in sample.faults
        if fault["fault"] == "late" and fault["stream"] == "interactions"
    ]
    assert len(places) > 10
    assert min(places) < 0.3
    assert sum(place < 0.8 for place in places) > 0.5 * len(places)


def test_faults_are_what_they_claim(sample: Sample) -> None:
    forms = set()
    for fault in sample.faults:
        line = oracle.lines_of(sample.landing / fault["path"])[fault["line"] - 1]
        if fault["stream"] == "system_metrics" or fault["fault"] == "pii":
            continue
        detail = fault["detail"]
        if fault["fault"] == "malformed":
            forms.add(detail["form"])
            if detail["form"] == "not_an_object":
                assert not isinstance(json.loads(line), dict)
            continue
        record = json.loads(line)
        if fault["fault"] == "missing_required":
            forms.add(detail["form"])
            assert record.get(detail["field"]) is None
            assert (detail["field"] in record) == (detail["form"] == "null")
        elif fault["fault"] == "unknown_field":
            assert detail["field"] in record
            assert detail["field"] not in oracle.CONTRACT[fault["stream"]]
        elif fault["fault"] == "offset_time":
            assert record[detail["field"]].endswith("+09:00")
        elif fault["fault"] == "impossible":
            assert record[detail["field"]] in (9, 0, -5, -1, 1.7, -0.3)
    assert forms == {"truncated", "garbage", "not_an_object", "blank", "absent", "null"}


def test_corrections_change_a_value_under_the_same_key(sample: Sample) -> None:
    corrections = [
        f for f in sample.faults if f["fault"] == "corrected" and f["stream"] == "interactions"
    ]
    reading = sample.readings["interactions"]
    assert corrections
    for fault in corrections:
        line = oracle.lines_of(sample.landing / fault["path"])[fault["line"] - 1]
        record = oracle.parsed("interactions", line)
        assert record is not None
        versions = [
            r for _, r in reading.delivered
            if all(r[k] == record[k] for k in oracle.NATURAL_KEYS["interactions"])
        ]  # fmt: skip
        first, last = versions
        name = fault["detail"]["field"]
        assert first.get(name) != last[name] == record[name]


@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_is_delivered_early_or_after_ten_days(sample: Sample, stream: str) -> None:
    time = oracle.EVENT_TIMES.get(stream, "timestamp")
    delays = Counter(
        (datetime.fromisoformat(day).date() - record[time].date()).days
        for day, record in sample.readings[stream].delivered
    )
    assert min(delays) == 0
    assert 1 < max(delays) <= 10
