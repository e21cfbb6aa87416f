"""Measure what the alert rules are about, and judge each component by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from orchestration.core.settings import Settings
from orchestration.operations.health.parts import PARTS, Measured, State
from orchestration.policies.alerts import Rule, rules
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.relations import tables


@dataclass(frozen=True)
class Watched:
    """One thing that a rule is about, and whether it breaks the rule.

    Attributes:
        component: such as a stream and a dimension; empty if the rule has only one subject.
        is_broken: None if nothing could be measured: then an incident stays as it is.
    """

    rule: Rule
    component: str
    measured: Measured
    is_broken: bool | None


def watch(settings: Settings, wait_seconds: float) -> list[Watched]:
    """Measure and judge everything that rules are about.

    Raises:
        WarehouseBusy: the warehouse was still being written to after `wait_seconds`.
    """
    with warehouse_of(settings).reading(wait_seconds) as query:
        state = State.at_present(query, tables(query), settings)
        found: list[Watched] = []
        for rule in rules():
            if rule.metric == "quality":
                found += _qualities(state, rule)
            else:
                found.append(_watched(rule, "", _measure(state, rule.metric)))
        return [*found, *_metrics(state)]


def watched_by(metric: str, measured: Measured) -> list[Watched]:
    """Judge a metric that was measured elsewhere by every rule about it."""
    return [_watched(rule, "", measured) for rule in rules() if rule.metric == metric]


def shown(value: float | None) -> float | None:
    """Return a figure for the books; None for infinity, which stands for "never happened"."""
    return None if value is None or math.isinf(value) else value


def _watched(rule: Rule, component: str, measured: Measured) -> Watched:
    is_broken = None if measured.value is None else measured.value > rule.threshold
    return Watched(rule, component, measured, is_broken)


def _measure(state: State, metric: str) -> Measured:
    return PARTS[metric](state) if metric in PARTS else _assessed(state, metric)


def _qualities(state: State, rule: Rule) -> Iterator[Watched]:
    """Judge each stream in each dimension by how many points it scores below its minimum."""
    if not state.has("governance.quality_scores"):
        return
    for stream, dimension, score, asked in state.query(
        "select stream, dimension, score, alert_below from governance.quality_scores order by 1, 2"
    ):
        missing = None if score is None else 100 * (float(asked) - float(score))
        finding = (
            "no records" if score is None
            else f"{100 * float(score):.1f} %, at least {100 * float(asked):g} % required"
        )  # fmt: skip
        yield _watched(rule, f"{stream} {dimension}", Measured(missing, finding))


def _metrics(state: State) -> Iterator[Watched]:
    """Return the judgements of the mart metric_states, by metric and component."""
    if not state.has("assistant.metric_states"):
        return
    for (
        metric,
        component,
        found,
        severity,
        channels,
        unit,
        threshold,
        value,
        count,
        since,
        until,
    ) in state.query(
        "select metric_name, component, metric_state, severity, channels, metric_unit, "
        "alert_threshold, last_value, measurement_count, measured_from, measured_until "
        "from assistant.metric_states order by 1, 2"
    ):
        rule = Rule(metric, metric, float(threshold), severity, tuple(channels.split()))
        finding = (
            f"nothing measured since {until}" if found == "silent"
            else f"{float(value):g} {unit}, {count} measurements in a row from {since} to {until}"
        )  # fmt: skip
        is_broken = {"beyond": True, "silent": True, "within": False}.get(found)
        yield Watched(rule, component, Measured(float(value), finding), is_broken)


def _assessed(state: State, part: str) -> Measured:
    """Return the part's last assessment, because measuring it anew takes too long for a check."""
    if not state.has("governance.health_assessments"):
        return Measured(None, "never assessed")
    rows = state.query(
        "select measured, finding from governance.health_assessments "
        f"where part = '{part}' order by entry_number desc limit 1"
    )
    return Measured(*rows[0]) if rows else Measured(None, "never assessed")
