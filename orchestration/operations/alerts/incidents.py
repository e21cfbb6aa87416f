"""Open an incident when a rule is broken, and end it when the rule holds again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestration.core.clock import utc_now
from orchestration.core.errors import WarehouseBusy
from orchestration.core.settings import Settings
from orchestration.operations.alerts.delivery import (
    OPENED,
    RECOVERED,
    Message,
    Pending,
    tell,
    tell_again,
    undelivered,
)
from orchestration.operations.alerts.rules import Watched, shown, watch
from orchestration.warehouse import books
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Query
from orchestration.warehouse.relations import has_column, tables

WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class Change:
    """An incident that opened or ended, or whose message was sent again.

    Attributes:
        delivered: whether every channel that was tried accepted it.
    """

    message: Message
    delivered: bool
    again: bool = False


def evaluate(
    settings: Settings,
    *,
    dry_run: bool = False,
    seen: Iterable[Watched] = (),
    now: datetime | None = None,
) -> list[Change]:
    """Compare measurements with every rule, and send messages about what has changed.

    There is at most one open incident per rule and component. Where nothing can be measured, an
    incident neither opens nor ends. Messages that a channel did not accept are retried there.

    Args:
        dry_run: send and record nothing.
        seen: measurements from outside the warehouse.
        now: current time, UTC without zone; by default the clock's.

    Raises:
        WarehouseBusy: the warehouse is being written to; try again later.
    """
    now = now or utc_now()
    books.flush(settings)
    if books.waiting(settings, "alert_*"):
        # Otherwise the last incidents would look as if nobody had been told.
        raise WarehouseBusy("the last alerts are not on record yet: try again later")
    found = [*watch(settings, WAIT_SECONDS), *seen]
    with warehouse_of(settings).reading(WAIT_SECONDS) as query:
        is_there = "governance.alert_log" in tables(query)
        open_now = _open_incidents(query) if is_there else {}
        pending = undelivered(query) if is_there else []
    changes = []
    for watched in found:
        incident = open_now.get((watched.rule.name, watched.component))
        if watched.is_broken and incident is None:
            message = _message(watched, str(uuid.uuid4()), OPENED)
        elif watched.is_broken is False and incident is not None:
            message = _message(watched, incident[0], RECOVERED, incident[1])
        else:
            continue
        told = not dry_run and tell(settings, message, watched.rule.channels, now)
        changes.append(Change(message, told))
    ended = {change.message.incident_id for change in changes}
    if not dry_run:
        changes += _told_again(
            settings, [p for p in pending if p.message.incident_id not in ended], now
        )
    return changes


def _told_again(settings: Settings, pending: list[Pending], now: datetime) -> list[Change]:
    return [
        Change(waiting.message, took, again=True)
        for waiting in pending
        if (took := tell_again(settings, waiting, now)) is not None
    ]


def _message(
    watched: Watched, incident_id: str, state: str, since: datetime | None = None
) -> Message:
    rule, measured = watched.rule, watched.measured
    return Message(
        incident_id, rule.name, watched.component, rule.severity, state,
        measured.finding, rule.threshold, shown(measured.value), since,
    )  # fmt: skip


def _open_incidents(query: Query) -> Mapping[tuple[str, str], tuple[str, datetime]]:
    """Return the id and opening time of each open incident, by rule and component."""
    # The book of an older version gains the column with the next load.
    has_component = has_column(query, "alert_log", "component")
    component = "coalesce(component, '')" if has_component else "cast('' as varchar)"
    rows = query(
        f"select rule, {component}, incident_id, min(noted_at) from governance.alert_log "
        "group by 1, 2, 3 having max(case when state = 'opened' then 0 else 1 end) = 0"
    )
    return {(rule, component): (incident, since) for rule, component, incident, since in rows}
