"""The platform's world holds together: what people do, when, and what comes of it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.sample import prism_oracle as oracle
from orchestration.tests.sample.conftest import NO_FAULTS, Sample

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
STATUSES = ("uploaded", "processing", "completed", "failed")
Versions = dict[str, list[dict[str, Any]]]


def versions(sample: Sample, stream: str) -> Versions:
    """Delivered versions of each row, in order of delivery."""
    found: Versions = defaultdict(list)
    for _, _, record in sample.readings[stream].delivered:
        found[record["id"]].append(record)
    assert len(found) > 4
    return found


def latest(sample: Sample, stream: str) -> dict[str, dict[str, Any]]:
    """The latest row of each id."""
    return {r["id"]: r for _, _, r in sample.readings[stream].delivered}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.fixture(scope="module")
def users(faultless: Sample) -> Versions:
    return versions(faultless, "users")


@pytest.fixture(scope="module")
def tombstones(faultless: Sample) -> dict[str, list[datetime]]:
    """When each user or document was found missing."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for _, _, record in faultless.readings["deletions"].delivered:
        found[record["id"]].append(record["detected_at"])
    return found


def test_a_faultless_sample_has_no_fault(faultless: Sample) -> None:
    assert faultless.faults == []
    assert faultless.result.expected_rejects == 0
    for stream in oracle.CONTRACT:
        count = faultless.truth["streams"][stream]
        assert count["lines"] == count["unique_rows"] or stream in ("documents", "user_feedback")
    assert faultless.truth["totals"] == oracle.totals(faultless.readings)


