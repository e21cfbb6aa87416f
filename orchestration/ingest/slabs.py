"""Reusable read buffers: faulting in fresh pages would take as long as reading itself."""

from __future__ import annotations

import weakref

import numpy as np

SLAB_BYTES = 128 << 20


class Slabs:
    """Hands out pieces of large slabs, and reuses a slab once all its pieces are gone.

    Only one thread may take pieces; any thread may drop them.
    """

    def __init__(self, slab_bytes: int) -> None:
        self.slab_bytes = slab_bytes
        self._free: list[np.ndarray] = []
        self._slab: _Slab | None = None

    def take(self, at_least: int) -> np.ndarray:
        """Return at least so many bytes of uninitialised memory.

        The memory counts as in use as long as this array object is alive. Arrow buffers and
        memoryviews keep it alive; a NumPy slice does not, as it refers to the slab's own array.
        """
        slab = self._slab
        if slab is None or len(slab.memory) - slab.used < at_least:
            slab = self._slab = _Slab(self._memory(at_least), self._free)
        piece = slab.memory[slab.used :]
        slab.used = len(slab.memory)
        weakref.finalize(piece, slab.is_referred_to)
        return piece

    def give_back(self, byte_count: int) -> None:
        """Give back the last `byte_count` bytes of the piece taken last."""
        assert self._slab is not None
        self._slab.used -= byte_count

    def _memory(self, at_least: int) -> np.ndarray:
        if self._free and len(self._free[-1]) >= at_least:
            return self._free.pop()
        return np.empty(max(at_least, self.slab_bytes), dtype=np.uint8)


class _Slab:
    """One slab, kept alive by the finalizers of its pieces; when it goes, its memory is free."""

    def __init__(self, memory: np.ndarray, free: list[np.ndarray]) -> None:
        self.memory = memory
        self.used = 0
        self._free = free

    def is_referred_to(self) -> None:
        """Do nothing: as a finalizer, this bound method keeps the slab alive while a piece is."""

    def __del__(self) -> None:
        self._free.append(self.memory)
