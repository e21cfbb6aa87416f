"""Sign compliance bundles with an Ed25519 key (RFC 8032).

Keys are PEM files, so that `openssl` can create, show and verify with them, too.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from orchestration.core.files import place, unfinished
from orchestration.core.settings import Settings
from orchestration.secrecy.errors import SigningKeyError

ALGORITHM = "Ed25519"
MAKE = "openssl genpkey -algorithm ed25519 -out FILE"


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the configured key, or else the state folder's own, created on first use.

    Raises:
        SigningKeyError: the file is missing, or holds no Ed25519 private key.
    """
    path = settings.export_signing_key_file
    if path is None:
        path = settings.root / "keys" / "export_signing.key"
        if not path.exists():
            _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError:
        raise SigningKeyError(
            f"{path} cannot be read: make it ({MAKE}), or correct GRANARY_EXPORT_SIGNING_KEY_FILE"
        ) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{path} holds no plain Ed25519 private key in PEM: {MAKE}")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = unfinished(path)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    try:
        with open(beside, "xb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        place(beside, path)
    except FileExistsError:
        return  # another export created the key meanwhile: use that one
    finally:
        beside.unlink(missing_ok=True)


def public_pem(key: Ed25519PublicKey) -> bytes:
    """Return a public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the key as DER, hexadecimal, with `sha256:` before it.

    The same as `openssl pkey -pubin -in FILE -outform DER | sha256sum`.
    """
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def public_key_of(pem: bytes) -> Ed25519PublicKey | None:
    """Parse an Ed25519 public key from PEM; None if it holds none."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read an Ed25519 public key from a PEM file.

    Raises:
        SigningKeyError: the file cannot be read, or holds no Ed25519 public key.
    """
    try:
        key = public_key_of(path.read_bytes())
    except OSError:
        key = None
    if key is None:
        raise SigningKeyError(
            f"{path} holds no Ed25519 public key in PEM: take public_key.pem of a bundle you "
            f"trust, or ask its sender for it"
        )
    return key


def is_signed_by(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether `signature` is the key's signature over exactly this content."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
