"""Errors of the lifecycle; each message says what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError

NOTHING_LOADED = "nothing is loaded yet: run `granary ingest` and `granary build` first"


class LifecycleError(GranaryError):
    """The lifecycle cannot act."""


class NotBuilt(LifecycleError):
    """Loaded rows have not been built yet, so no row may leave."""


class QueryRefused(LifecycleError):
    """A query of the history is not a read-only select, or it failed."""


class NotVerified(LifecycleError):
    """What was written differs from what was read; nothing was removed."""


class KeyMissing(ConfigurationError):
    """The key of an encrypted tier is missing, or does not open its files."""
