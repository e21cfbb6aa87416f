"""Why a sealed file or a key cannot be used, each with what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError


class DamagedFile(GranaryError):
    """A sealed file is missing, cut off or changed."""


class WrongKey(GranaryError):
    """No identity that was given opens the file."""

    exit_code = 3


class SigningKeyError(ConfigurationError):
    """There is no usable signing or public key."""