@pytest.mark.parametrize("stream", ["organizations", "users", "documents", "user_feedback"])
def test_versions_come_in_order_and_once_an_extraction(faultless: Sample, stream: str) -> None:
    several_a_day = 0
    for path, rows in by_file(faultless, stream).items():
        assert len({r["id"] for r in rows}) == len(rows)
        halves = {max(r["updated_at"], start_of(faultless)).hour // 12 for r in rows}
        assert len(halves) == 1, path
    for rows in versions(faultless, stream).values():
        assert all(a["updated_at"] < b["updated_at"] for a, b in pairwise(rows))
        assert len({r["created_at"] for r in rows}) == 1
        assert all(r["updated_at"] >= r["created_at"] for r in rows)
        days = Counter(r["updated_at"].date() for r in rows)
        several_a_day += max(days.values()) == 2
    assert several_a_day > 0


def by_file(sample: Sample, stream: str) -> dict[str, list[dict[str, Any]]]:
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, _, record in sample.readings[stream].delivered:
        files[path.as_posix()].append(record)
    return files


def start_of(sample: Sample) -> datetime:
    return datetime.combine(sample.options.start, datetime.min.time(), UTC)


def test_the_first_extraction_delivers_everybody_of_the_past(
    faultless: Sample, users: Versions
) -> None:
    start = start_of(faultless)
    old = {user for user, rows in users.items() if rows[0]["created_at"] < start}
    first = by_file(faultless, "users")
    found = {r["id"] for r in first[min(first)]}
    # Some left for good that very morning, and may come back.
    assert len(found & old) >= faultless.options.initial_users - 5
    assert len(old - found) < 5
    assert len(users) > len(old)


def test_people_change_and_change_back(users: Versions) -> None:
    seen: Counter[str] = Counter()
    for rows in users.values():
        for before, after in pairwise(rows):
            names = changed(before, after)
            assert "updated_at" in names
            assert not names & {"email", "first_name", "last_name", "organization_id"}
            seen["only a sign-in"] += names == {"updated_at", "last_login_at"}
            seen["nothing else"] += names == {"updated_at"}
            seen.update(names)
        for first, second, third in zip(rows, rows[1:], rows[2:], strict=False):
            seen["back"] += first["role"] == third["role"] != second["role"]
    assert min(seen[n] for n in ("role", "department", "geographic_region", "mfa_enabled")) > 5
    assert seen["only a sign-in"] > 50
    assert seen["nothing else"] > 0  # changed and changed back between two extractions
    assert seen["back"] > 0


def test_people_leave_and_some_come_back(
    users: Versions, tombstones: dict[str, list[datetime]]
) -> None:
    seen: Counter[str] = Counter()
    for user, rows in users.items():
        for row in rows:
            assert row["deleted_at"] is None or row["created_at"] <= row["deleted_at"]
            assert row["deleted_at"] is None or row["deleted_at"] == row["updated_at"]
        moments = [(r["updated_at"], r["deleted_at"]) for r in rows]
        moments += [(moment, "gone") for moment in tombstones.get(user, [])]
        moments.sort(key=lambda m: m[0])
        for (_, before), (_, after) in pairwise(moments):
            seen["soft, back"] += isinstance(before, datetime) and after is None
            seen["soft, purged"] += isinstance(before, datetime) and after == "gone"
            seen["hard"] += before is None and after == "gone"
            seen["hard, back"] += before == "gone" and after is None
            assert before != "gone" or after is None  # comes back in use, and is not gone twice
    assert min(seen.values()) > 0
    assert len(seen) == 4


def test_organizations_change_what_they_pay_for(faultless: Sample) -> None:
    tiers = [
        before["subscription_tier"] != after["subscription_tier"]
        for rows in versions(faultless, "organizations").values()
        for before, after in pairwise(rows)
    ]
    assert any(tiers)
    assert not all(tiers)
    for rows in versions(faultless, "organizations").values():
        assert all(a["version"] < b["version"] for a, b in pairwise(rows))
    assert {type(json.loads(r["compliance_flags"])) for r in rows} == {list}


def test_documents_pass_through_their_states(
    faultless: Sample, tombstones: dict[str, list[datetime]]
) -> None:
    seen: Counter[str] = Counter()
    for document, rows in versions(faultless, "documents").items():
        ranks = [STATUSES.index(r["processing_status"]) for r in rows]
        assert all(a <= b for a, b in pairwise(ranks))
        for row in rows:
            status = row["processing_status"]
            assert (row["processing_started_at"] is None) == (status == "uploaded")
            assert (row["total_sections"] is None) == (status != "completed")
            assert (row["processing_error"] is None) == (status != "failed")
            assert not (row["legal_hold"] and row["deleted_at"])
            seen[status] += 1
            seen["held"] += row["legal_hold"]
            seen["deleted"] += row["deleted_at"] is not None
        for moment in tombstones.get(document, []):
            assert all(r["updated_at"] < moment for r in rows)
            assert not rows[-1]["legal_hold"]
            seen["removed"] += 1
    assert set(seen) == {*STATUSES, "held", "deleted", "removed"}
    assert min(seen.values()) > 0
    assert seen["completed"] > 5 * seen["failed"]


@pytest.mark.long
def test_what_is_held_is_never_deleted(tmp_path: Path) -> None:
    options = PrismOptions(days=14, analyses_per_day=2800, users=100, faults=NO_FAULTS)
    sample = Sample.write(tmp_path, options)
    documents = versions(sample, "documents")
    held = {d for d, rows in documents.items() if any(r["legal_hold"] for r in rows)}
    gone = {r["id"] for _, _, r in sample.readings["deletions"].delivered}
    deleted = gone | {d for d, rows in documents.items() if any(r["deleted_at"] for r in rows)}
    assert len(held) > 50
    assert len(deleted & documents.keys()) > 200
    assert not held & deleted


def test_sections_and_analyses_belong_to_their_document(faultless: Sample) -> None:
    documents = latest(faultless, "documents")
    sections: dict[str, list[int]] = defaultdict(list)
    for _, _, row in faultless.readings["document_sections"].delivered:
        sections[row["document_id"]].append(row["section_order"])
        assert row["created_at"] > documents[row["document_id"]]["created_at"]
    analyses: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, _, row in faultless.readings["analysis_results"].delivered:
        document = documents[row["document_id"]]
        analyses[row["document_id"]].append(row)
        assert row["created_by"] == document["uploaded_by"]
        assert document["created_at"] < row["analysis_started_at"] < row["analysis_completed_at"]
        assert row["analysis_completed_at"] < row["created_at"]
        items = json.loads(row["feedback_items"])
        assert all(set(i) == {"text", "risk_level", "confidence"} for i in items)
        worst = [r for r in ("High", "Medium", "Low") if any(i["risk_level"] == r for i in items)]
        assert row["risk_assessment"] == (worst or ["Low"])[0]
        assert row["feedback_accepted_count"] + row["feedback_rejected_count"] <= len(items)
    done = {d: r for d, r in documents.items() if r["processing_status"] == "completed"}
    assert len(done) > 200
    for key, row in done.items():
        assert sorted(sections[key]) == list(range(1, row["total_sections"] + 1))
        rows = analyses[key]
        assert len({r["section_id"] for r in rows}) == len(rows)
        assert len(rows) - row["total_sections"] == sum(r["section_id"] is None for r in rows) <= 1
        cost = sum(r["cost_usd"] for r in rows)
        assert row["analysis_cost_usd"] == pytest.approx(cost, abs=1e-4)
    assert {1, 8} <= {len(orders) for orders in sections.values()}
    rows = [r for found in analyses.values() for r in found]
    scored = sum(r["user_satisfaction_score"] is not None for r in rows) / len(rows)
    assert 0.1 < scored < 0.2
    assert len({(r["ai_model_name"], r["ai_model_version"]) for r in rows}) >= 4


def test_uploaders_are_in_use_and_of_the_organization(
    faultless: Sample, users: Versions, tombstones: dict[str, list[datetime]]
) -> None:
    for row in latest(faultless, "documents").values():
        known = users[row["uploaded_by"]]
        assert known[0]["organization_id"] == row["organization_id"]
        # The last version up to the extraction that delivers the upload.
        moment = row["created_at"]
        until = moment.replace(hour=moment.hour // 12 * 12, minute=0, second=0, microsecond=0)
        until += timedelta(hours=12)
        version = [r for r in known if r["updated_at"] < until][-1]
        assert version["deleted_at"] is None
        gone = [t for t in tombstones.get(row["uploaded_by"], []) if t < until]
        assert not gone or version["updated_at"] > max(gone)


def test_feedback_follows_its_analysis(faultless: Sample) -> None:
    analyses = latest(faultless, "analysis_results")
    documents = latest(faultless, "documents")
    states: Counter[int] = Counter()
    for rows in versions(faultless, "user_feedback").values():
        found = [("submitted", "reviewed", "closed").index(r["workflow_status"]) for r in rows]
        assert all(a < b for a, b in pairwise(found))
        states.update(found)
        row = rows[0]
        analysis = analyses[row["analysis_result_id"]]
        assert row["created_at"] > analysis["created_at"]
        assert row["document_id"] == analysis["document_id"]
        assert row["section_id"] == analysis["section_id"]
        assert row["user_id"] == documents[row["document_id"]]["uploaded_by"]
        assert row["organization_id"] == documents[row["document_id"]]["organization_id"]
        assert len(row["custom_feedback_text"] or "") <= 5000
    assert len(states) == 3
    assert sum(states.values()) > len(versions(faultless, "user_feedback"))


def test_sessions_begin_with_a_sign_in(faultless: Sample) -> None:
    sessions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in latest(faultless, "audit_logs").values():
        if row["session_id"]:
            sessions[row["session_id"]].append(row)
    sizes: Counter[int] = Counter()
    for rows in sessions.values():
        rows.sort(key=lambda r: r["created_at"])
        assert rows[0]["event_type"] == "user.login"
        assert len({(r["user_id"], r["organization_id"], r["ip_address"]) for r in rows}) == 1
        assert rows[-1]["created_at"] - rows[0]["created_at"] < timedelta(hours=5)
        sizes[len(rows)] += 1
    assert sizes.total() > 200
    assert sum(count for size, count in sizes.items() if size > 3) > 50


def test_the_audit_log_tells_what_happened(faultless: Sample, users: Versions) -> None:
    documents = latest(faultless, "documents")
    moves: set[str] = set()
    uploads = set()
    for row in latest(faultless, "audit_logs").values():
        if row["event_type"] == "document.uploaded":
            uploads.add(row["resource_id"])
            assert row["created_at"] == documents[row["resource_id"]]["created_at"]
            assert row["user_id"] == documents[row["resource_id"]]["uploaded_by"]
        if row["event_type"] == "user.updated":
            before, after = json.loads(row["before_value"]), json.loads(row["after_value"])
            assert before != after
            assert set(before) == set(after)
            assert row["resource_id"] in users
            moves |= set(after)
        if row["ip_address"] is not None:
            assert not ipaddress.ip_address(row["ip_address"]).is_global
        assert type(json.loads(row["compliance_flags"])) is list
    assert uploads == set(documents)
    assert moves == {"role", "department", "geographic_region"}
    assert any(r["user_id"] is None for r in latest(faultless, "audit_logs").values())


def test_work_has_a_rhythm_and_few_organizations_do_most(faultless: Sample) -> None:
    by_day = faultless.truth["totals"]["analyses_by_event_day"]
    days = {datetime.fromisoformat(day): count for day, count in by_day.items()}
    weekend = [n for day, n in days.items() if day.weekday() >= 5]
    weekdays = [n for day, n in days.items() if day.weekday() < 5]
    assert mean(weekend) < 0.8 * mean(weekdays)
    assert sum(by_day.values()) == pytest.approx(14 * 120, rel=0.1)
    firms = Counter(r["organization_id"] for r in latest(faultless, "documents").values())
    assert firms.most_common(1)[0][1] > 0.4 * firms.total()


@pytest.mark.parametrize(
    ("stream", "column"),
    [
        ("organizations", "name"), ("users", "last_name"), ("users", "department"),
        ("documents", "original_filename"), ("document_sections", "content"),
        ("analysis_results", "feedback_items"), ("user_feedback", "custom_feedback_text"),
        ("audit_logs", "event_description"),
    ],
)  # fmt: skip
def test_texts_are_in_japanese_and_not(faultless: Sample, stream: str, column: str) -> None:
    texts = [r[column] for r in latest(faultless, stream).values() if r[column]]
    share = sum(bool(JAPANESE.search(text)) for text in texts) / len(texts)
    assert 0.05 < share < 0.95


def test_ids_differ(faultless: Sample) -> None:
    seen: set[str] = set()
    for stream in ("organizations", "users", "documents", "document_sections",
                   "analysis_results", "user_feedback", "audit_logs"):  # fmt: skip
        ids = set(latest(faultless, stream))
        assert not seen & ids
        seen |= ids
