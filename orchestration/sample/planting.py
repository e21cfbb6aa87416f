"""What becomes of rows on their way: late, twice, corrected, overtaken, without a required value.

In `sample.yml`, among a stream's faults:

    late:                                              up to ten days
    redelivered:
    missing_required: {empty: [created_at]}            which columns; without it, any required one
    corrected: {set: {rating: [1, 5]}, scale: {cost_usd: [1.1]}}
    out_of_order:                                      for streams whose rows are written again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.columns import column_of, taken, to_json
from orchestration.sample.declared import Stream
from orchestration.sample.faults import (
    ABSENT,
    DELIVERY,
    REJECTED,
    Record,
    Spoilt,
    edited,
    records_at,
    replaced,
)
from orchestration.sample.frames import Frame
from orchestration.sample.noise import Flags, Ints, Noise
from orchestration.sample.rhythm import DAY

_LONGEST_DELAY_DAYS = 10


@dataclass
class Batch:
    """Rows as the application has them, before anything goes wrong on their way."""

    stream: Stream
    frame: Frame  # what each row is a version of, as drawn
    content: Any  # a table, or lines as its column `line`
    written: Ints  # when each row was last written, in microseconds
    entity: Ints  # the row of the frame that each is a version of
    spoilt: Spoilt = field(default_factory=Spoilt)  # the application's own faults


@dataclass
class Planted:
    """What is delivered of a batch: first deliveries in order, then second ones.

    `rows` has, beside the content, when each arrives (`_arrival`), whether it must load (`_valid`)
    and is the first of its natural key to do so (`_fresh`), and its faults (`_notes`), as lines of
    a JSON object without its braces.
    """

    stream: Stream
    frame: Frame
    rows: Any
    entity: Ints
    written: Ints
    again: Flags  # second deliveries
    edits: Mapping[int, Record]  # values that differ from what was drawn
    removed: Ints | None = None  # when each entity is deleted for good, `MISSING` where never

    def values(self, column: str) -> Any:
        """What the valid rows say in a column, as an Arrow array."""
        if column in self.rows.column_names:
            return self.rows.column(column)
        valid = self.rows.column("_valid").to_numpy()
        rows = [row for row, edit in self.edits.items() if column in edit and valid[row]]
        drawn = column_of(taken(self.frame[column], self.entity))
        return replaced(drawn, rows, [self.edits[row][column] for row in rows])

    def having(self, *faults: str) -> Ints:
        """The rows with one of the faults."""
        texts = self.rows.column("_notes").to_pylist()
        names = [f'"fault":"{fault}"' for fault in faults]
        rows = [row for row, text in enumerate(texts) if text and any(n in text for n in names)]
        return np.array(rows, dtype=np.int64)

    def in_time(self, end: int) -> Flags:
        """Which rows are delivered validly before `end`."""
        arrival, valid = (self.rows.column(name).to_numpy() for name in ("_arrival", "_valid"))
        flags: Flags = valid & (arrival < end)
        return flags

    def latest(self, end: int) -> Ints:
        """Of these, the row of each entity that wins: the greatest version, the last delivery."""
        arrived = np.flatnonzero(self.in_time(end))
        return self._winners(arrived, self.rows.column("_arrival").to_numpy()[arrived])

    def stored(self, end: int) -> Ints:
        """The rows as the application's tables hold them at `end`, corrections included."""
        corrected = np.zeros(len(self.entity), dtype=np.bool_)
        corrected[self.having("corrected")] = True
        there = (self.written < end) & ~self.again
        there |= corrected & (self.rows.column("_arrival").to_numpy() < end)
        if self.removed is not None:
            removed = self.removed[self.entity]
            there &= (removed < 0) | (removed >= end)
        rows = np.flatnonzero(there)
        return self._winners(rows, corrected[rows].astype(np.int64))

    def _winners(self, rows: Ints, order: Ints) -> Ints:
        ranked = rows[np.lexsort((order, self.written[rows], self.entity[rows]))]
        entity = self.entity[ranked]
        winners: Ints = np.sort(ranked[np.diff(entity, append=-1) != 0])
        return winners


