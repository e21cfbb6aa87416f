"""Credentials are found by shape and by cue, on both engines, and nearly nothing else is."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from random import Random
from string import ascii_letters

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.tests.privacy import made_secrets as made
from orchestration.tests.privacy.conftest import Redact
from orchestration.tests.privacy.score import redact

SECRET = "[REDACTED-SECRET]"
LEAST_RECALL = 0.95
MOST_CODE_CHANGED = 0.001
LINES = 40

KEPT = [
    "password: ",
    "password:",
    "password: <password>",
    "password: ${DB_PASSWORD}",
    "password: ********",
    "password = None",
    "password=getpass.getpass()",
    "password = os.environ['DB_PASSWORD']",
    'password = os.environ["DB_PASSWORD"]',
    "password: str",
    "def login(user, password=None):",
    "the password is required",
    "password is incorrect, try again",
    "Password reset is broken",
    "secret: it was raining",
    "token = tokenizer.decode(x)",
    "token = tokens[0]",
    "max_tokens=4096",
    "self.token = token",
    "api_key = config.api_key",
    "token: 151643",
    "secret santa 2024",
    "from sk-learn import x",
    "class sk-toggle__control-1",
    "a desk-top risk-assessment-2024",
    "commit 5f1d0e9a3b7c4d2e8f6a1b0c9d8e7f6a5b4c3d2e",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q",
    "https://example.com:8443/a@b",
    "postgresql://user:password@localhost/db",
    "トークン使用量の推移を見せてください",
    "パスワードは必須です",
    "パスワードを忘れました",
    "秘密は守る",
    "Bearer of bad news",
    "Bearer authentication is required",
    "Basic authentication",
    "signature = 0x08074b50",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
    "pass: 5 of 6",
    "bypass: x1y2z3",
    "PIN the 4th one",
    "private_key: PKCS7PrivateKeyTypes,",
]


def _texts(arounds: tuple[str, ...], seed: int, times: int = 1) -> list[tuple[str, str, str]]:
    """Text, credential and its kind: every shape in every surrounding."""
    random = Random(seed)
    return [
        (made.fill(around, value), value, kind)
        for kind, make in made.SHAPED.items()
        for around in arounds
        for value in (make(random) for _ in range(times))
    ]


def _cued(pairs: tuple[tuple[str, made.Make], ...], seed: int) -> list[tuple[str, str, str]]:
    random = Random(seed)
    return [
        (made.fill(around, value), value, around)
        for around, make in pairs
        for value in (make(random) for _ in range(10))
    ]


def _is_left(value: str, redacted: str | None) -> bool:
    """Whether a part of a value that would still serve is in a text."""
    text, size = redacted or "", min(len(value), 8)
    parts = {value[-size:], value[len(value) // 2 :][:size]}
    if len(value) <= 16:  # else its beginning may be a prefix, which is public
        parts.add(value[:size])
    return any(part in text for part in parts if len(part) == size)


def _recall(samples: list[tuple[str, str, str]], redact_on: Redact) -> tuple[float, set[str]]:
    after = redact_on([text for text, _, _ in samples])
    missed = [
        kind
        for (_, value, kind), text in zip(samples, after, strict=True)
        if SECRET not in (text or "") or _is_left(value, text)
    ]
    return 1 - len(missed) / len(samples), set(missed)


@pytest.mark.parametrize("arounds", [made.AROUND, made.AROUND_HELD_OUT], ids=["tried", "held out"])
def test_credentials_with_a_shape_are_found(redact_on: Redact, arounds: tuple[str, ...]) -> None:
    samples = _texts(arounds, seed=11)
    recall, missed = _recall(samples, redact_on)
    assert len(samples) > 1000
    assert recall >= LEAST_RECALL, missed


@pytest.mark.parametrize("kind", made.SHAPED)
def test_every_kind_is_found(kind: str) -> None:
    samples = [sample for sample in _texts(made.AROUND, seed=13, times=3) if sample[2] == kind]
    assert _recall(samples, redact)[0] >= LEAST_RECALL


@pytest.mark.parametrize("pairs", [made.CUED, made.CUED_HELD_OUT], ids=["tried", "held out"])
def test_values_after_a_cue_are_found(
    redact_on: Redact, pairs: tuple[tuple[str, made.Make], ...]
) -> None:
    recall, missed = _recall(_cued(pairs, seed=17), redact_on)
    assert recall >= LEAST_RECALL, missed


def test_an_aws_key_takes_its_secret_along(redact_on: Redact) -> None:
    random = Random(19)
    key = "AKIA" + made.some(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
    secret = made.some(random, made.BASE64, 40)
    texts = [f"{key} {secret}", f"{key}\n{secret}", f"id: {key}, and the rest: {secret}"]
    for text in redact_on(texts):
        assert text is not None
        assert text.count(SECRET) == 2
        assert secret not in text


def test_what_holds_no_digit_is_found_as_well(redact_on: Redact) -> None:
    random = Random(23)
    letters = made.some(random, ascii_letters, 40)
    word = made.plain_password(random)
    texts = [
        "hf" + f"_{letters}",
        f"password: {word}",
        f"'passwd': '{word}'",
        f"curl -u bob:{word} x",
        f"PWD: {word}",
        f"パスワード：{word}",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        f"DB_PASS={letters}!",
    ]
    for before, text in zip(texts, redact_on(texts), strict=True):
        assert SECRET in (text or ""), before


def test_what_is_no_credential_stays(redact_on: Redact) -> None:
    assert redact_on(KEPT) == KEPT


def test_code_stays() -> None:
    """Python's own library, in pieces: a few show passwords of examples."""
    files = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-z]*.py"))
    pieces: list[str | None] = []
    for file in files:
        lines = file.read_text("utf-8", errors="replace").splitlines()
        pieces += ["\n".join(lines[i : i + LINES]) for i in range(0, len(lines), LINES)]
    assert len(pieces) > 1000
    changed = [text for text in redact(pieces) if SECRET in (text or "")]
    assert len(changed) / len(pieces) <= MOST_CODE_CHANGED


