"""What the assistant's own monitoring reports: a measurement of each series every five minutes."""

from __future__ import annotations

import numpy as np

from orchestration.sample.frames import Frame
from orchestration.sample.noise import Flags
from orchestration.sample.rhythm import SECOND
from orchestration.sample.world import Part

_TICKS, _TICK = 288, 300 * SECOND
_INCIDENT_SHARE = 0.35


def measurements(part: Part, rows_per_day: int) -> Frame:
    """The measurements of a day. About every third day each component has an incident."""
    slot, words, noise = part.slot, part.world.words, part.noise("metrics")
    names, components = words["series.name"].entries, words["series.component"].entries
    tick, series = np.divmod(np.arange(_TICKS * len(names)), len(names))
    wobble = 0.8 + 0.4 * noise.units("wobble", len(tick)).reshape(_TICKS, len(names))
    base, usual, worst = (words.numbers(f"series.{name}") for name in ("base", "usual", "worst"))
    incidents = np.stack([_incident(part, component) for component in components], axis=1)
    values = base + np.where(incidents, worst, usual) * wobble
    stored = rows_per_day * (slot.day + np.arange(_TICKS) / _TICKS)
    values[:, names.index("database_size")] = np.floor(40_000_000 + 180 * stored) * 1000
    # Sessions follow the traffic, some builds are slow.
    moments = part.world.rhythm.moments(slot, np.arange(1001) / 1001) - slot.begin
    traffic = np.bincount(moments // _TICK, minlength=_TICKS)[:_TICKS] / 1001
    place = names.index("concurrent_sessions")
    sessions = rows_per_day / 4.3 * slot.load * 1.2 * traffic * wobble[:, place]
    values[:, place] = np.rint(sessions) * 1000
    slow = noise.happens("slow build", _TICKS, 0.006)
    values[:, names.index("build_duration")] *= np.where(slow, 4, 1)
    time = slot.begin + tick * _TICK + noise.below("jitter", len(tick), 20 * SECOND)
    thousandths = values[tick, series].astype(np.int64)
    facts = {"time": time, "series": series, "thousandths": thousandths}
    return part.frame("system_metrics", len(tick), **facts)


def _incident(part: Part, component: str) -> Flags:
    """While the component is in trouble: 15 to 55 minutes on some days."""
    dice, tick = part.noise("incident").dice(component, 0), np.arange(_TICKS)
    begin, happens = dice.randrange(270), dice.random() < _INCIDENT_SHARE
    return (tick >= begin) & (tick < begin + dice.randint(3, 11)) & happens
