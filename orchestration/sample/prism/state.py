"""Rows of the application that change over time, and the rounds in which they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from orchestration.sample.noise import Flags, Floats, Ints, Noise
from orchestration.sample.prism.halves import Half, Halves

_MOST_CHANGES = 12

ABSENT, IN_USE, LEFT = 0, 1, 2
"""Where a row stands: gone from its table, in use, softly deleted."""


class State:
    """Attributes of numbered rows, one integer array an attribute; rows are added, never removed.

    A row that is hard-deleted stays as `ABSENT`: it may come back under its number.
    """

    def __init__(self, **columns: Ints) -> None:
        self._columns = {name: np.array(values, np.int64) for name, values in columns.items()}

    def __getitem__(self, name: str) -> Ints:
        """The attribute of every row; write to it in place."""
        return self._columns[name]

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def add(self, other: State) -> Ints:
        """Add rows; returns their numbers."""
        begin = len(self)
        for name, values in other._columns.items():
            self._columns[name] = np.concatenate([self._columns[name], values])
        return np.arange(begin, len(self))

    def swap(self, rows: Ints, name: str, value: Ints) -> tuple[Ints, Ints]:
        """Set an attribute, keeping the value before it; returns values before and after."""
        before = self[name][rows]
        self[name][rows] = value
        self[f"previous_{name}"][rows] = before
        return before, value


@dataclass(frozen=True)
class Round:
    """The n-th changes of a half day, at most one a row: `rows` at `times`."""

    number: int
    rows: Ints
    times: Ints
    is_last: Flags


def change_counts(noise: Noise, expected: Floats) -> Ints:
    """Changes of each row, geometrically distributed about the expected number."""
    share = expected / (1 + expected)
    units = noise.units("changes", len(expected))
    counts = np.zeros(len(expected), dtype=np.int64)
    bound = share.copy()
    for _ in range(_MOST_CHANGES):
        counts += units < bound
        bound *= share
    return counts


def rounds(noise: Noise, halves: Halves, half: Half, counts: Ints, latest: Ints) -> Iterator[Round]:
    """Times of the changes, each row's strictly one after the other.

    Args:
        noise: draws of the half.
        halves: the rhythm.
        half: the half day all times lie in.
        counts: changes of each row.
        latest: when each row was last written; set to the last time.
    """
    for number in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(counts > number)
        units = (number + noise.units(f"moment {number}", len(rows))) / counts[rows]
        times = np.maximum(halves.moments(half, units), latest[rows] + 1)
        latest[rows] = times
        yield Round(number, rows, times, counts[rows] == number + 1)
