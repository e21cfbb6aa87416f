"""Faults planted on purpose. A line carries at most one; personal data may come on top."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.delivery import Note, Rows
from orchestration.sample.noise import Dice, Flags, Noise
from orchestration.sample.options import LONGEST_DELAY_DAYS, SampleOptions
from orchestration.sample.pii import compose
from orchestration.sample.rhythm import DAY
from orchestration.sample.streams import Clean, Record, StreamSpec
from orchestration.sample.text import strings, take, to_json

EXCLUSIVE = (
    "malformed", "wrong_type", "missing_required", "unknown_field", "impossible", "late",
    "redelivered", "corrected", "offset_time",
)  # fmt: skip
"""Faults of which a line has at most one; named as the options that give their rates."""

REJECTED = frozenset({"malformed", "wrong_type", "missing_required"})
"""Faults that make a line a reject; every other leaves it a row."""

_TOKYO = timezone(timedelta(hours=9))
_NONE = len(EXCLUSIVE)
_GARBAGE = (
    "<html><body>502 Bad Gateway</body></html>", "Traceback (most recent call last):", "}{", "{,}",
    "session_id;timestamp;query", "文字化け ｱｲｳ ???", "{'single': 'quotes'}", '{"a":1}{"b":2}',
)  # fmt: skip
_NO_OBJECTS = ("[1,2,3]", '"just text"', "42", "null", "true", "[]", '["session_id"]')
_BLANKS = ("", " ", "\t", "    ")


@dataclass
class Planted:
    """Lines of a stretch after planting, first deliveries first.

    Attributes:
        lines: first deliveries in the order of the clean lines, then second ones.
        originals: how many first deliveries there are.
        changed: per row of a first delivery, its record as later delivered, and when.
    """

    lines: Rows
    originals: int
    changed: list[tuple[int, int, Record]] = field(default_factory=list)


class Planter:
    """Plants the faults the options ask for."""

    def __init__(self, options: SampleOptions) -> None:
        rates = [getattr(options, name) for name in EXCLUSIVE]
        self._bounds = np.cumsum(rates)
        self._seed = options.seed
        self._pii_rates = {"query": options.pii, "value": options.memory_pii}

    def plant(self, spec: StreamSpec, clean: Clean, day: int, block: int) -> Planted:
        """Turn the clean lines of a stretch into what is delivered of them."""
        noise = Noise(self._seed, "faults", spec.name, day, block)
        count = len(clean.times)
        codes = np.searchsorted(self._bounds, noise.units("fault", count), side="right")
        if not spec.impossible:
            codes[codes == EXCLUSIVE.index("impossible")] = _NONE
        rejected = np.isin(codes, [EXCLUSIVE.index(name) for name in REJECTED])
        personal = np.zeros(count, dtype=np.bool_)
        if spec.free_text:
            rate = self._pii_rates[spec.free_text]
            personal = noise.happens("personal data", count, rate) & ~rejected
        rows = np.flatnonzero((codes < _NONE) | personal)
        line = _Workshop(spec, clean, personal)
        seeds = noise.words("dice", count)[rows]
        originals = take(clean.text, rows).to_pylist()
        for row, text, code, seed in zip(
            rows.tolist(), originals, codes[rows].tolist(), seeds.tolist(), strict=True
        ):
            fault = EXCLUSIVE[code] if code < _NONE else None
            line.work(row, text, fault, Dice(seed))
        return line.finish(rejected)


class _Workshop:
    """Works through the faulty lines of a stretch one by one."""

    def __init__(self, spec: StreamSpec, clean: Clean, personal: Flags) -> None:
        self._spec = spec
        self._clean = clean
        self._personal = set(np.flatnonzero(personal).tolist())
        self._arrival = clean.times.copy()
        self._replaced: list[tuple[int, str]] = []
        self._again: list[tuple[int, str, int]] = []  # row, text, arrival
        self._notes: list[tuple[int, Note]] = []
        self._again_notes: list[tuple[int, Note]] = []
        self._changed: list[tuple[int, int, Record]] = []

    def work(self, row: int, text: str, fault: str | None, dice: Dice) -> None:
        """Plant personal data and the fault, if any, in a line."""
        findings: list[Note] = []
        if row in self._personal:
            record = json.loads(text)
            field_name = self._spec.free_text or ""
            record[field_name], found = compose(dice, memory=field_name == "value")
            findings = [
                _note(
                    "pii", pii_type=f.kind, type=f.kind, field=field_name, start=f.start, end=f.end
                )
                for f in found
            ]
            text = to_json(record) + "\n"
            self._replaced.append((row, text))
        self._notes += [(row, note) for note in findings]
        if fault in ("redelivered", "corrected"):
            self._deliver_again(row, text, fault, findings, dice)
        elif fault == "late":
            days = dice.between(1, LONGEST_DELAY_DAYS)
            self._arrival[row] = self._moment_after(row, days, dice)
            self._notes.append((row, _note("late", days=days)))
        elif fault is not None:
            text, note = self._spoil(row, text, fault, dice)
            self._replaced.append((row, text))
            self._notes.append((row, note))

    def finish(self, rejected: Flags) -> Planted:
        """Gather the lines."""
        count, again = len(self._arrival), len(self._again)
        reference = np.arange(count + again)
        for position, (row, _) in enumerate(self._replaced):
            reference[row] = count + position
        reference[count:] = count + len(self._replaced) + np.arange(again)
        new = [text for _, text in self._replaced] + [text for _, text, _ in self._again]
        text = pa.concat_arrays([self._clean.text, strings(new)])
        rows = np.array([r for r, _ in self._notes + self._again_notes], dtype=np.int64)
        arrival = np.array([moment for _, _, moment in self._again], dtype=np.int64)
        lines = Rows(
            content=take(text, reference),
            arrival=np.concatenate([self._arrival, arrival]),
            valid=np.concatenate([~rejected, np.ones(again, dtype=np.bool_)]),
            fresh=np.concatenate([~rejected, np.zeros(again, dtype=np.bool_)]),
            note_rows=rows,
            notes=[note for _, note in self._notes + self._again_notes],
        )
        return Planted(lines, count, self._changed)

    def _moment_after(self, row: int, days: int, dice: Dice) -> int:
        """A moment `days` after the event day; on the same day, after the event."""
        event = int(self._clean.times[row])
        midnight = event // DAY * DAY
        earliest = event + 1 if days == 0 else midnight + days * DAY
        latest = midnight + (days + 1) * DAY - 1
        return min(dice.between(earliest, max(earliest, latest)), latest)

    def _deliver_again(
        self, row: int, text: str, fault: str, findings: list[Note], dice: Dice
    ) -> None:
        days = dice.between(1, LONGEST_DELAY_DAYS) if dice.below(5) > 1 else 0
        arrival = self._moment_after(row, days, dice)
        details: dict[str, Any] = {"days": days}
        if fault == "corrected":
            record = json.loads(text)
            details["field"] = self._spec.correct(record, dice)
            text = to_json(record) + "\n"
            self._changed.append((row, arrival, record))
        position = len(self._arrival) + len(self._again)
        self._again.append((row, text, arrival))
        self._again_notes.append((position, _note(fault, **details)))
        for note in findings:
            # A correction that replaces the text itself leaves no personal data behind.
            if details.get("field") != self._spec.free_text:
                self._again_notes.append((position, note))

    def _spoil(self, row: int, text: str, fault: str, dice: Dice) -> tuple[str, Note]:
        if fault == "malformed":
            form, text = _malformed(text, dice)
            return text + "\n", _note(fault, form=form)
        record = json.loads(text)
        details: dict[str, Any] = {}
        if fault in ("wrong_type", "impossible"):
            values = self._spec.wrong if fault == "wrong_type" else self._spec.impossible
            name = dice.choose(tuple(values))
            record[name] = dice.choose(values[name])
            details["field"] = name
            if fault == "impossible":
                self._changed.append((row, int(self._arrival[row]), record))
        elif fault == "missing_required":
            name = dice.choose(self._spec.required)
            if dice.below(2):
                record[name] = None
                details = {"field": name, "form": "null"}
            else:
                del record[name]
                details = {"field": name, "form": "absent"}
        elif fault == "unknown_field":
            name = dice.choose(("client_version", "experiment"))
            record[name] = _unknown(name, dice)
            details["field"] = name
        else:
            name = self._spec.time_field
            moment = datetime.fromisoformat(record[name])
            record[name] = moment.astimezone(_TOKYO).isoformat(timespec="microseconds")
            details["field"] = name
        return to_json(record) + "\n", _note(fault, **details)


def _note(fault: str, pii_type: str | None = None, **details: Any) -> Note:
    return Note(fault, to_json(details), pii_type)


def _malformed(text: str, dice: Dice) -> tuple[str, str]:
    """The form of the damage and the damaged line, without its line feed."""
    form = dice.choose(("truncated", "truncated", "garbage", "not_an_object", "blank"))
    if form == "truncated":
        return form, text[: dice.between(1, len(text) - 3)]
    if form == "garbage":
        return form, dice.choose(_GARBAGE)
    return form, dice.choose(_NO_OBJECTS if form == "not_an_object" else _BLANKS)


def _unknown(name: str, dice: Dice) -> object:
    if name == "client_version":
        return f"{dice.between(1, 4)}.{dice.below(20)}.{dice.below(9)}"
    return {"name": "shorter-answers", "variant": dice.choose(("control", "treatment"))}
