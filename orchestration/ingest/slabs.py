"""Memory that lines are read into, used again: fresh pages cost as much as the reading."""

from __future__ import annotations

import weakref

import numpy as np

SLAB_BYTES = 128 << 20


class Slabs:
    """Hands out pieces of large slabs; a slab is used again when its pieces are gone.

    One thread takes pieces; they may be dropped in any.
    """

    def __init__(self, slab_bytes: int) -> None:
        self.slab_bytes = slab_bytes
        self._free: list[np.ndarray] = []
        self._slab: _Slab | None = None

    def take(self, at_least: int) -> np.ndarray:
        """Memory, not initialised, in use as long as this very array is, or a buffer of it.

        A slice of the array does not keep it; Arrow buffers and memoryviews do.
        """
        slab = self._slab
        if slab is None or len(slab.memory) - slab.used < at_least:
            slab = self._slab = _Slab(self._memory(at_least), self._free)
        piece = slab.memory[slab.used :]
        slab.used = len(slab.memory)
        weakref.finalize(piece, slab.is_referred_to)
        return piece

    def give_back(self, byte_count: int) -> None:
        """Return the end of the piece taken last."""
        assert self._slab is not None
        self._slab.used -= byte_count

    def _memory(self, at_least: int) -> np.ndarray:
        if self._free and len(self._free[-1]) >= at_least:
            return self._free.pop()
        return np.empty(max(at_least, self.slab_bytes), dtype=np.uint8)


class _Slab:
    def __init__(self, memory: np.ndarray, free: list[np.ndarray]) -> None:
        self.memory = memory
        self.used = 0
        self._free = free

    def is_referred_to(self) -> None:
        """A method bound to the slab, for a finalizer that does nothing but refer to it."""

    def __del__(self) -> None:
        self._free.append(self.memory)
