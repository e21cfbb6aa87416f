"""Why there is no export, or why one cannot be trusted, each with what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError


class ExportError(GranaryError):
    """The export cannot be made or written."""


class NoRows(ExportError):
    """The period holds no rows."""


class ColumnRefused(ConfigurationError):
    """A column must not leave the warehouse: of a class that is not exported, or undescribed."""
