"""What is redacted, what stays, and that both engines say the same."""

import json
import re
import threading
from pathlib import Path
from random import Random

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.tests.privacy.conftest import Redact
from orchestration.tests.privacy.first_is_longest import counterexample, some_match
from orchestration.tests.privacy.render import MacroError, macros, render_macro
from orchestration.tests.privacy.score import redact, score

EMAIL, SSN, PHONE = "[REDACTED-EMAIL]", "[REDACTED-SSN]", "[REDACTED-PHONE]"
CARD, IP = "[REDACTED-CREDIT-CARD]", "[REDACTED-IP-ADDRESS]"
BIRTH, ADDRESS = "[REDACTED-DATE-OF-BIRTH]", "[REDACTED-ADDRESS]"

# A text with its PII in «», and what that becomes; several in order.
REDACTED = [
    ("Write to «john.doe+tag@company.co.uk» please.", EMAIL),
    ("(«a@b.co»), «JANE@EXAMPLE.ORG»", EMAIL, EMAIL),
    ("«ann@mail.365.example.com», «bob@x.0.Main»", EMAIL, EMAIL),
    ("Meet me at «the corner of Oak and Elm» now", ADDRESS),
    ("«12a Rue Verte 5b»", ADDRESS),
    ("メールは«taro@example.co.jp»です", EMAIL),
    ("josé: «josé@correo.es»", EMAIL),
    ("«john@acme.com»«123-45-6789»", EMAIL, SSN),
    ('{"ssn":"«222-33-4444»"}', SSN),
    ("My social security number is «109.99.6000»", SSN),
    ("my SSN: «109 99 6000»", SSN),
    ("ends in «XXX-XX-2409»", SSN),
    ("Call «555-123-4567» or «(555) 444-9999» now", PHONE, PHONE),
    ("«555-123-4567» «555-123-4568»", PHONE, PHONE),
    ("London «+44 20 7946 0958», Bern «+41 (0)96 471 07 95».", PHONE, PHONE),
    ("Phone:\n«60-56-85-91»\nFax: «9498777106»", PHONE, PHONE),
    ("call me at «0494 92 82 32» please", PHONE),
    ("TEL:«03-1234-5678» «03-1234-5679»", PHONE, PHONE),
    ("電話は«０３－１２３４－５６７８»です", PHONE),
    ("携帯«090-1234-5678»まで", PHONE),
    ("«09012345678»に«+81-90-1234-5678»から", PHONE, PHONE),
    ("電話: «03(1234)5678»、«0120-234-567»", PHONE, PHONE),
    ("電話番号 «0312345678»", PHONE),
    ("Pay with «4111111111111111» or «5500 0000 0000 0004».", CARD, CARD),
    ("amex «3782-822463-10005», 13 digits «4222222222222»", CARD, CARD),
    ("カード«4111-1111-1111-1111»で", CARD),
    ("from «1.2.3.4» to «10.0.0.0/8» via http://«192.168.1.1»:8080/", IP, IP, IP),
    (
        "v6 «2001:db8::1», «6e40:4041:c617:e898:c11:40d2:c669:2eb4» and «::ffff:10.0.0.1».",
        IP,
        IP,
        IP,
    ),
    ("She was born on «2/8/1935».", BIRTH),
    ("I was born «15th June 1991», DOB «March 15, 1989»", BIRTH, BIRTH),
    ("«1985-01-01» is my birthday", BIRTH),
    ("«1985年1月2日»生まれ、生年月日:«昭和60年1月2日»", BIRTH, BIRTH),
    ("I live at «12 Main Street, Springfield» now", ADDRESS),
    ("ship to «6750 Oak Hill Drive Apt. 864\nArtilleros\n, CO\n Uruguay 64677»", ADDRESS),
    ("Meet me at «PSC 1437, Box 3833\nAPO AA 66791»", ADDRESS),
    ("to «P.O. Box 149»", ADDRESS),
    ("meet me at «12 baker street» or «221B Baker Street»", ADDRESS, ADDRESS),
]

