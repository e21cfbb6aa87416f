"""Reproducible chance: a draw depends on what it is for, never on what was drawn before it."""

from __future__ import annotations

from hashlib import blake2b
from random import Random

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_GAMMA = 0x9E3779B97F4A7C15


def key_of(*labels: object) -> int:
    """A 64-bit key for a purpose, named by anything printable."""
    return int.from_bytes(blake2b(repr(labels).encode(), digest_size=8).digest(), "big")


def mix(words: Words) -> Words:
    """A bijection of 64-bit words that looks like chance: SplitMix64 as a counter-based hash.

    Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class Noise:
    """Draws of one scope, such as a stream's rows of one day, each named by its purpose."""

    def __init__(self, *scope: object) -> None:
        self._scope = scope

    def within(self, *scope: object) -> Noise:
        """Draws of a part of the scope."""
        return Noise(*self._scope, *scope)

    def words(self, purpose: str, count: int) -> Words:
        """`count` 64-bit words."""
        counter = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA)
        return mix(counter + np.uint64(key_of(*self._scope, purpose)))

    def units(self, purpose: str, count: int) -> Floats:
        """Numbers in [0, 1)."""
        return (self.words(purpose, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, purpose: str, count: int, bound: int) -> Ints:
        """Whole numbers in [0, bound)."""
        return (self.units(purpose, count) * bound).astype(np.int64)

    def normal(self, purpose: str, count: int) -> Floats:
        """Numbers about 0 with deviation 1, as Box and Muller draw them."""
        first, second = self.units(purpose, 2 * count).reshape(2, -1)
        normal: Floats = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
        return normal

    def happens(self, purpose: str, count: int, share: float) -> Flags:
        """True at the given share."""
        return self.units(purpose, count) < share

    def dice(self, purpose: str, row: int) -> Random:
        """Python's generator for one row, where Python builds the value."""
        return Random(key_of(*self._scope, purpose, row))  # noqa: S311 (no secrets here)