_RANDOM = Random(29)
_PIECES = [
    *(text for text, *_ in _texts(made.AROUND[:2], seed=29)),
    *(text for text, *_ in _cued(made.CUED + made.CUED_HELD_OUT, seed=31)[::10]),
    *KEPT,
    "password",
    ": ",
    "=",
    '"',
    "`",
    "\\",
    "\n",
    "[",
    "]",
    "(",
    " is ",
    "は",
    "です",
    "://",
    "@",
    "a@b.co",
    "090-1234-5678",
    "12 Main Street",
    "AKIA",
    "token ",
    "-----",
    "Bearer ",
    "sk-",
    ".",
    "ａ１",
    "x1",
    "\ufdd0",
    "\ufdd1",
    "\ufdd2",
]
_mixed = st.lists(
    st.sampled_from(_PIECES) | st.text("aA0é_-:=.\"'` [](){}<>@/は１", max_size=8), max_size=6
).map("".join)


@settings(max_examples=10, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_mixed, min_size=30, max_size=80))
def test_secrets_come_out_the_same_on_both_engines_and_twice_is_once(
    redact_postgres: Redact, samples: list[str]
) -> None:
    once = redact(samples)
    assert redact_postgres(samples) == once
    assert redact(once) == once


def test_no_made_credential_stands_in_a_file() -> None:
    """The makers join prefix and characters at run time; what scanners look for is in no file."""
    shapes = re.compile(
        r"sk-[A-Za-z0-9]{20}|gh[pousr]_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16}|xox[bp]-[0-9]{6}"
    )
    for file in (Path(made.__file__), Path(__file__)):
        assert shapes.search(file.read_text("utf-8")) is None
