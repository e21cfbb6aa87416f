"""Errors of reports; each message says what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError


class ReportError(GranaryError):
    """The report cannot be made or written."""


class NoData(ReportError):
    """Nothing happened in the period."""


class PackagesMissing(ConfigurationError):
    """The HTML report needs packages that are not installed by default."""
