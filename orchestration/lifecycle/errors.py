"""Why the lifecycle does not act, each with what to do."""

from __future__ import annotations

from orchestration.core.errors import ConfigurationError, GranaryError

NOTHING_LOADED = "nothing is loaded yet: run `granary ingest` and `granary build` first"


class LifecycleError(GranaryError):
    """The lifecycle cannot act."""


class NotBuilt(LifecycleError):
    """Rows are loaded that no build has seen: they must not leave yet."""


class QueryRefused(LifecycleError):
    """What history was asked is no query that only reads, or failed."""


class NotVerified(LifecycleError):
    """What was written is not what was read; nothing was removed."""


class KeyMissing(ConfigurationError):
    """A tier is encrypted, and the key that opens it is not there."""
