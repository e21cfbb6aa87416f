"""The state of a tier's drills: the last result, and whether the next is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestration.backup.drill.history import past_drills
from orchestration.core.clock import TOLERANCE, utc_now
from orchestration.core.settings import Settings
from orchestration.policies.backup import tiers

# A quarter of its interval is how late a rehearsal may end: schedules start at a fixed hour.
GRACE = 0.25


@dataclass(frozen=True)
class Standing:
    """Whether a tier's promises are known to hold, and why not."""

    tier: int
    is_good: bool
    reason: str
    last_at: datetime | None = None
    rto_seconds: float | None = None
    rpo_seconds: float | None = None


def standing(settings: Settings, tier: int, now: datetime | None = None) -> Standing:
    """Return a tier's state: red when its last drill failed, missed an objective or is overdue."""
    now = now or utc_now()
    drills = [drill for drill in past_drills(settings) if drill.tier == tier]
    if not drills:
        return Standing(tier, False, f"never rehearsed: granary drill --tier {tier}")
    last = drills[-1]
    if last.outcome != "passed":
        good, reason = (
            False,
            f"the last drill ({last.scenario}) {last.outcome}: granary drill says why",
        )
    elif last.ended_at - now > TOLERANCE:
        good, reason = (
            False,
            f"the last drill is dated {last.ended_at:%Y-%m-%d %H:%M} UTC, which has not come yet: "
            "the clock was wrong; rehearse again",
        )
    elif now - last.ended_at > tiers()[tier].drill_every * (1 + GRACE):
        good, reason = False, f"overdue: the last drill ended {last.ended_at:%Y-%m-%d %H:%M} UTC"
    else:
        good, reason = True, f"the last drill ({last.scenario}) met its objectives"
    return Standing(tier, good, reason, last.ended_at, last.rto_seconds, last.rpo_seconds)
