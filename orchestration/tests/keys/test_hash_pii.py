"""`hash_pii` gives what Python's hmac gives, for any text and any key, on both engines."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.core.errors import ConfigurationError
from orchestration.secrecy.pseudonyms import domains, pads, pseudonym
from orchestration.tests.keys.conftest import Hashing
from orchestration.tests.workspace import KEY, Workspace

KEY_BYTES = bytes.fromhex(KEY)
# PostgreSQL stores no NUL; a lone surrogate has no UTF-8.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
FOLDED = st.text(st.sampled_from(" \t\n\r\u00a0\u3000\vAaZzÄäİıßẞΣ.@é")) | TEXTS
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# RFC 4231, section 4: key, data, HMAC-SHA-256 (test case 5 gives its first 128 bits only).
RFC_4231 = {
    1: (
        "0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    2: (
        "4a656665",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    3: (
        "aa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    4: (
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    5: ("0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    6: (
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    7: (
        "aa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}


def reference(value: str, domain: str = "user", key: bytes = KEY_BYTES) -> UUID:
    """The definition, from the standard library alone."""
    digest = hmac.new(key, f"{domain}:{value}".encode(), hashlib.sha256).digest()
    return UUID(bytes=digest[:16])


@QUICK
@given(values=st.lists(TEXTS | st.none(), min_size=1, max_size=20))
def test_users_hash_as_in_python_and_null_stays_null(
    hashing: Hashing, values: list[str | None]
) -> None:
    expected = [None if value is None else reference(value) for value in values]
    assert hashing.user(values) == expected
    assert [pseudonym(KEY_BYTES, value, "user") for value in values] == expected


@QUICK
@given(values=st.lists(FOLDED, min_size=1, max_size=20))
def test_emails_hash_as_in_python(hashing: Hashing, values: list[str]) -> None:
    assert hashing.email(values) == [pseudonym(KEY_BYTES, value, "email") for value in values]


@QUICK
@given(key=st.binary(min_size=32, max_size=32), value=TEXTS)
def test_every_key_gives_python_s_digest(hashing: Hashing, key: bytes, value: str) -> None:
    assert hashing.user([value], key) == [reference(value, key=key)]


def test_nul_is_hashed_on_duckdb(hashing: Hashing) -> None:
    if hashing.engine == "postgres":
        pytest.skip("PostgreSQL text holds no NUL")
    values = ["\0", "a\0b", "\0\0"]
    assert hashing.user(values) == [reference(value) for value in values]


def test_case_and_blanks_matter_only_where_the_domain_says(hashing: Hashing) -> None:
    same = ["ann@example.com", " Ann@Example.COM\r\n", "\tANN@EXAMPLE.COM "]
    assert hashing.email(same) == [reference("ann@example.com", "email")] * 3
    assert len(set(hashing.user(same))) == 3
    # ASCII only: other letters and blanks are part of the value.
    other = ["É@example.com", "é@example.com", "\u00a0é@example.com", "\u3000é@example.com"]
    assert len(set(hashing.email(other))) == 4
    # Blanks inside are part of the value as well.
    assert len(set(hashing.email(["a b", "ab", "a  b"]))) == 3


def test_domains_are_apart(hashing: Hashing) -> None:
    assert hashing.user(["ann"]) != hashing.email(["ann"])
    assert hashing.user([""]) == [reference("")]


@pytest.mark.parametrize("case", RFC_4231)
def test_pads_give_the_digests_of_rfc_4231(case: int) -> None:
    key, data, expected = RFC_4231[case]
    inner, outer = pads(bytes.fromhex(key))
    assert len(inner) == len(outer) == 64
    digest = hashlib.sha256(outer + hashlib.sha256(inner + data).digest()).hexdigest()
    assert digest[: len(expected)] == expected


@pytest.mark.parametrize("case", [1, 2, 5])
def test_engines_give_the_digests_of_rfc_4231(hashing: Hashing, case: int) -> None:
    """Cases with a text as data and a key that fits; HMAC fills a short key with zeros."""
    key, data, expected = RFC_4231[case]
    padded = bytes.fromhex(key).ljust(32, b"\0")
    assert hashing.plain([data.decode()], padded) == [UUID(expected[:32])]


def test_every_declared_domain_says_whether_it_folds() -> None:
    assert {"user", "session", "email"} <= set(domains())
    assert all(set(domain) == {"fold"} for domain in domains().values())


def test_unknown_domain_is_refused(
    duckdb_workspace: Workspace, capfd: pytest.CaptureFixture[str]
) -> None:
    query = "select {{ hash_pii('value', 'usr') }}"
    result = duckdb_workspace.dbt("compile", "--inline", query, "--log-level", "error")
    assert not result.success
    assert "hash_pii: domain 'usr' is not among pseudonym_domains" in capfd.readouterr().out
    with pytest.raises(ConfigurationError, match="'usr' is not in dbt_project"):
        pseudonym(KEY_BYTES, "ann", "usr")
