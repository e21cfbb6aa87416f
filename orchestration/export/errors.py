"""Why there is no export, or why one cannot be trusted, each with what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError

UNPUBLISHED = "nothing is published yet: run `granary build` and `granary publish` first"


class ExportError(GranaryError):
    """The export cannot be made or written."""


class WrongRequest(ExportError):
    """What was asked for does not exist or contradicts itself."""

    exit_code = 2


class NothingPublished(ExportError):
    """There are no published marts, or not those of the report."""


class NoRows(ExportError):
    """The period holds no rows."""


class ColumnRefused(ConfigurationError):
    """A column must not leave the warehouse: of a class that is not exported, or undescribed."""


class SigningKeyError(ConfigurationError):
    """There is no usable signing or public key."""
