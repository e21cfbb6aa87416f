"""Opens an incident where a rule is broken, ends it where it no longer is, and tells each once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orchestration import books
from orchestration.alerts.rules import Rule, Watched, shown, watch
from orchestration.alerts.send import send
from orchestration.clock import utc_now
from orchestration.health.parts import Measured
from orchestration.reading import has_column, reading, tables
from orchestration.settings import Settings

WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class Change:
    """An incident that opened, or ended."""

    incident_id: str
    rule: Rule
    component: str
    state: Literal["opened", "recovered"]
    measured: Measured
    delivered: bool

    @property
    def about(self) -> str:
        """The rule, and of what."""
        return _about(self.rule, self.component)


def evaluate(settings: Settings, *, dry_run: bool = False) -> list[Change]:
    """Compare what is measured with every rule, and tell what has changed.

    One incident a rule and component. Where it cannot be told whether a rule is kept, an incident
    neither opens nor ends. A message that a channel did not take goes out again at the next
    evaluation.

    Args:
        dry_run: tell nobody and keep no record.

    Raises:
        WarehouseBusy: somebody is writing to the warehouse: look again later.
    """
    books.flush(settings)
    found = watch(settings, WAIT_SECONDS)
    open_now = _open_incidents(settings)
    changes = []
    for watched in found:
        incident, told = open_now.get((watched.rule.name, watched.component), (None, True))
        if watched.is_broken and (incident is None or not told):
            incident_id = incident or str(uuid.uuid4())
            changes.append(_tell(settings, incident_id, watched, "opened", dry_run))
        elif watched.is_broken is False and incident is not None:
            changes.append(_tell(settings, incident, watched, "recovered", dry_run))
    return changes


def _about(rule: Rule, component: str) -> str:
    return f"{rule.name} ({component})" if component else rule.name


def _open_incidents(settings: Settings) -> Mapping[tuple[str, str], tuple[str, bool]]:
    """By rule and component, the incident that has not ended, and whether its message was taken."""
    with reading(settings, WAIT_SECONDS) as query:
        if "governance.alert_log" not in tables(query):
            return {}
        # The book of an older version gains the column with the next load.
        has_component = has_column(query, "alert_log", "component")
        component = "coalesce(component, '')" if has_component else "cast('' as varchar)"
        rows = query(
            f"select rule, {component}, incident_id, max(case when delivered then 1 else 0 end) "
            "from governance.alert_log group by 1, 2, 3 "
            "having max(case when state = 'recovered' then 1 else 0 end) = 0"
        )
    return {(rule, component): (incident, bool(told)) for rule, component, incident, told in rows}


def _tell(
    settings: Settings,
    incident_id: str,
    watched: Watched,
    state: Literal["opened", "recovered"],
    dry_run: bool,
) -> Change:
    rule, component, measured = watched.rule, watched.component, watched.measured
    if dry_run:
        return Change(incident_id, rule, component, state, measured, False)
    title = f"[{rule.severity}] {_about(rule, component)} {state}"
    allowed = f"allowed: {rule.threshold:g}"
    body = f"{rule.metric}: {measured.finding} ({allowed}). Incident {incident_id}."
    delivered = send(settings, rule.channels, title, body, is_over=state == "recovered")
    books.record(
        settings,
        "alert_log",
        incident_id=incident_id,
        rule=rule.name,
        component=component or None,
        severity=rule.severity,
        state=state,
        value=shown(measured.value),
        threshold=rule.threshold,
        channels=" ".join(rule.channels),
        delivered=delivered,
        noted_at=utc_now(),
    )
    return Change(incident_id, rule, component, state, measured, delivered)