KEPT = [
    "She lives in 3 different countries, I lived in 2 cities",
    "The phone has 128 256 512 GB, tel. exchange 2023-2024",
    "About 20 percent of Main Street businesses closed; 2 dogs and 3 cats at 5 Court",
    "The 5 Best Places to Drive in 2024, chapter 12: The Road Not Taken, 1916",
    "",
    " ",
    "no digits at all",
    "What are the top 10 ways to learn Python 3.12 in 2024?",
    "Release v2026.2.9 fixed it, v10.2.3.400 and v1.2.3.4 did not; 1.2.3.4.5, 1.2.3 or 256.1.1.1",
    "The book ISBN is 978-3-16-148410-0",
    "Part number: 555-123-4567-A, SKU-555-123-4567",
    "Build id 0x7f00ff00, commit 5f1d0e9a3b7c4d2e8f6a1b0c9d8e7f6a5b4c3d2e",
    "Trace id 550e8400-e29b-41d4-a716-446655440000",
    "Order 12345678901 of 2024-01-15 costs 1,234.50",
    "2024-01-15T10:30:45.123Z and 2024/01/15 10:30:45, 12:30:45 UTC",
    "call me on 2024-01-15",
    "4111111111111112 and 1234567890123456 fail Luhn or start wrong",
    "at 1609459200000 ms",
    "Invalid SSN 000-12-3456 and 666-12-3456",
    "a::b, std::vector, x[1:2], 12:30",
    "@user, a@b, x @ y",
    "The meeting is on 03/15/1989",
    "born in 1985, the 3rd of 4 children",
    "$12.50 for 3 of 4 items",
    "I need 3 Great Ways to cook 12 eggs",
    "10 miles down the road",
    "Windows 11, Office 365",
    "SELECT a.id, 12 FROM t WHERE x = 10",
    "リビジョン 2024-123456-7 をデプロイ",
    "id: 0312345678",
    "更新日: 2024/04/01",
    "口座番号: 1234567",
    "090/1234/5678",
    "価格は1,234,567円です",
    "00-1234-5678",
    "電話番号: 10312345678",
    "電話: 07.1234.5678",
    "[REDACTED-EMAIL] [REDACTED-ADDRESS]",
]

PIECES = [
    "4111 1111 1111 1111", "555-123-4567", "5551234567", "+81", "1.2.3.4", "fe80::1", "born",
    " is my birth", "12 ", "Main ", "St", "Street", " Apt. 5", ", ", "\n", "-", "/", ".", "(",
    ")", "x12", "[", "]", "SSN ", "109 ", "99 ", "6000", "0", "9", "１", "－", "ー", "電話",
    "phone ", " fax", "A", "é", "日", "\ufdd0", "\ufdd1", "\ufdd2", "\u0130", "\u212a",
    "\u00a0", "Box 7", "Unit ", "the corner of ", " and ",
]  # fmt: skip

# What patterns mark candidates with, and NUL, which PostgreSQL does not take.
MARKS = dict.fromkeys([0, *range(0xFDD0, 0xFDD3)])
MATCHES_A_PATTERN = 200

FRAGMENTS = [*(re.sub("[«»]", "", text) for text, *_ in REDACTED), *KEPT, *PIECES]

texts = st.lists(
    st.one_of(
        st.sampled_from(FRAGMENTS),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
        st.text("0123456789-. ()/:+@xABab[]", max_size=12),
    ),
    max_size=8,
).map("".join)


def _expected(text: str, placeholders: list[str]) -> str:
    for placeholder in placeholders:
        text = re.sub("«[^»]*»", placeholder, text, count=1)
    return text


def test_pii_is_replaced_and_all_else_stays(redact_on: Redact) -> None:
    plain = [text.replace("«", "").replace("»", "") for text, *_ in REDACTED]
    wanted = [_expected(text, placeholders) for text, *placeholders in REDACTED]
    assert redact_on(plain) == wanted


def test_numbers_that_are_no_pii_stay(redact_on: Redact) -> None:
    assert redact_on(KEPT) == KEPT


def test_null_stays_null(redact_on: Redact) -> None:
    assert redact_on([None, "a@b.co", None]) == [None, EMAIL, None]


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "6011000990139424"])
def test_of_ten_last_digits_luhn_admits_one(redact_on: Redact, number: str) -> None:
    changed = [number[:-1] + str(digit) for digit in range(10)]
    found = [text for text, after in zip(changed, redact_on(changed), strict=True) if after == CARD]
    assert found == [number]


@pytest.mark.long
def test_the_first_match_of_every_pattern_is_its_longest() -> None:
    assert counterexample("a|ab") == "ab"
    groups = macros("duckdb")["pii_patterns"]()
    patterns = [step["find"] for group in groups for step in group["steps"] if "find" in step]
    assert len(patterns) > 20
    assert {pattern: counterexample(pattern) for pattern in patterns} == dict.fromkeys(patterns)


