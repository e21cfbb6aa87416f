"""age keys of backups.

Recipients are public keys and encrypt; identities are private keys and decrypt. The machine that
writes backups holds recipients only, so whoever takes it over cannot read them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pyrage

from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings

Recipient: TypeAlias = pyrage.x25519.Recipient
Identity: TypeAlias = pyrage.x25519.Identity


def read_recipients(settings: Settings) -> list[str]:
    """Return the public keys (`age1...`) that backups are encrypted for, in order, without repeats.

    Raises:
        ConfigurationError: there is none, or one is malformed.
    """
    if settings.backup_recipients:
        lines, origin = re.split(r"[,\s]+", settings.backup_recipients), "GRANARY_BACKUP_RECIPIENTS"
    else:
        path = settings.backup_recipients_path
        if not path.is_file():
            raise ConfigurationError(
                "no recipient for backups: make a key pair on a machine that holds no warehouse "
                "(granary backup keygen --out backup.key) and set GRANARY_BACKUP_RECIPIENTS to its "
                f"public key, or put that into {path}"
            )
        lines, origin = path.read_text("utf-8").splitlines(), str(path)
    return checked_recipients(lines, origin)


def checked_recipients(lines: Sequence[str], origin: str) -> list[str]:
    """Return the recipients in some lines, skipping comments (`#`) and blank lines.

    Args:
        origin: where the lines come from, for messages.

    Raises:
        ConfigurationError: there is none, one is malformed, or a private key is among them.
    """
    found: dict[str, None] = {}
    for line in filter(None, (line.strip() for line in lines)):
        if line.startswith("AGE-SECRET-KEY-"):
            raise ConfigurationError(
                f"{origin} holds a private key; only its public key (age1...) belongs on the "
                "machine that writes backups"
            )
        if not line.startswith("#"):
            parse_recipients([line], origin)
            found[line] = None
    if not found:
        raise ConfigurationError(f"{origin} names no recipient (age1...)")
    return list(found)


def parse_recipients(texts: Sequence[str], origin: str = "the manifest") -> list[Recipient]:
    """Parse public keys for encryption.

    Raises:
        ConfigurationError: one is malformed.
    """
    try:
        return [Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError:
        raise ConfigurationError(f"a recipient in {origin} is not an age public key") from None


def read_identities(settings: Settings, path: Path | None = None) -> list[Identity]:
    """Read private keys from a file, by default the one that GRANARY_BACKUP_IDENTITY_FILE names.

    Raises:
        ConfigurationError: no file is named, or it holds no readable private key.
    """
    path = path or settings.backup_identity_file
    if path is None:
        raise ConfigurationError(
            "this needs the private key of the backups: name its file with --identity or "
            "GRANARY_BACKUP_IDENTITY_FILE"
        )
    try:
        lines = path.read_text("utf-8").split()
        found = [Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY-")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise ConfigurationError(f"no private key can be read from {path}") from None
    if not found:
        raise ConfigurationError(f"{path} holds no private key (AGE-SECRET-KEY-...)")
    return found


def write_identity(path: Path) -> str:
    """Generate a private key into a new file (mode 0600) and return its public key.

    Raises:
        ConfigurationError: the file exists or cannot be written.
    """
    identity = Identity.generate()
    recipient = str(identity.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    with open(handle, "w", encoding="utf-8") as file:
        file.write(f"# public key: {recipient}\n{identity}\n")
        # Backups may be encrypted for this key right away, so it must survive a power cut.
        file.flush()
        os.fsync(file.fileno())
    return recipient
