"""The sample looks like an application's traffic, and its personal data is where the truth says."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median

import pytest

from orchestration.sample.personal import luhn_digit
from orchestration.sources.assistant.sample import METERED_FROM, AssistantOptions
from orchestration.tests.sample import oracle
from orchestration.tests.sample.conftest import Sample

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
SHAPES = {
    "email": r"[\w.+-]+@(\w+\.)*example\.(com|org|net|co\.jp)",
    "ssn": r"8\d\d-\d\d-\d{4}",
    "phone": r"(\+1 )?\(?\d{3}\)?[ .-]555[.-]01\d\d|(0[89]0|03|06|\+81[ -](90|3))-1234-56\d\d",
    "credit_card": r"[\d -]{13,19}",
    "ip_address": r"[\d.]+|2001:db8:[0-9a-f:]+",
    "date_of_birth": r"\d{4}[-/]\d\d[-/]\d\d|\d\d/\d\d/\d{4}|[A-Z]\w+ \d+, \d{4}|\d+ [A-Z]\w+ \d{4}"
    r"|(\d{4}|(昭和|平成)(\d+|元))年\d+月\d+日",
    "address": r"\d+ .*, [A-Z]{2} \d{5}|(〒\d{3}-\d{4} )?\w+[都道府県].*\d号?",
}


def personal_data(sample: Sample) -> list[tuple[str, str, str]]:
    """Type, value and sentence of every personal datum the truth names."""
    found = []
    for fault in sample.faults:
        if fault["fault"] == "pii":
            line = oracle.lines_of(sample.landing / fault["path"])[fault["line"] - 1]
            detail = fault["detail"]
            assert set(detail) == {"type", "field", "start", "end"}
            text = json.loads(line)[detail["field"]]
            found.append((detail["type"], text[detail["start"] : detail["end"]], text))
    return found


def test_positions_point_at_the_personal_data(sample: Sample) -> None:
    found = personal_data(sample)
    assert {kind for kind, _, _ in found} == set(SHAPES)
    for kind, value, _ in found:
        assert re.fullmatch(SHAPES[kind], value), (kind, value)
        if kind == "credit_card":
            digits = re.sub(r"\D", "", value)
            assert 13 <= len(digits) <= 16
            assert luhn_digit(digits[:-1]) == digits[-1]
        if kind == "ip_address":
            assert not ipaddress.ip_address(value).is_global


def test_luhn_digit_agrees_with_a_known_number() -> None:
    assert luhn_digit("7992739871") == "3"


def test_personal_data_comes_in_both_languages(sample: Sample) -> None:
    for field in ("query", "value"):
        texts = [
            json.loads(oracle.lines_of(sample.landing / f["path"])[f["line"] - 1])[field]
            for f in sample.faults
            if f["fault"] == "pii" and f["detail"]["field"] == field
        ]
        assert 0 < sum(bool(JAPANESE.search(text)) for text in texts) < len(texts)


def test_unlisted_texts_hold_no_address_or_long_number(sample: Sample) -> None:
    listed = {text for _, _, text in personal_data(sample)}
    plain = {r["query"] for _, r in sample.readings["interactions"].delivered} - listed
    assert len(plain) > 1000
    assert not [text for text in plain if "@" in text or re.search(r"\d{3}", text)]


def test_japanese_is_written_as_itself(sample: Sample) -> None:
    text = "".join(oracle.text_of(p) for _, p in oracle.files_of(sample.landing, "interactions"))
    assert len(JAPANESE.findall(text)) > 1000
    assert "\\u" not in text


def test_files_come_plain_and_compressed(sample: Sample) -> None:
    suffixes = Counter(p.suffix for _, p in oracle.files_of(sample.landing, "interactions"))
    assert set(suffixes) == {".jsonl", ".gz", ".zst"}
    gz = next(p for _, p in oracle.files_of(sample.landing, "interactions") if p.suffix == ".gz")
    assert gz.read_bytes()[3:8] == bytes(5)  # no flags, no time


def test_weekends_are_quieter_and_traffic_grows(sample: Sample) -> None:
    by_day = sample.truth["totals"]["interactions_by_event_day"]
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(14)]
    counts = {day: by_day[day.isoformat()] for day in days}
    weekend = [n for day, n in counts.items() if day.weekday() >= 5]
    weekdays = [n for day, n in counts.items() if day.weekday() < 5]
    assert max(weekend) < 0.8 * min(weekdays)
    first = sum(counts[day] for day in days[:7])
    assert sum(counts[day] for day in days[7:]) > first
    assert sum(by_day.values()) == pytest.approx(14 * 400, rel=0.08)


def test_days_have_a_rhythm(sample: Sample) -> None:
    rows = sample.readings["interactions"].latest.values()
    hours = Counter(r["timestamp"].hour for r in rows if r["timestamp"].weekday() < 5)
    assert sum(hours[h] for h in range(12, 17)) > 1.8 * sum(hours[h] for h in range(5))


def test_sessions_look_like_sessions(sample: Sample) -> None:
    sessions: dict[str, list[dict[str, object]]] = {}
    for record in sample.readings["interactions"].latest.values():
        sessions.setdefault(record["session_id"], []).append(record)
    sizes = [len(rows) for rows in sessions.values()]
    assert max(sizes) <= 20
    assert 3 < mean(sizes) < 6
    for rows in sessions.values():
        assert len({r["user_role"] for r in rows if r.get("user_role")}) <= 1
        assert len({r.get("user_id") for r in rows}) == 1


def test_some_sessions_cross_midnight(tmp_path: Path) -> None:
    options = AssistantOptions(days=4, rows_per_day=10_000, faults={"late": 0})
    days: dict[str, set[date]] = {}
    for record in Sample.write(tmp_path, options).readings["interactions"].latest.values():
        days.setdefault(record["session_id"], set()).add(record["timestamp"].date())
    assert sum(len(dates) == 2 for dates in days.values()) > 3
    assert max(len(dates) for dates in days.values()) == 2


def test_people_return_and_few_ask_most(sample: Sample) -> None:
    rows = list(sample.readings["interactions"].latest.values())
    users = Counter(r["user_id"] for r in rows if r.get("user_id"))
    assert 0.20 < 1 - users.total() / len(rows) < 0.30
    assert any("user_id" not in r for r in rows)
    assert any("user_id" in r and not r["user_id"] for r in rows)
    top = sum(n for _, n in users.most_common(len(users) // 10))
    assert top > 0.3 * users.total()
    days = {(r["user_id"], r["timestamp"].date()) for r in rows if r.get("user_id")}
    assert len(days) > 1.5 * len(users)


def test_queries_have_favourites_and_a_long_tail(sample: Sample) -> None:
    rows = sample.readings["interactions"].latest.values()
    queries = Counter(re.sub(r"[\s?？。！]+", " ", r["query"].lower()).strip() for r in rows)
    assert len(queries) > 1500
    assert sum(n for _, n in queries.most_common(20)) > 0.1 * queries.total()
    rated = sum(r.get("user_rating") is not None for r in rows) / len(rows)
    assert 0.12 < rated < 0.19


def test_response_times_differ_by_type_and_are_skewed(sample: Sample) -> None:
    times: dict[str | None, list[float]] = {}
    for record in sample.readings["interactions"].latest.values():
        if record["response_time"] is not None:
            times.setdefault(record.get("query_type"), []).append(record["response_time"])
    assert median(times["data"]) > median(times["technical"]) > median(times["fun"])
    assert mean(times["data"]) > 1.1 * median(times["data"])


def test_later_calls_say_what_they_used_and_cost(sample: Sample) -> None:
    rows = list(sample.readings["interactions"].latest.values())
    began = date(2026, 1, 1) + timedelta(days=METERED_FROM)
    told = [r for r in rows if "model" in r]
    assert min(r["timestamp"].date() for r in told) == began
    assert 0.85 < len(told) / sum(r["timestamp"].date() >= began for r in rows) < 0.95
    assert len({(r["provider"], r["model"]) for r in told}) == 4
    for row in told:
        assert 0 <= row["cached_input_tokens"] <= row["input_tokens"]
        assert 0 <= row["reasoning_tokens"] <= row["output_tokens"]
        assert row["cost_usd"] > 0 or row["cost_usd"] == -1
        assert ("error_type" in row) == (not row["success"])
    assert len({r["trace_id"] for r in told}) == len(told)
    timed = [r for r in told if "time_to_first_token" in r]
    # A correction may change how long an answer took, and a fault that it took less than nothing.
    early = sum(r["time_to_first_token"] <= r["response_time"] for r in timed)
    assert early > 0.98 * len(timed) > 100
    untimed = [r for r in rows if r["response_time"] is None]
    assert untimed
    assert not any(r["success"] for r in untimed)
    for name in ("user_role", "query_type"):
        assert 0 < sum(not r.get(name) for r in rows) < 0.02 * len(rows)


def test_metrics_cover_every_five_minutes_and_spike(sample: Sample) -> None:
    series: dict[tuple[str, str], list[float]] = {}
    for record in sample.readings["system_metrics"].latest.values():
        if record["metric_value"] >= 0:
            key = record["metric_name"], record["component"]
            series.setdefault(key, []).append(record["metric_value"])
    assert {name for name, _ in series} == {
        "response_time", "success_rate", "database_size", "concurrent_sessions", "error_rate",
        "build_duration",
    }  # fmt: skip
    assert all(len(values) > 0.97 * 14 * 288 for values in series.values())
    slow = series["response_time", "llm_gateway"]
    assert max(slow) > 4 * median(slow)
    assert all(v <= 1 for key, vs in series.items() if "rate" in key[0] for v in vs)
