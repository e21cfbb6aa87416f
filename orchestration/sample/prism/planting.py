"""Faults of delivery and of contract, and what becomes of rows: files, and a final state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.delivery import Note, Rows
from orchestration.sample.noise import Dice, Flags, Ints, Noise
from orchestration.sample.options import LONGEST_DELAY_DAYS
from orchestration.sample.prism.columns import edited
from orchestration.sample.prism.halves import HALF
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.rhythm import DAY
from orchestration.sample.text import to_json

Edit = dict[str, Any]


def note_of(fault: str, pii_type: str | None = None, **details: Any) -> Note:
    """A note with its details as JSON."""
    return Note(fault, to_json(details), pii_type)


@dataclass(frozen=True)
class Manner:
    """How a stream is delivered.

    Attributes:
        required: the column that faults leave empty; None: none.
        keeps_versions: whether the time of writing is part of the natural key.
        changes: whether rows are written again, so that versions can overtake each other.
        correct: changes a row as a later correction would: the edit, and the column.
    """

    required: str | None
    keeps_versions: bool = False
    changes: bool = False
    correct: Callable[[dict[str, Any], Dice], tuple[Edit, str]] | None = None


def _correct_section(row: dict[str, Any], dice: Dice) -> tuple[Edit, str]:
    value = (round(100 * row["complexity_score"]) + dice.between(1, 99)) % 100 / 100
    return {"complexity_score": value}, "complexity_score"


def _correct_analysis(row: dict[str, Any], dice: Dice) -> tuple[Edit, str]:
    if dice.below(2):
        tokens = row["tokens_used"] + dice.between(1, 500)
        cost = (round(1_000_000 * row["cost_usd"]) + dice.between(1, 5000)) / 1_000_000
        return {"tokens_used": tokens, "cost_usd": cost}, "tokens_used"
    before = row["user_satisfaction_score"] or 0.0
    score = float(dice.choose([s for s in (1, 2, 3, 4, 5) if s != before]))
    return {"user_satisfaction_score": score}, "user_satisfaction_score"


def _correct_event(row: dict[str, Any], dice: Dice) -> tuple[Edit, str]:
    days = row["retention_period_days"] + 365 * dice.between(1, 3)
    return {"retention_period_days": days}, "retention_period_days"


MANNERS: Mapping[str, Manner] = {
    "organizations": Manner("subscription_tier", keeps_versions=True, changes=True),
    "users": Manner("created_at", keeps_versions=True, changes=True),
    "documents": Manner("created_at", changes=True),
    "document_sections": Manner("created_at", correct=_correct_section),
    "analysis_results": Manner("created_at", correct=_correct_analysis),
    "user_feedback": Manner("created_at", changes=True),
    "audit_logs": Manner("created_at", correct=_correct_event),
    "deletions": Manner(None, keeps_versions=True),
}


@dataclass
class Batch:
    """Rows as the application has them, before anything goes wrong on their way.

    Attributes:
        table: the rows.
        entity: what each is a version of, counted from 0.
        written: when each was last written, in microseconds.
        notes: faults the application itself made, by row.
    """

    table: Any
    entity: Ints
    written: Ints
    notes: dict[int, list[Note]] = field(default_factory=dict)


@dataclass
class Planted:
    """A batch with its faults of delivery: first deliveries in order, then second ones.

    Attributes:
        rows: what is delivered.
        entity: as in the batch.
        written: as in the batch.
        corrected: which are corrections.
        originals: how many first deliveries there are.
    """

    rows: Rows
    entity: Ints
    written: Ints
    corrected: Flags
    originals: int

    def latest(self, end: int) -> Ints:
        """Of what is delivered validly before `end`, the rows that win: one an entity.

        The greatest version, then the last delivery.
        """
        arrived = np.flatnonzero(self.rows.valid & (self.rows.arrival < end))
        return self._winners(arrived, self.rows.arrival[arrived])

    def stored(self, end: int) -> Ints:
        """The rows as the application's tables hold them at `end`, corrections included."""
        again = np.arange(len(self.entity)) >= self.originals
        there = (self.written < end) & (~again | (self.corrected & (self.rows.arrival < end)))
        rows = np.flatnonzero(there)
        return self._winners(rows, self.corrected[rows].astype(np.int64))

    def _winners(self, rows: Ints, order: Ints) -> Ints:
        entity = self.entity[rows]
        ranked = np.lexsort((order, self.written[rows], entity))
        entity = entity[ranked]
        last = np.append(entity[1:] != entity[:-1], True) if len(entity) else np.zeros(0, np.bool_)
        winners: Ints = np.sort(rows[ranked[last]])
        return winners


