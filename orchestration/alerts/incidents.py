"""Opens an incident where a rule is broken, ends it where it no longer is, and tells each once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orchestration import books
from orchestration.alerts.rules import Rule, is_broken, measure, rules, shown
from orchestration.alerts.send import send
from orchestration.clock import utc_now
from orchestration.health.parts import Measured
from orchestration.reading import reading, tables
from orchestration.settings import Settings

WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class Change:
    """An incident that opened, or ended."""

    incident_id: str
    rule: Rule
    state: Literal["opened", "recovered"]
    measured: Measured
    delivered: bool


def evaluate(settings: Settings, *, dry_run: bool = False) -> list[Change]:
    """Compare what is measured with every rule, and tell what has changed.

    A message that a channel did not take goes out again at the next evaluation.

    Args:
        dry_run: tell nobody and keep no record.

    Raises:
        WarehouseBusy: somebody is writing to the warehouse: look again later.
    """
    books.flush(settings)
    found = measure(settings, WAIT_SECONDS)
    open_now = _open_incidents(settings)
    changes = []
    for rule in rules():
        measured = found[rule.metric]
        broken = is_broken(rule, measured)
        incident, told = open_now.get(rule.name, (None, True))
        if broken and (incident is None or not told):
            incident_id = incident or str(uuid.uuid4())
            changes.append(_tell(settings, incident_id, rule, "opened", measured, dry_run))
        elif broken is False and incident is not None:
            changes.append(_tell(settings, incident, rule, "recovered", measured, dry_run))
    return changes


def _open_incidents(settings: Settings) -> Mapping[str, tuple[str, bool]]:
    """By rule, the incident that has not ended, and whether every channel took its message."""
    with reading(settings, WAIT_SECONDS) as query:
        if "governance.alert_log" not in tables(query):
            return {}
        rows = query(
            "select rule, incident_id, max(case when delivered then 1 else 0 end) "
            "from governance.alert_log group by rule, incident_id "
            "having max(case when state = 'recovered' then 1 else 0 end) = 0"
        )
    return {rule: (incident, bool(told)) for rule, incident, told in rows}


def _tell(
    settings: Settings,
    incident_id: str,
    rule: Rule,
    state: Literal["opened", "recovered"],
    measured: Measured,
    dry_run: bool,
) -> Change:
    if dry_run:
        return Change(incident_id, rule, state, measured, False)
    title = f"[{rule.severity}] {rule.name} {state}"
    allowed = f"allowed: {rule.threshold:g}"
    body = f"{rule.metric}: {measured.finding} ({allowed}). Incident {incident_id}."
    delivered = send(settings, rule.channels, title, body, is_over=state == "recovered")
    books.record(
        settings,
        "alert_log",
        incident_id=incident_id,
        rule=rule.name,
        severity=rule.severity,
        state=state,
        value=shown(measured.value),
        threshold=rule.threshold,
        channels=" ".join(rule.channels),
        delivered=delivered,
        noted_at=utc_now(),
    )
    return Change(incident_id, rule, state, measured, delivered)
