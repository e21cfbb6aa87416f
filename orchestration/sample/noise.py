"""Reproducible chance: a value depends on its key and index alone, never on what was drawn before.

SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014) as a
counter-based hash. Integer arithmetic, so every machine and library version draws the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


def key_of(*labels: object) -> int:
    """A 64-bit key for a purpose, named by anything printable."""
    return int.from_bytes(blake2b(repr(labels).encode(), digest_size=8).digest(), "big")


def mix(words: Words) -> Words:
    """A bijection of 64-bit words that looks like chance."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class Noise:
    """Draws of one scope (a stretch of one day), each named by its purpose."""

    def __init__(self, *scope: object) -> None:
        self._scope = scope

    def words(self, purpose: str, count: int) -> Words:
        """`count` 64-bit words."""
        counter = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA)
        return mix(counter + np.uint64(key_of(*self._scope, purpose)))

    def units(self, purpose: str, count: int) -> Floats:
        """Numbers in [0, 1)."""
        return (self.words(purpose, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, purpose: str, count: int, bound: int) -> Ints:
        """Whole numbers in [0, bound), bound at most 2**31."""
        high = self.words(purpose, count) >> np.uint64(32)
        return ((high * np.uint64(bound)) >> np.uint64(32)).astype(np.int64)

    def pick(self, purpose: str, count: int, table: Ints) -> Ints:
        """Entries of a table, each equally likely."""
        return table[self.below(purpose, count, len(table))]

    def happens(self, purpose: str, count: int, rate: float) -> Flags:
        """True at the given rate."""
        return self.units(purpose, count) < rate


class Dice:
    """A sequence of draws for one line, where Python builds the text."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def word(self) -> int:
        """The next 64-bit word."""
        self._state = (self._state + _GAMMA) & _MASK
        word = self._state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        return word ^ (word >> 31)

    def below(self, bound: int) -> int:
        """A whole number in [0, bound)."""
        return ((self.word() >> 32) * bound) >> 32

    def between(self, lowest: int, highest: int) -> int:
        """A whole number in [lowest, highest]."""
        return lowest + self.below(highest - lowest + 1)

    def choose(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def digits(self, count: int) -> str:
        """A string of decimal digits."""
        return "".join(str(self.below(10)) for _ in range(count))


def lognormal_table(
    median: float, sigma: float, lowest: float, highest: float, size: int = 8192
) -> Ints:
    """The quantiles of a clipped log-normal distribution, rounded to whole numbers."""
    normal = NormalDist()
    quantiles = (
        median * math.exp(sigma * normal.inv_cdf((step + 0.5) / size)) for step in range(size)
    )
    return np.array([round(min(max(q, lowest), highest)) for q in quantiles], dtype=np.int64)


def weighted_table(weights: Sequence[float], size: int = 4096) -> Ints:
    """The positions of the weights, each repeated in its proportion."""
    total = math.fsum(weights)
    bounds = [round(size * math.fsum(weights[: i + 1]) / total) for i in range(len(weights))]
    return np.repeat(np.arange(len(weights)), np.diff([0, *bounds])).astype(np.int64)
