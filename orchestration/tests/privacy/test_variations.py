"""Every format in every surrounding; what only looks like it; twice is once."""

import re
from collections.abc import Sequence
from random import Random

import duckdb
import pytest

from orchestration.tests.privacy.conftest import Redact
from orchestration.tests.privacy.render import macros, render_macro
from orchestration.tests.privacy.score import redact
from orchestration.tests.privacy.variations import (
    CARD,
    LOOK_ALIKES,
    Case,
    card_number,
    everything,
    luhn_digit,
)

GLUE = ["", " ", "-", "/", ".", ":", "[", "]", "(", ")", "（", "）", "\n", ",", "@", "+", '"',
"x", "é",
    "日", "・", "～", "5", "１", "\u00a0", "〒", "区", "番", "の", "生", "A", "to ", "from ",
    "version ",
    "v", "IP ", "card ", "SSN ", " is my birth", "born ", "St", "Street ", "Court", "Main ",
    "Apt. ",
    "*", "X", "::", "%40", "電話", "Box 7", "\ufdd0", "\ufdd2"]  # fmt: skip
TEXTS = 20_000
# PostgreSQL takes milliseconds for a text full of numbers.
TEXTS_ON_POSTGRES = 1_500


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_every_format_is_found_in_every_surrounding(seed: int) -> None:
    cases = list(everything(seed))
    assert len(cases) > 10_000
    assert _wrong(redact, cases) == []


def test_postgres_finds_the_formats_too(redact_postgres: Redact) -> None:
    assert _wrong(redact_postgres, Random(1).sample(list(everything(5)), TEXTS_ON_POSTGRES)) == []


def _wrong(redact: Redact, cases: list[Case]) -> list[tuple[str, str | None]]:
    wanted = [re.sub("«[^»]*»", placeholder, text) for text, placeholder in cases]
    found = redact([re.sub("[«»]", "", text) for text, _ in cases])
    return [(text, f) for (text, _), f, w in zip(cases, found, wanted, strict=True) if f != w]


def test_what_looks_like_personal_data_stays(redact_on: Redact) -> None:
    assert redact_on(LOOK_ALIKES) == LOOK_ALIKES


def test_identifiers_that_pass_luhn_by_chance_stay(redact_on: Redact) -> None:
    """Numbers of 14 to 19 digits that begin as identifiers do: times, posts, devices."""
    random = Random(7)
    numbers = []
    for first, length in (("17", 19), ("13", 18), ("16", 17), ("20", 14), ("2024", 17), ("35",
        15),
                          ("86", 15), ("1", 16), ("9", 16), ("7", 18), ("4", 17), ("5",
                          19)):  # fmt: skip
        for _ in range(50):
            body = first + "".join(random.choices("0123456789", k=length - 1 - len(first)))
            numbers.append(f"id {body}{luhn_digit(body)} ok")
    assert redact_on(numbers) == numbers


def test_a_word_for_a_card_is_enough_for_any_length(redact_on: Redact) -> None:
    numbers = [card_number(Random(n), "5018", 12 + n % 8) for n in range(40)]
    found = redact_on([f"my card {number}." for number in numbers])
    assert found == [f"my card {CARD}."] * len(numbers)


@pytest.mark.long
def test_columns_of_a_row_are_redacted_as_one_by_one() -> None:
    random = Random()  # other texts every time
    pieces = [re.sub("[«»]", "", text) for text, _ in random.sample(list(everything(3)), 600)]
    texts: list[str | None] = [*_random_texts(random, pieces + LOOK_ALIKES)]
    for place in random.sample(range(TEXTS), TEXTS // 3):
        texts[place] = random.choice([None, "", "\n", "[", "]", *LOOK_ALIKES])
    names = ("a", "b", "c", "d")
    rows = [texts[i : i + len(names)] for i in range(0, TEXTS, len(names))]
    columns = {f"clean_{name}": f"texts[{place}]" for place, name in enumerate(names, start=1)}
    redacted = macros("duckdb")["redact_columns"]("given", columns)
    with duckdb.connect() as engine:
        engine.execute(render_macro("create_redaction_functions", "duckdb"))
        engine.execute("create table given (place integer, texts varchar[])")
        engine.execute(
            "insert into given select generate_subscripts($1, 1), unnest($1::varchar[][])", [rows]
        )
        asked = f"select {', '.join(columns)} from ({redacted}) order by place"
        found = [text for row in engine.execute(asked).fetchall() for text in row]
    assert [(t, f, r) for t, f, r in zip(texts, found, redact(texts), strict=True) if f != r] == []
    assert sum(t != f for t, f in zip(texts, found, strict=True)) > TEXTS // 3


def _random_texts(random: Random, pieces: Sequence[str]) -> list[str]:
    texts = []
    for _ in range(TEXTS):
        text = ""
        for _ in range(random.randint(2, 8)):
            piece = random.choice(pieces if random.random() < 0.5 else GLUE)
            cut = random.randint(0, len(piece)) if random.random() < 0.2 else 0
            text += piece[cut:]
        texts.append(text)
    return texts


def test_what_one_type_takes_frees_nothing_for_another(redact_on: Redact) -> None:
    """Texts of which the second time took more than the first."""
    born, ip, address = "[REDACTED-DATE-OF-BIRTH]", "[REDACTED-IP-ADDRESS]", "[REDACTED-ADDRESS]"
    taken = {
        "平成元年1月8日生1976年1月17日 生まれ": f"{born}生{born} 生まれ",
        "平成元年1月8日生徒": "平成元年1月8日生徒",
        'Address: 12 rue de la Paix, 75002 Paris.AssemblyVersion("120.0.100.1")':
            f'Address: {address}("{ip}")',
        "Birthday=1976-01-17 08:30:25.100.122.148": f"Birthday={born} 08:30:{ip}",
        "Birthday=1976-01-17 08:30:25.100": f"Birthday={born}",
    }  # fmt: skip
    assert dict(zip(taken, redact_on(list(taken)), strict=True)) == taken
    assert redact_on(list(taken.values())) == list(taken.values())


def test_twice_is_once_and_both_engines_agree(redact_postgres: Redact) -> None:
    random = Random()  # other texts every time
    pieces = [re.sub("[«»]", "", text) for text, _ in random.sample(list(everything(3)), 600)]
    samples = _random_texts(random, pieces + LOOK_ALIKES)
    once = redact(samples)
    assert [s for s, a, b in zip(samples, once, redact(once), strict=True) if a != b] == []
    some = slice(TEXTS_ON_POSTGRES)
    assert redact_postgres(samples[some]) == once[some]
    assert redact_postgres(once[some]) == once[some]
