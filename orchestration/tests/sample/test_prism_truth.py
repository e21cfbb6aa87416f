"""The truth says what is in the platform's files: counted again by the oracle."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.sample import prism_oracle as oracle
from orchestration.tests.sample.conftest import SHARES, Sample, assert_counts
from orchestration.tests.sample.test_content import SHAPES

STREAMS = sorted(oracle.CONTRACT)
DELIVERIES = {"late", "redelivered", "corrected", "out_of_order"}
FILENAME = r"[a-zA-Z0-9._-]+\.(docx|pdf|txt)"
MIME_TYPES = {
    "application/pdf", "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
ACTIONS = {"accepted", "rejected", "custom", "modified"}


@pytest.mark.parametrize("stream", STREAMS)
def test_counts_agree_with_the_files(faulty: Sample, stream: str) -> None:
    assert_counts(faulty.truth["streams"][stream], faulty.readings[stream])


def test_rejects_are_in_every_stream_that_can_have_them(faulty: Sample) -> None:
    rejects = {s: faulty.truth["streams"][s]["expected_rejects"] for s in STREAMS}
    assert rejects.pop("deletions") == 0
    assert min(rejects.values()) > 0
    assert faulty.result.expected_rejects == sum(rejects.values())


def test_totals_are_of_the_latest_deliveries(faulty: Sample) -> None:
    assert faulty.truth["totals"] == oracle.totals(faulty.readings)
    analyses = faulty.truth["totals"]["analyses"]
    assert faulty.result.unique_rows["prism.analysis_results"] == analyses > 1200
    assert min(faulty.truth["totals"]["users_by_state"].values()) > 0


def test_many_parts_a_day_count_right(tmp_path: Path) -> None:
    options = PrismOptions(
        days=3, analyses_per_day=120, analyses_per_part=20, user_departures_per_day=0.3,
        faults={"redelivered": 0.2, "corrected": 0.1, "out_of_order": 0.1, "late": 0.1},
    )  # fmt: skip
    sample = Sample.write(tmp_path, options)
    assert sample.readings["analysis_results"].files["2026-01-02"] >= 6
    for stream in STREAMS:
        assert_counts(sample.truth["streams"][stream], sample.readings[stream])
    assert sample.truth["totals"] == oracle.totals(sample.readings)


def test_every_fault_is_planted_and_listed(faulty: Sample) -> None:
    listed: dict[str, Counter[str]] = {stream: Counter() for stream in STREAMS}
    for fault in faulty.faults:
        listed[fault["stream"]][fault["fault"]] += 1
    for stream in STREAMS:
        assert listed[stream] == faulty.truth["streams"][stream]["faults"]
    assert {name for counter in listed.values() for name in counter} == set(SHARES)
    assert len(faulty.faults) == faulty.result.faults
    types = faulty.truth["streams"]["document_sections"]["pii_types"]
    assert set(types) == set(SHAPES)


def listed_rows(sample: Sample, fault: str, stream: str) -> set[tuple[str, int]]:
    return {
        (f["path"], f["row"])
        for f in sample.faults
        if f["fault"] == fault and f["stream"] == stream
    }


def breaking_rows(sample: Sample, stream: str, rule: Any) -> set[tuple[str, int]]:
    return {
        (path.relative_to(sample.landing).as_posix(), number)
        for path, number, record in sample.readings[stream].delivered
        if rule(record)
    }


def _is_array(text: str) -> bool:
    return isinstance(json.loads(text), list)


def _outside(stream: str, *columns: str) -> Any:
    def rule(record: dict[str, Any]) -> bool:
        return any(
            record[c] is not None and oracle.possible(record, stream, c) is None for c in columns
        )

    return rule


RULES: dict[tuple[str, str], Any] = {
    ("documents", "filename_missing"): lambda r: r["filename"] is None,
    ("documents", "filename_pattern"):
        lambda r: r["filename"] is not None and not re.fullmatch(FILENAME, r["filename"]),
    ("documents", "file_size_range"):
        lambda r: not 1024 <= r["file_size"] <= 100 * 1024 * 1024,
    ("documents", "mime_type_unknown"): lambda r: r["mime_type"] not in MIME_TYPES,
    ("documents", "uploaded_by_missing"): lambda r: r["uploaded_by"] is None,
    ("documents", "organization_missing"): lambda r: r["organization_id"] is None,
    ("documents", "impossible"): _outside("documents", "word_count", "page_count"),
    ("document_sections", "impossible"):
        _outside("document_sections", "word_count", "complexity_score"),
    ("analysis_results", "document_missing"): lambda r: r["document_id"] is None,
    ("analysis_results", "model_missing"): lambda r: r["ai_model_name"] is None,
    ("analysis_results", "feedback_items_missing"): lambda r: r["feedback_items"] is None,
    ("analysis_results", "feedback_items_not_array"):
        lambda r: r["feedback_items"] is not None and not _is_array(r["feedback_items"]),
    ("analysis_results", "risk_unknown"):
        lambda r: r["risk_assessment"] not in ("Low", "Medium", "High"),
    ("analysis_results", "completed_late"):
        lambda r: not timedelta(0)
        <= r["analysis_completed_at"] - r["analysis_started_at"] <= timedelta(hours=24),
    ("analysis_results", "impossible"):
        _outside("analysis_results", "confidence_score", "user_satisfaction_score"),
    ("user_feedback", "user_missing"): lambda r: r["user_id"] is None,
    ("user_feedback", "feedback_type_missing"): lambda r: r["feedback_type"] is None,
    ("user_feedback", "action_missing"): lambda r: r["action"] is None,
    ("user_feedback", "action_unknown"): lambda r: r["action"] not in ACTIONS | {None},
    ("user_feedback", "text_too_long"): lambda r: len(r["custom_feedback_text"] or "") > 5000,
    ("user_feedback", "impossible"): _outside("user_feedback", "feedback_rating"),
    **{
        (s, "missing_required"): lambda r, s=s: not oracle.is_valid(s, r)
        for s in STREAMS if s != "deletions"
    },
}  # fmt: skip


@pytest.mark.parametrize(("stream", "fault"), RULES)
def test_a_rule_is_broken_where_the_truth_says_and_nowhere_else(
    faulty: Sample, stream: str, fault: str
) -> None:
    broken = breaking_rows(faulty, stream, RULES[stream, fault])
    assert broken == listed_rows(faulty, fault, stream)
    assert broken


def test_rows_point_nowhere_where_the_truth_says(faulty: Sample) -> None:
    known = {
        "user_id": {r["id"] for _, _, r in faulty.readings["users"].delivered},
        "analysis_result_id": {
            r["id"] for _, _, r in faulty.readings["analysis_results"].delivered
        },
    }
    for fault, column in (("user_unknown", "user_id"), ("analysis_unknown", "analysis_result_id")):
        rows = listed_rows(faulty, fault, "user_feedback")
        assert rows
        unknown = breaking_rows(
            faulty,
            "user_feedback",
            lambda r, column=column: r[column] is not None and r[column] not in known[column],
        )
        assert rows <= unknown
        # What is delivered late, after the end of the sample, is not known either.
        assert len(unknown) < len(rows) + 0.2 * len(faulty.readings["user_feedback"].latest)


def test_documents_share_hashes_and_uploaders_where_the_truth_says(faulty: Sample) -> None:
    organizations = {
        r["id"]: r["organization_id"] for _, _, r in faulty.readings["users"].delivered
    }
    foreign = breaking_rows(
        faulty,
        "documents",
        lambda r: (
            r["uploaded_by"] in organizations
            and r["organization_id"] not in (None, organizations[r["uploaded_by"]])
        ),
    )
    assert foreign == listed_rows(faulty, "uploader_of_other_organization", "documents") != set()
    first: dict[str, tuple[Any, str]] = {}
    for _, _, record in faulty.readings["documents"].delivered:
        if record["created_at"] is not None:
            found = record["created_at"], record["id"]
            first[record["file_hash"]] = min(first.get(record["file_hash"], found), found)
    copies = {
        f["id"]: f["detail"]["of"] for f in faulty.faults if f["fault"] == "file_hash_duplicate"
    }
    seen = [r for r in faulty.readings["documents"].latest.values() if r["id"] in copies]
    assert len(seen) > 2
    for record in seen:
        assert first[record["file_hash"]][1] in (copies[record["id"]], record["id"])
    shared = Counter(r["file_hash"] for r in faulty.readings["documents"].latest.values())
    of = {hash_ for hash_, count in shared.items() if count > 1}
    assert of
    assert of <= {r["file_hash"] for r in seen}


def test_sections_share_their_place_where_the_truth_says(faulty: Sample) -> None:
    places = Counter(
        (r["document_id"], r["section_order"])
        for r in faulty.readings["document_sections"].latest.values()
    )
    shared = {key for key, count in places.items() if count > 1}
    listed = {
        (r["document_id"], r["section_order"])
        for path, number, r in faulty.readings["document_sections"].delivered
        if (path.relative_to(faulty.landing).as_posix(), number)
        in listed_rows(faulty, "section_order_duplicate", "document_sections")
    }
    assert shared
    assert shared <= listed


def test_a_row_has_one_fault_at_most_beside_personal_data(faulty: Sample) -> None:
    kinds: dict[tuple[str, int], list[str]] = {}
    for fault in faulty.faults:
        kinds.setdefault((fault["path"], fault["row"]), []).append(fault["fault"])
    for found in kinds.values():
        assert len([name for name in found if name != "pii"]) <= 1
        assert not {"missing_required", "pii"} <= set(found)


def test_positions_point_at_the_personal_data(faulty: Sample) -> None:
    fields = set()
    tables: dict[str, list[dict[str, Any]]] = {}
    for fault in faulty.faults:
        if fault["fault"] != "pii":
            continue
        path, detail = fault["path"], fault["detail"]
        if path not in tables:
            tables[path] = pq.read_table(faulty.landing / path).to_pylist()
        record = tables[path][fault["row"] - 1]
        assert record["id"] == fault["id"]
        text = record[detail["field"]]
        if "item" in detail:
            text = json.loads(text)[detail["item"]]["text"]
        elif "key" in detail:
            text = json.loads(text)[detail["key"]]
        value = text[detail["start"] : detail["end"]]
        assert re.fullmatch(SHAPES[detail["type"]], value), (detail, value)
        fields.add(detail["field"])
    assert fields == {
        "content", "custom_feedback_text", "highlighted_text", "feedback_items",
        "processing_error", "event_description", "before_value", "after_value",
    }  # fmt: skip


def test_corrections_change_a_measure_under_the_same_key(faulty: Sample) -> None:
    corrected = [f for f in faulty.faults if f["fault"] == "corrected"]
    assert {f["stream"] for f in corrected} == {
        "document_sections", "analysis_results", "audit_logs"
    }  # fmt: skip
    for fault in corrected:
        reading = faulty.readings[fault["stream"]]
        versions = [r for _, _, r in reading.delivered if r["id"] == fault["id"]]
        field = fault["detail"]["field"]
        assert len(versions) == 2
        assert versions[0][field] != versions[1][field]
        assert reading.latest[(fault["id"],)][field] == versions[1][field]
        assert versions[0]["created_at"] == versions[1]["created_at"]


def test_old_versions_come_after_newer_ones(faulty: Sample) -> None:
    for stream in ("users", "organizations", "documents", "user_feedback"):
        newest: dict[str, Any] = {}
        overtaken = set()
        for path, number, record in faulty.readings[stream].delivered:
            known = newest.get(record["id"], record["updated_at"])
            if record["updated_at"] < known:
                overtaken.add((path.relative_to(faulty.landing).as_posix(), number))
            newest[record["id"]] = max(known, record["updated_at"])
        allowed: set[tuple[str, int]] = set()
        for fault in DELIVERIES - {"corrected"}:
            allowed |= listed_rows(faulty, fault, stream)
        assert overtaken <= allowed
        assert overtaken or stream in ("documents", "user_feedback", "organizations")


@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_is_delivered_early_or_after_ten_days(faulty: Sample, stream: str) -> None:
    time = oracle.CONTRACT[stream]["config"]["meta"].get("version")
    time = time or oracle.CONTRACT[stream]["config"]["meta"]["event_time"]
    start = faulty.options.start
    delays: Counter[int] = Counter()
    for path, _, record in faulty.readings[stream].delivered:
        if record[time] is not None:
            written = max(record[time].date(), start)
            delays[(datetime.fromisoformat(path.parent.name).date() - written).days] += 1
    assert min(delays) == 0
    assert max(delays) <= 11
    assert len(delays) > 1
