"""What may be wrong: the seeds' rules against what is measured, each thing that is by itself."""

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
    """What a rule is about, such as one component; empty where there is but one thing.

    `is_broken` is None where that cannot be told: an incident then stays as it is.
    """

    rule: Rule
    component: str
    measured: Measured
    is_broken: bool | None


def watch(settings: Settings, wait_seconds: float) -> list[Watched]:
    """Everything that rules are about, as it is now.

    Raises:
        WarehouseBusy: it was still written to after so many seconds.
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
    """What rules say of a metric that is measured elsewhere."""
    return [_watched(rule, "", measured) for rule in rules() if rule.metric == metric]


def shown(value: float | None) -> float | None:
    """A figure as books hold it: what never happened has none."""
    return None if value is None or math.isinf(value) else value


def _watched(rule: Rule, component: str, measured: Measured) -> Watched:
    is_broken = None if measured.value is None else measured.value > rule.threshold
    return Watched(rule, component, measured, is_broken)


def _measure(state: State, metric: str) -> Measured:
    return PARTS[metric](state) if metric in PARTS else _assessed(state, metric)


def _qualities(state: State, rule: Rule) -> Iterator[Watched]:
    """Each stream in each dimension: points by which it scores less than policy asks for."""
    if not state.has("governance.quality_scores"):
        return
    for stream, dimension, score, asked in state.query(
        "select stream, dimension, score, alert_below from governance.quality_scores order by 1, 2"
    ):
        missing = None if score is None else 100 * (float(asked) - float(score))
        finding = (
            "no records" if score is None
            else f"{100 * float(score):.1f} %, where {100 * float(asked):g} % are asked for"
        )  # fmt: skip
        yield _watched(rule, f"{stream} {dimension}", Measured(missing, finding))


def _metrics(state: State) -> Iterator[Watched]:
    """Each metric that has a threshold, by component, as the mart metric_states judges it."""
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
    """As last assessed: measuring it takes the warehouse for longer than a look."""
    if not state.has("governance.health_assessments"):
        return Measured(None, "never assessed")
    rows = state.query(
        "select measured, finding from governance.health_assessments "
        f"where part = '{part}' order by entry_number desc limit 1"
    )
    return Measured(*rows[0]) if rows else Measured(None, "never assessed")
