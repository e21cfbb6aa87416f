"""Deliver messages to channels, with retries and exponential backoff.

`governance.alert_log` holds the messages, `governance.alert_deliveries` every attempt. Only the
latest state of an incident is delivered: a channel that missed the opening gets one message that
the incident is over, and when it opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.core.settings import Settings
from orchestration.operations.alerts.send import has_url, send
from orchestration.warehouse import books
from orchestration.warehouse.protocol import Query
from orchestration.warehouse.relations import has_column

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=12)
# States of a message: an incident's two, and `told` for an event that has no end.
OPENED, RECOVERED, TOLD = "opened", "recovered", "told"


@dataclass(frozen=True)
class Message:
    """A message about an incident; it names no person.

    Attributes:
        since: when the incident opened, UTC; only in a message that it is over.
    """

    incident_id: str
    rule: str
    component: str
    severity: str
    state: str
    finding: str
    threshold: float
    value: float | None = None
    since: datetime | None = None

    @property
    def about(self) -> str:
        """The rule, and the component it is about."""
        return f"{self.rule} ({self.component})" if self.component else self.rule

    @property
    def title(self) -> str:
        """The subject line."""
        state = "" if self.state == TOLD else f" {self.state}"
        return f"[{self.severity}] {self.about}{state}"

    @property
    def body(self) -> str:
        """The text: what was found, the threshold, the incident's id."""
        since = f" Open since {self.since:%Y-%m-%d %H:%M} UTC." if self.since else ""
        allowed = "" if self.state == TOLD else f" (allowed: {self.threshold:g})"
        return f"{self.finding}{allowed}.{since} Incident {self.incident_id}."


@dataclass(frozen=True)
class Pending:
    """A message not yet accepted by some channels.

    Attributes:
        channels: number of attempts and time of the last one, by channel.
    """

    message: Message
    channels: Mapping[str, tuple[int, datetime | None]]


def tell(settings: Settings, message: Message, channels: Iterable[str], now: datetime) -> bool:
    """Record a message and send it to every channel with a URL; return whether all accepted it."""
    listed = list(channels)
    taken = _attempt(settings, message, listed, now)
    books.record(
        settings,
        "alert_log",
        incident_id=message.incident_id,
        rule=message.rule,
        component=message.component or None,
        severity=message.severity,
        state=message.state,
        value=message.value,
        threshold=message.threshold,
        finding=message.finding,
        channels=" ".join(listed),
        delivered=taken,
        noted_at=now,
    )
    return taken


def tell_again(settings: Settings, pending: Pending, now: datetime) -> bool | None:
    """Send a message again to the channels whose pause is over.

    Returns:
        Whether all of them accepted it; None if no channel was due.
    """
    due = [
        channel
        for channel, (attempts, last) in pending.channels.items()
        # A last attempt in the future comes from a wrong clock: do not wait for it.
        if has_url(settings, channel) and (last is None or not last <= now < last + pause(attempts))
    ]
    return _attempt(settings, pending.message, due, now) if due else None


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts; doubles from 5 minutes up to 12 hours."""
    # The exponent is capped because a timedelta overflows after many attempts.
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), LONGEST_PAUSE)


def undelivered(query: Query) -> list[Pending]:
    """Return the latest message of each incident that some channel has not accepted."""
    if not has_column(query, "alert_log", "finding"):
        # The book of an older version gains its columns with the next load.
        return []
    found: dict[str, tuple[Message, list[str]]] = {}
    for (
        incident,
        rule,
        component,
        severity,
        state,
        finding,
        value,
        threshold,
        channels,
        since,
    ) in query(
        "select incident_id, rule, coalesce(component, ''), severity, state, finding, value, "
        "threshold, channels, opened_at from (select *, "
        f"row_number() over (partition by incident_id order by {books.NUMBER} desc) as place, "
        "min(case when state = 'opened' then noted_at end) over (partition by incident_id) "
        "as opened_at from governance.alert_log) as entries "
        f"where place = 1 and not delivered order by {books.NUMBER}"
    ):
        message = Message(
            incident, rule, component, severity, state,
            finding or rule if value is None else finding or f"{rule}: {value:g}",
            threshold, value, since if state == RECOVERED else None,
        )  # fmt: skip
        found[incident] = message, channels.split()
    if not found:
        return []
    attempts = {
        (incident, state, channel): (int(count), last, bool(taken))
        for incident, state, channel, count, last, taken in query(
            "select incident_id, state, channel, count(*), max(noted_at), "
            "max(case when delivered then 1 else 0 end) from governance.alert_deliveries "
            "group by 1, 2, 3"
        )
    }
    pending = []
    for message, channels in found.values():
        tried = {
            channel: attempts.get((message.incident_id, message.state, channel), (0, None, False))
            for channel in channels
        }
        left = {
            channel: (count, last) for channel, (count, last, taken) in tried.items() if not taken
        }
        if left:
            pending.append(Pending(message, left))
    return pending


def _attempt(settings: Settings, message: Message, channels: Iterable[str], now: datetime) -> bool:
    """Send to the channels that have a URL, and record each attempt."""
    taken = True
    for channel in channels:
        if not has_url(settings, channel):
            continue
        is_over = message.state == RECOVERED
        took = send(settings, channel, message.title, message.body, is_over=is_over)
        taken = taken and took
        books.record(
            settings,
            "alert_deliveries",
            incident_id=message.incident_id,
            state=message.state,
            channel=channel,
            delivered=took,
            noted_at=now,
        )
    return taken
