"""The time, as all tables hold it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