class Planter:
    """Plants the faults that the options ask for."""

    def __init__(self, options: PrismOptions) -> None:
        self._options = options

    def deliver(self, stream: str, batch: Batch, *scope: object) -> Planted:
        """Turn rows into what is delivered of them; `scope` names the batch within the stream."""
        manner = MANNERS[stream]
        noise = Noise(self._options.seed, "delivery", stream, *scope)
        count = len(batch.written)
        fault = self._faults(noise, manner, batch, count)
        arrival = np.maximum(batch.written, 0)
        seeds = noise.words("dice", count)
        notes = {row: list(found) for row, found in batch.notes.items()}
        edits: dict[int, Edit] = {}
        again: list[tuple[int, int, Edit, Note]] = []
        faulty = np.flatnonzero(fault != "")
        correct = np.flatnonzero(fault == "corrected")
        records = dict(
            zip(correct.tolist(), batch.table.take(pa.array(correct)).to_pylist(), strict=True)
        )
        for row, name in zip(faulty.tolist(), fault[faulty].tolist(), strict=True):
            dice = Dice(int(seeds[row]))
            found = notes.setdefault(row, [])
            if name == "missing_required":
                edits[row] = {str(manner.required): None}
                found.append(note_of(name, field=manner.required))
            elif name == "late":
                days = dice.between(1, LONGEST_DELAY_DAYS)
                arrival[row] += days * DAY
                found.append(note_of(name, days=days))
            elif name == "out_of_order":
                # The last row of the next extraction: after a newer version, if there is one.
                arrival[row] = (arrival[row] // HALF + 2) * HALF - 1
                found.append(note_of(name))
            elif name == "redelivered":
                halves = dice.choose((0, 1, dice.between(2, 2 * LONGEST_DELAY_DAYS)))
                again.append((row, halves, {}, note_of(name, half_days=halves)))
            else:
                assert manner.correct is not None
                edit, column = manner.correct(records[row], dice)
                halves = dice.between(1, 2 * LONGEST_DELAY_DAYS)
                again.append((row, halves, edit, note_of(name, half_days=halves, field=column)))
        rejected = fault == "missing_required"
        return self._gather(manner, batch, edits, again, notes, arrival, rejected)

    def _faults(self, noise: Noise, manner: Manner, batch: Batch, count: int) -> Any:
        """The fault of each row, or an empty text: only rows that are right so far have one."""
        names = ["late", "redelivered"]
        names += ["missing_required"] * (manner.required is not None)
        names += ["out_of_order"] * manner.changes
        names += ["corrected"] * (manner.correct is not None)
        bounds = np.cumsum([self._options.rate(name) for name in names])
        code = np.searchsorted(bounds, noise.units("fault", count), side="right")
        fault = np.array([*names, ""])[code]
        spoilt = [r for r, found in batch.notes.items() if any(n.fault != "pii" for n in found)]
        fault[spoilt] = ""
        personal = np.zeros(count, dtype=np.bool_)
        personal[list(batch.notes)] = True
        fault[personal & (fault == "missing_required")] = ""
        return fault

    @staticmethod
    def _gather(
        manner: Manner,
        batch: Batch,
        edits: dict[int, Edit],
        again: list[tuple[int, int, Edit, Note]],
        notes: dict[int, list[Note]],
        arrival: Ints,
        rejected: Flags,
    ) -> Planted:
        count = len(arrival)
        first = edited(batch.table, edits)
        rows = np.array([row for row, _, _, _ in again], dtype=np.int64)
        second = edited(
            batch.table.take(pa.array(rows)),
            {position: edit for position, (_, _, edit, _) in enumerate(again)},
        )
        delays = np.array([halves for _, halves, _, _ in again], dtype=np.int64)
        for position, (row, _, _, note) in enumerate(again):
            notes[count + position] = [*notes.get(row, []), note]
        noted = [(row, note) for row in sorted(notes) for note in notes[row]]
        arrivals = np.concatenate([arrival, arrival[rows] + delays * HALF])
        valid = np.concatenate([~rejected, np.ones(len(rows), dtype=np.bool_)])
        entity = np.concatenate([batch.entity, batch.entity[rows]])
        fresh = valid.copy()
        fresh[count:] = False
        if manner.changes and not manner.keeps_versions:
            fresh = _first_of_each(entity, arrivals, valid)
        return Planted(
            rows=Rows(
                pa.concat_tables([first, second]),
                arrivals,
                valid,
                fresh,
                np.array([row for row, _ in noted], dtype=np.int64),
                [note for _, note in noted],
            ),
            entity=entity,
            written=np.concatenate([batch.written, batch.written[rows]]),
            corrected=np.concatenate(
                [np.zeros(count, np.bool_), np.array([bool(e) for _, _, e, _ in again], np.bool_)]
            ),
            originals=count,
        )


def _first_of_each(entity: Ints, arrival: Ints, valid: Flags) -> Flags:
    rows = np.flatnonzero(valid)
    ranked = rows[np.lexsort((arrival[rows], entity[rows]))]
    fresh = np.zeros(len(entity), dtype=np.bool_)
    if len(ranked):
        sorted_entity = entity[ranked]
        fresh[ranked[np.append(True, sorted_entity[1:] != sorted_entity[:-1])]] = True
    return fresh
