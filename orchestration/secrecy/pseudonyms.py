"""Compute keyed pseudonyms in Python, equal to those of the macro `hash_pii` in SQL."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from functools import lru_cache

from orchestration.core.errors import ConfigurationError
from orchestration.core.located import read_yaml
from orchestration.core.settings import PROJECT_DIR

BLOCK_BYTES = 64
# ASCII letters only, as in the macro fold_text: engines fold others by their locale.
_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_BLANKS = " \t\n\r"


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the inner and outer pads of HMAC-SHA-256 (RFC 2104, section 2), 64 bytes each."""
    block = (hashlib.sha256(key).digest() if len(key) > BLOCK_BYTES else key).ljust(
        BLOCK_BYTES, b"\0"
    )
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def pseudonym(key: bytes, value: str | None, domain: str) -> uuid.UUID | None:
    """Return the first 128 bits of HMAC-SHA-256 over `<domain>:<value>`; None stays None.

    Raises:
        ConfigurationError: the domain is not declared in dbt_project.yml.
    """
    if domain not in domains():
        raise ConfigurationError(f"pseudonym domain {domain!r} is not in dbt_project.yml")
    if value is None:
        return None
    if domains()[domain]["fold"]:
        value = value.strip(_BLANKS).translate(_FOLD)
    digest = hmac.new(key, f"{domain}:{value}".encode(), hashlib.sha256).digest()
    return uuid.UUID(bytes=digest[:16])


def fingerprint(key: bytes) -> uuid.UUID:
    """Return a value that tells keys apart without revealing them; the macro `check_key` agrees."""
    return uuid.UUID(bytes=hmac.digest(key, b"granary:fingerprint", "sha256")[:16])


@lru_cache
def domains() -> dict[str, dict[str, bool]]:
    """Return the declared domains; `fold` says whether a domain ignores case and outer blanks."""
    project = read_yaml(PROJECT_DIR / "dbt_project.yml")
    declared: dict[str, dict[str, bool]] = project["vars"]["pseudonym_domains"]
    return declared
