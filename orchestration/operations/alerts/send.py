"""Send messages through apprise. Its URLs contain passwords: never show or log them."""

from __future__ import annotations

import logging

import apprise

from orchestration.core.settings import Settings


def has_url(settings: Settings, channel: str) -> bool:
    """Whether a channel has a URL."""
    return _url(settings, channel) is not None


def send(settings: Settings, channel: str, title: str, body: str, *, is_over: bool) -> bool:
    """Send a message to a channel that has a URL; return whether it was accepted."""
    # apprise would log what it sends, and to whom.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    kind = apprise.NotifyType.SUCCESS if is_over else apprise.NotifyType.WARNING
    service = apprise.Apprise()
    return bool(
        service.add(_url(settings, channel) or "")
        and service.notify(body=body, title=title, notify_type=kind)
    )


def _url(settings: Settings, channel: str) -> str | None:
    secret = getattr(settings, f"alert_{channel}_url", None)
    return secret.get_secret_value() if secret else None
