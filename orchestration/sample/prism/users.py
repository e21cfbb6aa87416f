"""Accounts: they join, sign in, move, leave, and come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.noise import Flags, Ints, Noise, weighted_table
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.columns import MISSING, Ids, Times, chosen, table_of, whole
from orchestration.sample.prism.halves import Half, Halves
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.prism.organizations import Organizations
from orchestration.sample.prism.state import (
    ABSENT,
    IN_USE,
    LEFT,
    Round,
    State,
    change_counts,
    rounds,
)
from orchestration.sample.rhythm import DAY, SECOND
from orchestration.sample.text import Strings, glue

MOVES: Mapping[str, tuple[str, ...]] = {
    "role": words.ROLES,
    "department": words.DEPARTMENTS,
    "geographic_region": words.REGIONS,
}
"""Attributes that change, and change back, and what they may be."""

_SIGN_IN, _FAILED, _SETTINGS = 3, 4, 5
_KINDS = weighted_table((7, 5, 4, 70, 8, 6))
_GIVEN, _GIVEN_SPELT = zip(*words.GIVEN, strict=True)
_FAMILY, _FAMILY_SPELT = zip(*words.FAMILY, strict=True)
_TRIES_BEFORE_LOCK = 5
_HARD_SHARE, _PURGE_SHARE = 0.3, 0.35


@dataclass(frozen=True)
class Occurrences:
    """What happened to accounts: `users` at `times`; `before` and `after` where a move."""

    users: Ints
    times: Ints
    before: Ints
    after: Ints


@dataclass
class UserChanges:
    """Changes of a half day.

    Attributes:
        written: accounts the extraction finds written since the one before.
        deleted: accounts it had landed and no longer finds.
        departed: accounts that left at any time of the half day.
        happened: by `created`, `deleted`, `restored`, `sign_in`, `failed`, or a name of `MOVES`.
    """

    written: Ints
    deleted: Ints
    departed: Flags
    happened: dict[str, list[Occurrences]] = field(default_factory=dict)

    def note(self, what: str, users: Ints, times: Ints, *move: Ints) -> None:
        """Remember an occurrence."""
        before, after = move or (users * 0, users * 0)
        self.happened.setdefault(what, []).append(Occurrences(users, times, before, after))


class Users:
    """All accounts, those of the past included."""

    def __init__(
        self, options: PrismOptions, halves: Halves, times: Times, organizations: Organizations
    ) -> None:
        self._options = options
        self._halves = halves
        self._times = times
        self._organizations = organizations
        self._id_maker = Ids(options.seed, "users")
        self._ids: Strings = self._id_maker.of(np.arange(0))
        noise = Noise(options.seed, "users at the start")
        count = options.initial_users
        created = -DAY * (1 + noise.below("age", count, 900)) + noise.below("time", count, 2**31)
        self.state = self._new(noise, created)
        state = self.state
        past = (-created * noise.units("written", count)).astype(np.int64)
        state["updated"][:] = created + past
        has_signed_in = noise.happens("has signed in", count, 0.9)
        state["last_login"][has_signed_in] = state["updated"][has_signed_in]
        left = noise.happens("left before", count, 0.03)
        state["status"][left] = LEFT
        state["deleted"][left] = state["updated"][left]

    def _new(self, noise: Noise, created: Ints) -> State:
        count = len(created)
        organizations = len(self._organizations.state)
        unit = noise.units("organization", count)
        japanese = noise.happens("japanese", count, 0.55)
        names = len(words.GIVEN) // words.TONGUES
        begin = np.where(japanese, 0, names)
        role = noise.pick("role", count, words.ROLE_WEIGHTS)
        department = noise.below("department", count, len(words.DEPARTMENTS))
        region = noise.pick("region", count, words.REGION_WEIGHTS)
        missing = np.full(count, MISSING)
        expires = created + DAY * (1000 + noise.below("expires in", count, 1500))
        return State(
            organization=(organizations * unit * unit * unit).astype(np.int64),
            given=begin + noise.below("given", count, names),
            family=begin + noise.below("family", count, names),
            role=role,
            previous_role=(role + 1) % len(words.ROLES),
            department=np.where(noise.happens("no department", count, 0.04), -1, department),
            previous_department=(department + 1) % len(words.DEPARTMENTS),
            geographic_region=region,
            previous_geographic_region=(region + 1) % len(words.REGIONS),
            verified=noise.happens("verified", count, 0.93).astype(np.int64),
            mfa=noise.happens("mfa", count, 0.6).astype(np.int64),
            level=noise.below("level", count, len(words.LEVELS)),
            privacy=noise.below("privacy", count, len(words.PRIVACY)),
            attempts=np.zeros(count, np.int64),
            locked=missing,
            last_login=missing,
            expires=np.where(noise.happens("expires", count, 0.12), expires, MISSING),
            created=created,
            updated=created,
            deleted=missing,
            status=np.full(count, IN_USE),
            landed=np.zeros(count, np.int64),
        )

    def ids(self, rows: Ints) -> Strings:
        """Ids of accounts; missing where negative."""
        known = len(self._ids)
        if known < len(self.state):
            new = self._id_maker.of(np.arange(known, len(self.state)))
            self._ids = pa.concat_arrays([self._ids, new])
        return chosen(self._ids, rows)

    def advance(self, half: Half) -> UserChanges:
        """Let the half day pass."""
        state, options = self.state, self._options
        noise = Noise(options.seed, "users", half.number)
        count = len(state)
        status = state["status"].copy()
        share = half.load / 2
        in_use = status == IN_USE
        leaves = in_use & noise.happens("leaves", count, options.user_departures_per_day * share)
        returns = ~in_use & noise.happens("returns", count, options.user_returns_per_day * share)
        purged = (status == LEFT) & ~returns
        purged &= noise.happens(
            "purged", count, _PURGE_SHARE * options.user_returns_per_day * share
        )
        # Some are busier than others: 3 u^2 has mean 1.
        unit = Noise(options.seed, "busy").units("busy", count)
        expected = options.user_changes_per_day * share * 3 * unit * unit
        counts = np.where(in_use, change_counts(noise, expected), 0)
        last_only = leaves | returns | purged
        counts += last_only
        changes = UserChanges(np.zeros(0, np.int64), np.zeros(0, np.int64), leaves)
        for turn in rounds(noise, self._halves, half, counts, state["updated"]):
            special = turn.is_last & last_only[turn.rows]
            kind = noise.pick(f"kind {turn.number}", len(turn.rows), _KINDS)
            usual = Round(turn.number, turn.rows[~special], turn.times[~special], special[:0])
            self._change(noise, usual, kind[~special], changes)
            rows, times = turn.rows[special], turn.times[special]
            hard = noise.happens(f"for good {turn.number}", len(rows), _HARD_SHARE) | purged[rows]
            self._leave(rows, times, hard, returns[rows], changes)
        joined = self._join(half, count, changes)
        self._someone_signs_in(half, counts, changes)
        present = state["status"] != ABSENT
        is_first = half.number == 0  # which takes in what is there from before
        written = present & (is_first | (state["updated"] >= half.begin))
        changes.written = np.flatnonzero(written)
        changes.deleted = np.flatnonzero((state["landed"] == 1) & ~present)
        state["landed"][:] = present
        changes.departed = np.concatenate([leaves | ~in_use, np.ones(joined, dtype=np.bool_)])
        return changes

    def _change(self, noise: Noise, turn: Round, kind: Ints, changes: UserChanges) -> None:
        state, rows, times = self.state, turn.rows, turn.times
        for position, (name, values) in enumerate(MOVES.items()):
            moved = kind == position
            chosen_rows, count = rows[moved], int(moved.sum())
            pool = len(values)
            step = 1 + noise.below(f"{name} {turn.number}", count, pool - 1)
            other = (np.maximum(state[name][chosen_rows], 0) + step) % pool
            back = noise.happens(f"{name} back {turn.number}", count, 0.35)
            target = np.where(back, state[f"previous_{name}"][chosen_rows], other)
            changes.note(name, chosen_rows, times[moved], *state.swap(chosen_rows, name, target))
        signed_in = rows[kind == _SIGN_IN]
        self._sign_in(signed_in, times[kind == _SIGN_IN], changes)
        failed, moments = rows[kind == _FAILED], times[kind == _FAILED]
        state["attempts"][failed] += 1
        locked = state["attempts"][failed] >= _TRIES_BEFORE_LOCK
        state["locked"][failed[locked]] = moments[locked] + 1800 * SECOND
        changes.note("failed", failed, moments)
        others = rows[kind == _SETTINGS]
        state["mfa"][others] = 1 - state["mfa"][others]
        state["privacy"][others] = (state["privacy"][others] + 1) % len(words.PRIVACY)

    def _sign_in(self, rows: Ints, times: Ints, changes: UserChanges) -> None:
        self.state["last_login"][rows] = times
        self.state["attempts"][rows] = 0
        self.state["locked"][rows] = MISSING
        changes.note("sign_in", rows, times)

    def _leave(
        self, rows: Ints, times: Ints, hard: Flags, returns: Flags, changes: UserChanges
    ) -> None:
        """Soft and hard deletions, and returns from either."""
        state = self.state
        back, gone, left = rows[returns], rows[~returns & hard], rows[~returns & ~hard]
        state["status"][back] = IN_USE
        state["deleted"][back] = MISSING
        state["status"][gone] = ABSENT
        state["status"][left] = LEFT
        state["deleted"][left] = times[~returns & ~hard]
        changes.note("restored", back, times[returns])
        changes.note("deleted", rows[~returns], times[~returns])

    def _join(self, half: Half, count: int, changes: UserChanges) -> int:
        noise = Noise(self._options.seed, "new users", half.number)
        rate = self._options.user_joins_per_day * half.load / 2
        created = self._halves.moments(
            half, noise.units("time", int(noise.happens("join", count, rate).sum()))
        )
        joined = self.state.add(self._new(noise, created))
        changes.note("created", joined, created)
        return len(joined)

    def _someone_signs_in(self, half: Half, counts: Ints, changes: UserChanges) -> None:
        """Without anybody at work there would be no documents."""
        if any(len(o.users) for o in changes.happened.get("sign_in", [])):
            return
        quiet = (self.state["status"][: len(counts)] == IN_USE) & (counts == 0)
        rows = np.flatnonzero(quiet)[: 1 + len(counts) // 40]
        noise = Noise(self._options.seed, "someone", half.number)
        times = np.maximum(
            self._halves.moments(half, 0.2 + 0.4 * noise.units("time", len(rows))),
            self.state["updated"][rows] + 1,
        )
        self.state["updated"][rows] = times
        self._sign_in(rows, times, changes)

    def table(self, rows: Ints) -> Any:
        """The accounts as they stand, as rows of the stream."""
        state = self.state
        given, family = state["given"][rows], state["family"][rows]
        moment = {
            name: self._times.column(state[name][rows])
            for name in ("last_login", "locked", "expires", "created", "updated", "deleted")
        }
        return table_of(
            "users",
            {
                "id": self.ids(rows),
                "organization_id": self._organizations.ids(state["organization"][rows]),
                "email": glue(
                    chosen(_GIVEN_SPELT, given),
                    ".",
                    chosen(_FAMILY_SPELT, family),
                    whole(rows).cast("string"),
                    "@",
                    self._organizations.domains(state["organization"][rows]),
                ),
                "email_verified": pa.array(state["verified"][rows] == 1),
                "first_name": chosen(_GIVEN, given),
                "last_name": chosen(_FAMILY, family),
                "role": chosen(words.ROLES, state["role"][rows]),
                "department": chosen(words.DEPARTMENTS, state["department"][rows]),
                "geographic_region": chosen(words.REGIONS, state["geographic_region"][rows]),
                "mfa_enabled": pa.array(state["mfa"][rows] == 1),
                "last_login_at": moment["last_login"],
                "login_attempts": whole(state["attempts"][rows]),
                "locked_until": moment["locked"],
                "privacy_settings": chosen(words.PRIVACY, state["privacy"][rows]),
                "data_classification_level": chosen(words.LEVELS, state["level"][rows]),
                "access_expires_at": moment["expires"],
                "created_at": moment["created"],
                "updated_at": moment["updated"],
                "deleted_at": moment["deleted"],
            },
        )
