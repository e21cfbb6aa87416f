"""Why a sealed file or a key cannot be used."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError


class DamagedFile(GranaryError):
    """A sealed file is missing, truncated or altered."""


class WrongKey(GranaryError):
    """None of the given identities decrypts the file."""

    exit_code = 3


class SigningKeyError(ConfigurationError):
    """There is no usable signing or public key."""
