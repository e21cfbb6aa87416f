"""The few errors a person meets, each with the exit code the command line gives it."""

from __future__ import annotations


class GranaryError(Exception):
    """Base of every expected failure; the message says what to do and holds no personal data."""

    exit_code = 1


class ConfigurationError(GranaryError):
    """A setting, key or contract is missing or wrong."""

    exit_code = 3


class WarehouseError(GranaryError):
    """The warehouse cannot be reached or does not answer."""

    exit_code = 3


class WarehouseBusy(WarehouseError):
    """Another process is writing to the warehouse."""


class SourceError(GranaryError):
    """A source database cannot be reached or read; the message names neither host nor user."""

    exit_code = 3


class BuildError(GranaryError):
    """dbt reported a failure."""


class PublishRefused(GranaryError):
    """The last build is not fit to publish."""


def first_line(error: Exception) -> str:
    """The first line of an engine's message, without what it quotes below."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
