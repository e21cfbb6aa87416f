"""Organizations and accounts: they join, change and change back, leave, and come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from orchestration.sample.columns import MISSING, Pool
from orchestration.sample.frames import Frame
from orchestration.sample.lives import ABSENT, IN_USE, LEFT, Round, State, change_counts, rounds
from orchestration.sample.noise import Flags, Ints, Noise
from orchestration.sample.rhythm import DAY, SECOND, Slot
from orchestration.sample.world import World

MOVES: Mapping[str, tuple[str, str]] = {
    "role": ("role_now", "roles"),
    "department": ("department_now", "departments"),
    "geographic_region": ("region_now", "regions"),
    "subscription_tier": ("tier_now", "tiers"),
}
"""Columns whose values change and change back: the attribute, and what it may be."""

_USER_MOVES = ("role", "department", "geographic_region")
_SIGN_IN, _FAILED, _SETTINGS = 3, 4, 5
_KINDS = Pool(range(6), [7, 5, 4, 70, 8, 6])  # the three moves, then these
_TRIES_BEFORE_LOCK = 5
_HARD_SHARE, _PURGE_SHARE = 0.3, 0.35


class Changes:
    """What happens to the rows of a register in a half day."""

    def __init__(self) -> None:
        self.written = np.zeros(0, np.int64)  # found written since the extraction before
        self.deleted = np.zeros(0, np.int64)  # landed before, and no longer found
        self.departed = np.zeros(0, np.bool_)  # which accounts left at any time
        self._happened: dict[str, list[tuple[Ints, ...]]] = defaultdict(list)

    def note(self, what: str, rows: Ints, times: Ints, *move: Ints) -> None:
        """Remember what happened to rows; of a move with the values before and after."""
        self._happened[what].append((rows, times, *(move or (rows, rows))))

    def all(self, what: str) -> list[Ints]:
        """Rows and times, before and after, of all that happened of a kind."""
        none = np.zeros(0, np.int64)
        parts = self._happened.get(what, [(none, none, none, none)])
        return [np.concatenate(column) for column in zip(*parts, strict=True)]


class Register:
    """All rows of a table that lives on, those of the past included."""

    stream: str
    ages: tuple[int, int]  # days at the start, lowest and highest

    def __init__(self, world: World, count: int) -> None:
        self.world, self.words, self.options = world, world.words, world.options
        noise, (youngest, oldest) = world.noise(self.stream, "start"), self.ages
        age = noise.below("age", count, (oldest - youngest) * DAY) + youngest * DAY
        self.state = self.new(-age, "start")
        self.state["updated"][:] += (age * noise.units("written", count)).astype(np.int64)

    def new(self, created: Ints, *scope: object, **facts: Any) -> State:
        """Rows as they are made: a frame of `sample.yml`, and what every row has."""
        name = f"new_{self.stream}"
        frame = self.world.frame(name, len(created), *scope, created=created, **facts)
        drawn = {n: frame[n] for n in self.world.declared.frames[name] if n[0] != "_"}
        moves = [(name, words) for name, words in MOVES.values() if name in drawn]
        previous = {f"previous_{n}": (drawn[n] + 1) % len(self.words[words]) for n, words in moves}
        seen, delivered = np.full(len(created), IN_USE), np.zeros(len(created), np.bool_)
        times = {"created": created, "updated": created}
        return State(**drawn, **previous, **times, seen=seen, delivered=delivered)

    def join(self, noise: Noise, slot: Slot, share: float) -> tuple[Ints, Ints]:
        """Add rows, so many as a share of those there are; returns them, and when."""
        joins = int(noise.happens("join", len(self.state), share * slot.load / 2).sum())
        created = self.world.rhythm.moments(slot, noise.units("join time", joins))
        return self.state.add(self.new(created, slot.number)), created

    def move(self, turn: Round, name: str, which: Flags, back: float, changes: Changes) -> None:
        """Change one of `MOVES` in some rows of a round."""
        (attribute, words), rows = MOVES[name], turn.rows[which]
        moved = self.state.move(turn.noise, attribute, rows, len(self.words[words]), back)
        changes.note(name, rows, turn.times[which], *moved)

    def turn(self, name: str, rows: Ints, words: str) -> None:
        """Give an attribute the next value in rows."""
        self.state[name][rows] = (self.state[name][rows] + 1) % len(self.words[words])

    def frame(self, rows: Ints) -> Frame:
        """Rows of the stream as they stand."""
        attributes = {name: values[rows] for name, values in self.state.columns.items()}
        return self.world.frame(self.stream, len(rows), number=rows, **attributes)


class Organizations(Register):
    """All organizations; the first ones are the largest."""

    stream, ages = "organizations", (40, 1540)

    def advance(self, slot: Slot) -> Changes:
        """Let the half day pass."""
        state, options, rhythm = self.state, self.options, self.world.rhythm
        noise, changes = self.world.noise(self.stream, slot.number), Changes()
        expected = options.organization_changes_per_day / 2 * slot.load
        counts = change_counts(noise, np.full(len(state), expected))
        for turn in rounds(rhythm, slot, noise, counts, state["updated"]):
            state["edition"][turn.rows] += 1
            moves = turn.noise.happens("moves", len(turn.rows), 0.75)
            self.move(turn, "subscription_tier", moves, 1 / 3, changes)
            self.turn("settings_now", turn.rows[~moves], "settings")
        joined, _ = self.join(noise, slot, options.organization_joins_per_day)
        changes.written = np.concatenate([np.flatnonzero(counts), joined])
        if slot.number == 0:  # the first extraction takes in what is there from before
            changes.written = np.arange(len(state))
        return changes


class Users(Register):
    """All accounts."""

    stream, ages = "users", (1, 901)

    def __init__(self, world: World, count: int, organizations: Organizations) -> None:
        self._organizations = organizations
        super().__init__(world, count)
        state, noise = self.state, world.noise("users", "before")
        has_signed_in = noise.happens("has signed in", len(state), 0.9)
        state["last_login"][has_signed_in] = state["updated"][has_signed_in]
        left = noise.happens("left", len(state), 0.03)
        state["status"][left], state["deleted"][left] = LEFT, state["updated"][left]

    def new(self, created: Ints, *scope: object, **facts: Any) -> State:
        """Accounts as they are made."""
        size = len(self._organizations.state)
        return super().new(created, *scope, organizations=size, **facts)

    def advance(self, slot: Slot) -> Changes:
        """Let the half day pass."""
        state, options, share = self.state, self.options, slot.load / 2
        noise, count, changes = self.world.noise(self.stream, slot.number), len(state), Changes()
        in_use, had_left = state["status"] == IN_USE, state["status"] == LEFT
        leaves = in_use & noise.happens("leaves", count, options.user_departures_per_day * share)
        returning = options.user_returns_per_day * share
        returns = ~in_use & noise.happens("returns", count, returning)
        purged = had_left & ~returns & noise.happens("purged", count, _PURGE_SHARE * returning)
        # Some are busier than others: 3 u^2 has mean 1.
        busy = 3 * self.world.noise("busy").units("busy", count) ** 2
        expected = options.user_changes_per_day * share * busy
        last_only = leaves | returns | purged
        counts = np.where(in_use, change_counts(noise, expected), 0) + last_only
        if not counts[in_use & ~leaves].any():  # without anybody at work there are no documents
            counts[np.flatnonzero(in_use & ~leaves)[:1]] = 1
        for turn in rounds(self.world.rhythm, slot, noise, counts, state["updated"]):
            special = turn.is_last & last_only[turn.rows]
            self._change(turn, ~special, changes)
            rows = turn.rows[special]
            hard = turn.noise.happens("for good", len(rows), _HARD_SHARE) | purged[rows]
            self._leave(rows, turn.times[special], hard, returns[rows], changes)
        joined, created = self.join(noise, slot, options.user_joins_per_day)
        changes.note("created", joined, created)
        present = state["status"] != ABSENT
        is_first = slot.number == 0  # which takes in what is there from before
        changes.written = np.flatnonzero(present & (is_first | (state["updated"] >= slot.begin)))
        changes.deleted = np.flatnonzero(state["landed"] & ~present)
        state["landed"][:] = present
        changes.departed = np.concatenate([leaves | ~in_use, joined >= 0])
        return changes

    def _change(self, turn: Round, usual: Flags, changes: Changes) -> None:
        state, kind = self.state, _KINDS.pick(turn.noise.units("kind", len(turn.rows)))
        for position, name in enumerate(_USER_MOVES):
            self.move(turn, name, usual & (kind == position), 0.35, changes)
        signed_in = usual & (kind == _SIGN_IN)
        rows, times = turn.rows[signed_in], turn.times[signed_in]
        state["last_login"][rows], state["attempts"][rows], state["locked"][rows] = (
            times,
            0,
            MISSING,
        )
        changes.note("sign_in", rows, times)
        failed = usual & (kind == _FAILED)
        rows, times = turn.rows[failed], turn.times[failed]
        state["attempts"][rows] += 1
        locked = state["attempts"][rows] >= _TRIES_BEFORE_LOCK
        state["locked"][rows[locked]] = times[locked] + 1800 * SECOND
        changes.note("failed", rows, times)
        rows = turn.rows[usual & (kind == _SETTINGS)]
        state["mfa"][rows] = ~state["mfa"][rows]
        self.turn("privacy_now", rows, "privacy")

    def _leave(
        self, rows: Ints, times: Ints, hard: Flags, returns: Flags, changes: Changes
    ) -> None:
        """Soft and hard deletions, and returns from either."""
        state, softly = self.state, ~returns & ~hard
        state["status"][rows] = np.where(returns, IN_USE, np.where(hard, ABSENT, LEFT))
        state["deleted"][rows[returns]] = MISSING
        state["deleted"][rows[softly]] = times[softly]
        changes.note("restored", rows[returns], times[returns])
        changes.note("deleted", rows[~returns], times[~returns])