def deliver(batch: Batch, shares: Mapping[str, float], slot_length: int, noise: Noise) -> Planted:
    """Turn rows into what is delivered of them; see `Rhythm` for the length of a slot."""
    stream, count, notes = batch.stream, len(batch.written), batch.spoilt.notes
    arrival = np.maximum(batch.written, 0)
    edits, again, arrivals = dict(batch.spoilt.edits), list[int](), list[int]()
    told = Spoilt(notes={row: list(found) for row, found in notes.items()})
    fault = _drawn(batch, shares, noise)
    rows, correct = np.flatnonzero(fault != ""), np.flatnonzero(fault == "corrected")
    records = dict(zip(correct.tolist(), records_at(batch.content, correct), strict=True))
    for row, name in zip(rows.tolist(), fault[rows].tolist(), strict=True):
        dice = noise.dice(name, row)
        days = dice.randint(1, _LONGEST_DELAY_DAYS)
        if name in ("redelivered", "corrected"):
            position, days = count + len(again), days if dice.random() < 0.6 else 0
            again.append(row)
            arrivals.append(_moment_after(int(arrival[row]), days, dice))
            edits[position] = dict(edits.get(row, {}))
            column = None
            if name == "corrected":
                column = _correct(stream, records[row], edits[position], dice)
            # A correction that replaces the text itself leaves no personal data behind.
            if column not in stream.personal:
                told.notes[position] = list(notes.get(row, []))
            told.note(position, name, days=days, **({"field": column} if column else {}))
        elif name == "missing_required":
            column = dice.choice((stream.faults[name] or {}).get("empty", stream.required))
            form = dice.choice(("null", "absent")) if stream.form == "jsonl" else "null"
            edits[row] = {column: ABSENT if form == "absent" else None}
            told.note(row, name, field=column, form=form)
        elif name == "late":
            arrival[row] = _moment_after(int(arrival[row]), days, dice)
            told.note(row, name, days=days)
        else:
            # The last row of the next slot: after a newer version, if there is one.
            arrival[row] = (arrival[row] // slot_length + 2) * slot_length - 1
            told.note(row, name)
    order = np.concatenate([np.arange(count), np.array(again, dtype=np.int64)])
    arrival = np.concatenate([arrival, np.array(arrivals, dtype=np.int64)])
    valid = np.ones(len(order), dtype=np.bool_)
    texts: list[str | None] = [None] * len(order)
    for row, found in told.notes.items():
        valid[row] = not any(note["fault"] in REJECTED for note in found)
        texts[row] = "\n".join(to_json(note)[1:-1] for note in found) or None
    entity = batch.entity[order]
    key = entity if stream.versions == "latest" else order
    content = batch.content.take(pa.array(order)) if again else batch.content
    content = edited(content, {row: edit for row, edit in edits.items() if edit})
    rows_planted = pa.table(
        {
            **dict(zip(content.column_names, content.columns, strict=True)),
            "_arrival": arrival,
            "_valid": valid,
            "_fresh": _first_of_each(key, arrival, valid),
            "_notes": pa.array(texts, pa.string()),
        }
    )
    second = np.arange(len(order)) >= count
    return Planted(stream, batch.frame, rows_planted, entity, batch.written[order], second, edits)


def _drawn(batch: Batch, shares: Mapping[str, float], noise: Noise) -> Any:
    """The fault of each row, or an empty text: only rows that are right so far have one."""
    names = [name for name in DELIVERY if name in batch.stream.faults]
    bounds = np.cumsum([shares[name] for name in names])
    units = noise.units("fault", len(batch.written))
    fault = np.array([*names, ""])[np.searchsorted(bounds, units, side="right")]
    for row, found in batch.spoilt.notes.items():
        if fault[row] == "missing_required" or any(note["fault"] != "pii" for note in found):
            fault[row] = ""
    return fault


def _correct(stream: Stream, record: Record, edit: Record, dice: Random) -> str:
    """Give one column the value that a later correction would; returns the column."""
    ways = stream.faults["corrected"]
    chosen, scaled = ways.get("set", {}), ways.get("scale", {})
    column: str = dice.choice([*chosen, *scaled])
    before = edit.get(column, record.get(column))
    if column in chosen:
        edit[column] = dice.choice([value for value in chosen[column] if value != before])
    else:
        after = (before or 0) * dice.choice(scaled[column])
        after = round(after) if isinstance(before, int) else round(after, 6)
        edit[column] = after if after != before else 1
    return column


def _moment_after(written: int, days: int, dice: Random) -> int:
    """A moment `days` after the day of writing; on the same day, after the writing."""
    midnight = (written // DAY + days) * DAY
    return min(dice.randint(max(midnight, written + 1), midnight + DAY), midnight + DAY - 1)


def _first_of_each(key: Ints, arrival: Ints, valid: Flags) -> Flags:
    """Whether a row is the first to arrive of the valid ones with its key."""
    rows = np.flatnonzero(valid)
    ranked = rows[np.lexsort((arrival[rows], key[rows]))]
    fresh = np.zeros(len(key), dtype=np.bool_)
    fresh[ranked[np.diff(key[ranked], prepend=-1) != 0]] = True
    return fresh
