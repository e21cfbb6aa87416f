"""Memory is used again only when nothing refers to what was read into it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.ingest.slabs import Slabs


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_a_slab_in_use_is_not_handed_out_again() -> None:
    slabs = Slabs(1_000)
    first = slabs.take(1_000)
    first[:] = 1
    text = pa.py_buffer(first)
    address = _address(first)
    del first
    second = slabs.take(1_000)
    second[:] = 2
    third = slabs.take(1_000)
    assert address not in (_address(second), _address(third))
    assert set(text.to_pybytes()) == {1}


def test_a_slab_is_used_again_when_all_its_pieces_are_gone() -> None:
    slabs = Slabs(1_000)
    first = slabs.take(10)
    slabs.give_back(900)
    second = slabs.take(10)
    assert _address(second) == _address(first) + 100
    address = _address(first)
    del first
    third = slabs.take(1_000)
    assert _address(third) != address
    del second
    assert _address(slabs.take(1_000)) == address


def test_a_piece_may_be_longer_than_a_slab() -> None:
    slabs = Slabs(1_000)
    assert len(slabs.take(5_000)) == 5_000
