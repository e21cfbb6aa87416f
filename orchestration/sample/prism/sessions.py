"""Sign-ins of a half day that documents can come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample.noise import Ints, Noise, Words, key_of, mix
from orchestration.sample.prism.halves import Half
from orchestration.sample.prism.users import UserChanges, Users
from orchestration.sample.rhythm import SECOND

_SHORTEST_MINUTES, _LONGEST_MINUTES = 20, 260


@dataclass(frozen=True)
class Sessions:
    """One row a sign-in: who, of which organization, from when until when, under which id."""

    users: Ints
    organizations: Ints
    begins: Ints
    ends: Ints
    ids: Words

    def __len__(self) -> int:
        return len(self.users)


def sessions_of(seed: int, half: Half, users: Users, changes: UserChanges) -> tuple[Sessions, Ints]:
    """The sign-ins of a half day, in order of the occurrences.

    Returns:
        All sign-ins, and the positions of those whose person stays through the half day.
    """
    found = changes.happened.get("sign_in", [])
    people = np.concatenate([o.users for o in found])
    begins = np.concatenate([o.times for o in found])
    count = len(people)
    noise = Noise(seed, "sessions of accounts", half.number)
    minutes = _SHORTEST_MINUTES + noise.below("m", count, _LONGEST_MINUTES - _SHORTEST_MINUTES)
    numbers = np.arange(count, dtype=np.uint64) + np.uint64(half.number << 40)
    sessions = Sessions(
        users=people,
        organizations=users.state["organization"][people],
        begins=begins,
        ends=np.minimum(begins + minutes * 60 * SECOND, half.end - 1),
        ids=mix(numbers ^ np.uint64(key_of(seed, "session ids"))),
    )
    return sessions, np.flatnonzero(~changes.departed[people])
