"""Sends a message through apprise. URLs hold passwords: they are neither shown nor logged."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import apprise

from orchestration.settings import Settings


def send(
    settings: Settings, channels: Sequence[str], title: str, body: str, *, is_over: bool
) -> bool:
    """Send to every channel that has a URL.

    Returns:
        Whether each of them took it; True where none has a URL, as nobody is to be told.
    """
    urls = [url for channel in channels if (url := _url(settings, channel))]
    # apprise logs what it sends and to whom.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    kind = apprise.NotifyType.SUCCESS if is_over else apprise.NotifyType.WARNING
    delivered = True
    for url in urls:
        service = apprise.Apprise()
        delivered = (
            bool(service.add(url) and service.notify(body=body, title=title, notify_type=kind))
            and delivered
        )
    return delivered


def _url(settings: Settings, channel: str) -> str | None:
    secret = getattr(settings, f"alert_{channel}_url", None)
    return secret.get_secret_value() if secret else None
