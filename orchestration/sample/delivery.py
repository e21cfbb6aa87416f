"""Rows of one stream on their way to a file, with what the truth must know of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.noise import Flags, Ints


@dataclass(frozen=True)
class Note:
    """A planted fault of one row; `detail` is a JSON object."""

    fault: str
    detail: str
    pii_type: str | None = None


@dataclass
class Rows:
    """Rows of one stream on their way to a file.

    Attributes:
        content: the rows: an Arrow string array of lines, each with its line feed, or a table.
        arrival: when the application delivers each, in microseconds.
        valid: whether the row must load.
        fresh: whether it is the first valid delivery of its natural key.
        note_rows: the row of each note.
        notes: the planted faults.
    """

    content: Any
    arrival: Ints
    valid: Flags
    fresh: Flags
    note_rows: Ints
    notes: list[Note]

    def __len__(self) -> int:
        return len(self.arrival)

    def select(self, rows: Ints) -> Rows:
        """The rows in the given order."""
        place = np.full(len(self), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        moved = place[self.note_rows]
        kept = np.flatnonzero(moved >= 0)
        kept = kept[np.argsort(moved[kept], kind="stable")]
        return Rows(
            self.content.take(pa.array(rows)),
            self.arrival[rows],
            self.valid[rows],
            self.fresh[rows],
            moved[kept],
            [self.notes[i] for i in kept.tolist()],
        )

    @staticmethod
    def joined(batches: Sequence[Rows]) -> Rows:
        """One batch after the other; at least one."""
        starts = np.cumsum([0, *(len(b) for b in batches[:-1])])
        contents = [b.content for b in batches]
        is_table = isinstance(contents[0], pa.Table)
        return Rows(
            pa.concat_tables(contents) if is_table else pa.concat_arrays(contents),
            np.concatenate([b.arrival for b in batches]),
            np.concatenate([b.valid for b in batches]),
            np.concatenate([b.fresh for b in batches]),
            np.concatenate([b.note_rows + s for b, s in zip(batches, starts, strict=True)]),
            [note for b in batches for note in b.notes],
        )

    def in_order(self) -> Rows:
        """Sorted by arrival; what arrives together stays in order."""
        return self.select(np.argsort(self.arrival, kind="stable"))
