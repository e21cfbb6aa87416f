"""Japan's individual numbers and IBANs, made at run time, on both engines."""

from __future__ import annotations

from random import Random

import pytest

from orchestration.tests.privacy.conftest import Redact
from orchestration.tests.privacy.first_is_longest import counterexample
from orchestration.tests.privacy.render import macros
from orchestration.tests.privacy.score import redact

MY_NUMBER, IBAN = "[REDACTED-MY-NUMBER]", "[REDACTED-IBAN]"
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NARROW = str.maketrans("０１２３４５６７８９", "0123456789")
# Blanks and dashes of many keyboards.
BETWEEN = " \u00a0\u2009\u202f\u3000-‐‑‒–—−－"
# Country and the form of what follows its two check digits, from SWIFT's registry.
FORMS = {
    "DE": "n" * 18,
    "GB": "aaaa" + "n" * 14,
    "FR": "n" * 10 + "c" * 11 + "nn",
    "NL": "aaaa" + "n" * 10,
    "CH": "n" * 5 + "c" * 12,
    "IT": "a" + "n" * 10 + "c" * 12,
    "BE": "n" * 12,
    "NO": "n" * 11,
    "PL": "n" * 24,
    "MT": "aaaa" + "n" * 5 + "c" * 18,
}
KINDS = {
    "n": "0123456789",
    "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "c": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def my_number(random: Random) -> str:
    """Twelve digits, the last as the ordinance counts it: P_n times Q_n, n from the right."""
    body = [random.randrange(10) for _ in range(11)]
    total = sum(p * (n + 1 if n <= 6 else n - 5) for n, p in enumerate(reversed(body), 1))
    check = 0 if total % 11 <= 1 else 11 - total % 11
    return "".join(map(str, [*body, check]))


def iban(random: Random, country: str) -> str:
    """An IBAN whose check digits are right (ISO 13616: mod 97 is one)."""
    account = "".join(random.choice(KINDS[kind]) for kind in FORMS[country])
    rest = int("".join(str(int(sign, 36)) for sign in f"{account}{country}00")) % 97
    return f"{country}{98 - rest:02d}{account}"


def fours(value: str, between: str = " ") -> str:
    """In groups of four."""
    return between.join(value[i : i + 4] for i in range(0, len(value), 4))


def test_my_numbers_with_a_cue_are_found(redact_on: Redact) -> None:
    random = Random(41)
    texts = []
    for around in (
        "マイナンバーは{}です",
        "個人番号：{}",
        "My Number: {}",
        "my number is {}.",
        "{}（マイナンバー）",
        "individual number {}",
        "マイナンバー（{}）",
    ):
        for _ in range(10):
            number = my_number(random)
            for form in (number, number.translate(WIDE), *(fours(number, b) for b in BETWEEN)):
                texts.append(around.format(form))
    after = redact_on(texts)
    assert [t for t, a in zip(texts, after, strict=True) if a is None or MY_NUMBER not in a] == []


def test_of_ten_last_digits_one_is_right(redact_on: Redact) -> None:
    number = my_number(Random(43))
    texts = [f"マイナンバー {number[:-1]}{digit}" for digit in range(10)]
    found = [t for t, a in zip(texts, redact_on(texts), strict=True) if MY_NUMBER in (a or "")]
    assert found == [f"マイナンバー {number}"]


def test_other_numbers_are_no_my_numbers(redact_on: Redact) -> None:
    number = my_number(Random(47))
    texts = [f"注文 {number}", f"id {number}", f"法人番号 1{number}", f"マイナンバー 1{number}"]
    assert not [a for a in redact_on(texts) if MY_NUMBER in (a or "")]


@pytest.mark.parametrize("country", FORMS)
def test_ibans_are_found_in_every_form(redact_on: Redact, country: str) -> None:
    random = Random(53)
    value = iban(random, country)
    texts = [
        around.format(form)
        for around in (
            "{}",
            "pay to {} please",
            "({})",
            "口座は{}です",
            "IBAN: {}",
            "iban {}, thanks",
        )
        for form in (
            value,
            value.lower(),
            value.translate(WIDE),
            *(fours(value, b) for b in BETWEEN),
        )
    ]
    after = redact_on(texts)
    assert [t for t, a in zip(texts, after, strict=True) if a is None or IBAN not in a] == []
    assert not [a for a in after if a and value[-4:].lower() in a.translate(NARROW).lower()]


def test_what_is_no_iban_stays(redact_on: Redact) -> None:
    kept = [
        "DE8937040044053201300",
        "XDE89370400440532013000",
        "be12f3a4b5c6d7e8",
        "GB 12 apples",
        "model SE12345",
        "commit de89f00d3704004405320130005f1d0e9a3b7c4d",
        "IBAN is a standard",
    ]
    assert [a for a in redact_on(kept) if IBAN in (a or "")] == []


def test_twice_is_once_and_patterns_mean_the_same_on_both() -> None:
    marks = "\ufdd0", "\ufdd1", "\ufdd2"
    known = macros("duckdb")
    steps = known["pii_iban_patterns"](*marks[:2]) + known["pii_my_number_patterns"](*marks)
    patterns = [step["find"] for step in steps if "find" in step]
    assert {p: counterexample(p) for p in patterns} == dict.fromkeys(patterns)
    random = Random(59)
    texts = [f"個人番号{my_number(random)}{iban(random, 'DE')} 1" for _ in range(20)]
    once = redact(texts)
    assert redact(once) == once
