"""Organizations: they sign up, change what they pay for and how they work, and change back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestration.sample.noise import Ints, Noise
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.columns import Ids, Times, chosen, table_of, whole
from orchestration.sample.prism.halves import Half, Halves
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.prism.state import State, change_counts, rounds
from orchestration.sample.rhythm import DAY
from orchestration.sample.text import Strings, glue

_TIER, _BACK, _SETTINGS = range(3)
_KINDS = np.repeat([_TIER, _BACK, _SETTINGS], [50, 25, 25]).astype(np.int64)


@dataclass(frozen=True)
class OrganizationChanges:
    """Changes of a half day: `written` organizations as the extraction finds them, and the tier
    changes behind them as (organization, time, before, after)."""

    written: Ints
    tiers: tuple[Ints, Ints, Ints, Ints]


class Organizations:
    """All organizations; the first ones are the largest."""

    def __init__(self, options: PrismOptions, halves: Halves, times: Times) -> None:
        self._options = options
        self._halves = halves
        self._times = times
        self._ids = Ids(options.seed, "organizations")
        self._known_ids: Strings = self._ids.of(np.arange(0))
        noise = Noise(options.seed, "organizations at the start")
        count = options.initial_organizations
        created = -DAY * (40 + noise.below("age", count, 1500)) + noise.below("time", count, 2**31)
        self.state = self._new(noise, created)
        self.state["updated"][:] = created + (-created * noise.units("written", count)).astype(
            np.int64
        )

    def _new(self, noise: Noise, created: Ints) -> State:
        count = len(created)
        tier = noise.pick("tier", count, words.TIER_WEIGHTS)
        return State(
            tier=tier,
            previous_tier=(tier + 1) % len(words.TIERS),
            settings=noise.below("settings", count, len(words.SETTINGS)),
            retention=noise.below("retention", count, len(words.RETENTION_DAYS)),
            regimes=noise.below("regimes", count, len(words.REGIMES)),
            version=1 + noise.below("version", count, 4),
            created=created,
            updated=created,
        )

    def ids(self, rows: Ints) -> Strings:
        """Ids of organizations; missing where negative."""
        if len(self._known_ids) < len(self.state):
            self._known_ids = self._ids.of(np.arange(len(self.state)))
        return chosen(self._known_ids, rows)

    def domains(self, rows: Ints) -> Strings:
        """Internet domains of organizations."""
        return glue("org", whole(rows).cast("string"), ".example.com")

    def advance(self, half: Half) -> OrganizationChanges:
        """Let the half day pass."""
        state, options = self.state, self._options
        noise = Noise(options.seed, "organizations", half.number)
        count = len(state)
        expected = np.full(count, options.organization_changes_per_day / 2 * half.load)
        counts = change_counts(noise, expected)
        tiers: list[tuple[Ints, Ints, Ints, Ints]] = []
        for turn in rounds(noise, self._halves, half, counts, state["updated"]):
            kind = noise.pick(f"kind {turn.number}", len(turn.rows), _KINDS)
            state["version"][turn.rows] += 1
            other = noise.below(f"settings {turn.number}", len(kind), len(words.SETTINGS))
            new_settings = kind == _SETTINGS
            state["settings"][turn.rows[new_settings]] = other[new_settings]
            step = 1 + noise.below(f"tier {turn.number}", len(kind), len(words.TIERS) - 1)
            target = np.where(
                kind == _TIER,
                (state["tier"][turn.rows] + step) % len(words.TIERS),
                state["previous_tier"][turn.rows],
            )
            chosen_rows = ~new_settings
            rows = turn.rows[chosen_rows]
            before, after = state.swap(rows, "tier", target[chosen_rows])
            tiers.append((rows, turn.times[chosen_rows], before, after))
        joins = int(
            noise.happens("join", count, options.organization_joins_per_day / 2 * half.load).sum()
        )
        created = self._halves.moments(half, noise.units("join time", joins))
        joined = state.add(
            self._new(Noise(options.seed, "new organizations", half.number), created)
        )
        written = np.concatenate([np.flatnonzero(counts), joined])
        if half.number == 0:
            written = np.arange(len(state))
        empty = np.zeros(0, np.int64)
        parts = zip(*tiers, strict=True) if tiers else ((empty,),) * 4
        first, second, third, fourth = (np.concatenate(list(part)) for part in parts)
        return OrganizationChanges(written, (first, second, third, fourth))

    def table(self, rows: Ints) -> Any:
        """The organizations as they stand, as rows of the stream."""
        state = self.state
        number = rows % len(words.COMPANIES)
        return table_of(
            "organizations",
            {
                "id": self.ids(rows),
                "name": glue(
                    chosen(words.COMPANIES, number),
                    " ",
                    whole(1 + rows // len(words.COMPANIES)).cast("string"),
                ),
                "domain": self.domains(rows),
                "subscription_tier": chosen(words.TIERS, state["tier"][rows]),
                "settings": chosen(words.SETTINGS, state["settings"][rows]),
                "data_retention_days": whole(
                    np.array(words.RETENTION_DAYS)[state["retention"][rows]]
                ),
                "compliance_flags": chosen(words.REGIMES, state["regimes"][rows]),
                "created_at": self._times.column(state["created"][rows]),
                "updated_at": self._times.column(state["updated"][rows]),
                "version": whole(state["version"][rows]),
            },
        )
