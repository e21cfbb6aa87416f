"""Errors of exports; each message says what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError


class ExportError(GranaryError):
    """The export cannot be made or written."""


class NoRows(ExportError):
    """The period holds no rows."""


class ColumnRefused(ConfigurationError):
    """A column must not be exported: its class is not allowed to leave, or it has none."""