@settings(max_examples=10, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(texts, min_size=50, max_size=150))
def test_any_text_comes_out_the_same_on_both_engines_and_twice_is_once(
    redact_postgres: Redact, samples: list[str]
) -> None:
    once = redact(samples)
    assert redact_postgres(samples) == once
    assert redact(once) == once


def test_public_texts_come_out_the_same_on_both_engines(
    shared_data: Path, redact_postgres: Redact
) -> None:
    rows = [*_lines(shared_data / "pii/en_dev.jsonl"), *_lines(shared_data / "pii/ja_dev.jsonl")]
    naughty = json.loads((shared_data / "nasty/blns.json").read_text(encoding="utf-8"))
    samples = [row["text"] for row in rows] + [text for text in naughty if "\0" not in text]
    once = redact(samples)
    assert len(once) > 2000
    assert redact_postgres(samples) == once
    assert redact(once) == once


@pytest.mark.long
def test_the_prefilter_rejects_only_what_the_patterns_leave(shared_data: Path) -> None:
    samples = [row["text"] for row in _lines(shared_data / "pii/en_dev.jsonl")] + FRAGMENTS
    expression = "translate(content, '\ufdd0\ufdd1\ufdd2', '')"
    for group in macros("duckdb")["pii_patterns"]():
        for step in group["steps"]:
            expression = macros("duckdb")["pii_step"](expression, step)
    query = f"select {expression} from (select unnest($1::varchar[]) as content)"
    with duckdb.connect() as connection:
        found = [row[0] for row in connection.execute(query, [samples]).fetchall()]
    assert [(text or "").translate(MARKS) for text in redact(samples)] == found


@pytest.mark.long
def test_what_a_group_needs_is_in_whatever_its_patterns_match() -> None:
    """Or the engines differ, and PII stays: PostgreSQL asks group by group, DuckDB for any."""
    random, render = Random(1), macros("duckdb")["pii_step"]
    neighbours = ["", " ", "a", ". ", "]"]
    for group in macros("duckdb")["pii_patterns"]():
        patterns = [step["find"] for step in group["steps"] if "find" in step]
        samples, expression = [], "content"
        for pattern in patterns * MATCHES_A_PATTERN:
            # Many a pattern finds what another has marked: a date after "born".
            parts = [pattern, *random.sample(patterns, random.randint(0, 1))]
            text = "".join(some_match(part, random) for part in parts).translate(MARKS)
            samples.append(f"{random.choice(neighbours)}{text}{random.choice(neighbours)}")
        for step in group["steps"]:
            expression = render(expression, step)
        with duckdb.connect() as engine:
            changed = engine.execute(
                f"select content, regexp_matches(content, $2) from (select unnest($1) as content) "
                f"where {expression} <> content",
                [samples, group["needs"]],
            ).fetchall()
        assert len(changed) > 10
        assert [text for text, passes in changed if not passes] == []


def test_english_texts_score_above_the_targets(shared_data: Path) -> None:
    scores = score([shared_data / "pii/en_dev.jsonl"])
    floors = {"email": 0.98, "ssn": 0.92, "phone": 0.9, "credit_card": 0.95, "ip_address": 0.98,
        "date_of_birth": 0.95, "address": 0.9, "micro": 0.95}  # fmt: skip
    assert {name for name, floor in floors.items() if scores[name].f1 < floor} == set()


def test_japanese_phones_are_found_without_false_alarms(shared_data: Path) -> None:
    rows = _lines(shared_data / "pii/ja_dev.jsonl")
    found = [PHONE in (text or "") for text in redact([row["text"] for row in rows])]
    assert found == ["phone" in row["want_types"] for row in rows]


def test_two_sessions_may_set_up_at_once(redaction_database: dict[str, str]) -> None:
    statement = render_macro("create_redaction_functions", "postgres")
    failures: list[Exception] = []

    def set_up() -> None:
        try:
            with psycopg.connect(
                host=redaction_database["PGHOST"],
                user=redaction_database["PGUSER"],
                dbname=redaction_database["PGDATABASE"],
            ) as connection:
                for _ in range(5):
                    connection.execute(statement)
                    connection.commit()
        except psycopg.Error as error:
            failures.append(error)

    sessions = [threading.Thread(target=set_up) for _ in range(4)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert failures == []


def test_another_engine_is_refused_by_name() -> None:
    with pytest.raises(MacroError, match="create_redaction_functions is not written for oracle"):
        render_macro("create_redaction_functions", "oracle")


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
