"""Rows of an application that change over time: accounts, documents, whatever has states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestration.sample.columns import MISSING
from orchestration.sample.noise import Flags, Floats, Ints, Noise
from orchestration.sample.rhythm import Rhythm, Slot

_MOST_CHANGES = 12
ABSENT, IN_USE, LEFT = 0, 1, 2
"""Where a row stands: gone from its table, in use, softly deleted."""


class State:
    """Attributes of numbered rows, an array each; rows are added, never removed.

    A row that is hard-deleted stays as `ABSENT`: it may come back under its number.
    """

    def __init__(self, **columns: Any) -> None:
        self.columns: dict[str, Any] = {name: np.array(part) for name, part in columns.items()}

    def __getitem__(self, name: str) -> Any:
        """The attribute of every row; write to it in place."""
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def add(self, other: State) -> Ints:
        """Add rows; returns their numbers."""
        begin = len(self)
        for name, values in other.columns.items():
            self.columns[name] = np.concatenate([self.columns[name], values])
        return np.arange(begin, len(self))

    def move(
        self, noise: Noise, name: str, rows: Ints, choices: int, back: float
    ) -> tuple[Ints, Ints]:
        """Give an attribute another value, the one before it at the share `back`.

        Returns:
            Values before and after.
        """
        before = self[name][rows]
        step = 1 + noise.below(name, len(rows), choices - 1)
        returns = noise.happens(f"{name} back", len(rows), back)
        other = (np.maximum(before, 0) + step) % choices
        after = np.where(returns, self[f"previous_{name}"][rows], other)
        self[name][rows], self[f"previous_{name}"][rows] = after, before
        return before, after


@dataclass(frozen=True)
class Round:
    """The n-th changes of a slot, at most one a row."""

    noise: Noise  # draws of the round
    rows: Ints
    times: Ints
    is_last: Flags  # of its row


def change_counts(noise: Noise, expected: Floats) -> Ints:
    """Changes of each row, geometrically distributed about the expected number."""
    share = np.maximum(expected / (1 + expected), 1e-9)
    drawn = np.log1p(-noise.units("changes", len(expected))) / np.log(share)
    return np.minimum(drawn, _MOST_CHANGES).astype(np.int64)


def rounds(rhythm: Rhythm, slot: Slot, noise: Noise, counts: Ints, latest: Ints) -> Iterator[Round]:
    """Times of each row's changes, strictly increasing; `latest` receives the last."""
    for number in range(int(counts.max(initial=0))):
        of_round = noise.within(number)
        rows = np.flatnonzero(counts > number)
        units = (number + of_round.units("moment", len(rows))) / counts[rows]
        times = np.maximum(rhythm.moments(slot, units), latest[rows] + 1)
        latest[rows] = times
        yield Round(of_round, rows, times, counts[rows] == number + 1)


def seen_states(rhythm: Rhythm, times: Ints, removed: Ints | None = None) -> tuple[Ints, Ints]:
    """The states that extractions find: the last of each slot, none after removal.

    Args:
        rhythm: tells the slots.
        times: when each row enters each state, rows by states; `MISSING` where it never does.
        removed: when each row is deleted for good, `MISSING` where never.

    Returns:
        Row and state of each that is seen, by row and state.
    """
    exists = times != MISSING
    slots = np.where(exists, rhythm.slot_of(times), -1)
    seen = exists.copy()
    if removed is not None:
        gone = np.where(removed == MISSING, 1 << 40, rhythm.slot_of(removed))
        seen &= slots < gone[:, None]
    following = np.full(len(times), -2)
    for place in range(times.shape[1] - 1, -1, -1):
        seen[:, place] &= slots[:, place] != following
        following = np.where(exists[:, place], slots[:, place], following)
    row, state = np.nonzero(seen)
    return row, state
