"""Faults planted in what a row says, as `sample.yml` declares them; personal data among them.

    filename_missing: {set: {filename: [null]}}        one of the columns gets one of its values
    user_unknown: {unknown_id: user_id}                an id that is nobody's
    completed_late: {using: completed_late}            a function of the source's own
    malformed:                                         further kinds need nothing said

`share` tells of how many rows; of these faults a row has one at most. Columns under `personal` may
hold personal data in the other rows: `factor` tells how much likelier than the share of `pii`,
`place` where: the `whole` text, `before` it, in an `item` of an array, or in a `note` of an object.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.columns import missing_in, to_json
from orchestration.sample.declared import Stream
from orchestration.sample.frames import Frame
from orchestration.sample.noise import Ints, Noise
from orchestration.sample.personal import compose

Record = dict[str, Any]
Break = Callable[[Record, int, Random], tuple[Record, Record] | None]
"""Breaks a record: from it, its row and dice to new values and details; None: it cannot be."""

REJECTED = frozenset({"malformed", "wrong_type", "missing_required"})
"""Faults that make a row a reject; every other leaves it a row."""
DELIVERY = ("late", "redelivered", "out_of_order", "corrected", "missing_required")
"""Faults of a row on its way, which `planting` makes."""

ABSENT = object()
"""In new values: the key is left out."""
_LINE = ""  # in new values: what stands in place of the whole line
_TOKYO = timezone(timedelta(hours=9))
_DAMAGED = {
    "garbage": (
        "<html><body>502 Bad Gateway</body></html>", "Traceback (most recent call last):", "}{",
        "session_id;timestamp;query", "文字化け ｱｲｳ ???", "{'single': 'quotes'}", '{"a":1}{"b":2}',
    ),
    "not_an_object": ("[1,2,3]", '"just text"', "42", "null", "true", "[]", '["session_id"]'),
    "blank": ("", " ", "\t", "    "),
}  # fmt: skip


def records_at(content: Any, rows: Sequence[int] | Ints) -> list[Record]:
    """Rows of a stream's content as records."""
    if not len(rows):
        return []
    if "line" in content.column_names:
        lines = content.column("line").take(pa.array(rows)).to_pylist()
        return [json.loads(line) for line in lines]
    found: list[Record] = content.take(pa.array(rows)).to_pylist()
    return found


def edited(content: Any, edits: Mapping[int, Record]) -> Any:
    """A stream's content with new values in some rows."""
    rows = sorted(edits)
    if "line" in content.column_names:
        records = zip(records_at(content, rows), map(edits.__getitem__, rows), strict=True)
        lines = [_line(record, edit) for record, edit in records]
        return pa.table({"line": replaced(content.column("line"), rows, lines)})
    for name in {name for edit in edits.values() for name in edit}:
        having = [row for row in rows if name in edits[row]]
        column = replaced(content.column(name), having, [edits[row][name] for row in having])
        content = content.set_column(content.column_names.index(name), name, column)
    return content


def replaced(column: Any, rows: Sequence[int], values: Sequence[Any]) -> Any:
    """An Arrow column with new values in some rows."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    place = np.arange(len(column))
    place[list(rows)] = len(column) + np.arange(len(rows))
    return pa.concat_arrays([*chunks, pa.array(values, column.type)]).take(pa.array(place))


def _line(record: Record, edit: Record) -> str:
    if _LINE in edit:
        return f"{edit[_LINE]}\n"
    new = {name: value for name, value in (record | edit).items() if value is not ABSENT}
    return to_json(new) + "\n"


@dataclass
class Spoilt:
    """By row: its new values, and what the truth tells of it, a fault and details each."""

    edits: dict[int, Record] = field(default_factory=dict)
    notes: dict[int, list[Record]] = field(default_factory=dict)

    def note(self, row: int, fault: str, **detail: Any) -> None:
        """Describe a fault."""
        self.notes.setdefault(row, []).append({"fault": fault, "detail": detail})


def spoil(
    stream: Stream,
    shares: Mapping[str, float],
    frame: Frame,
    content: Any,
    noise: Noise,
    using: Mapping[str, Break],
) -> Spoilt:
    """Spoil some rows, each in one way; some of the others get personal data.

    Args:
        stream: whose faults they are.
        shares: of rows, by fault.
        frame: the rows as drawn.
        content: the same as they are delivered.
        noise: draws of the batch.
        using: the source's own faults by name.
    """
    spoilt = Spoilt()
    names = [name for name in stream.faults if name not in DELIVERY]
    bounds = np.cumsum([shares[name] for name in names])
    code = np.searchsorted(bounds, noise.units("fault", frame.count), side="right")
    rows = np.flatnonzero(code < len(names))
    for row, record in zip(rows.tolist(), records_at(content, rows), strict=True):
        name = names[code[row]]
        broken = _break(stream, name, record, row, noise.dice(name, row), using)
        if broken is not None:
            spoilt.edits[row], detail = broken
            spoilt.note(row, name, **detail)
    for column, said in stream.personal.items():
        share = min(1.0, said.get("factor", 1.0) * shares["pii"])
        personal = noise.happens(f"personal {column}", frame.count, share)
        personal &= ~missing_in(frame[column])
        personal[rows] = False
        found = np.flatnonzero(personal)
        for row, record in zip(found.tolist(), records_at(content, found), strict=True):
            _personalise(spoilt, row, column, record[column], said, noise.dice(column, row))
    return spoilt


def _break(
    stream: Stream, name: str, record: Record, row: int, dice: Random, using: Mapping[str, Break]
) -> tuple[Record, Record] | None:
    how = stream.faults[name] or {}
    if "using" in how:
        return using[how["using"]](record, row, dice)
    if "set" in how:
        column = dice.choice(list(how["set"]))
        return {column: dice.choice(how["set"][column])}, {"field": column}
    if "unknown_id" in how:
        digits = f"{dice.getrandbits(128):032x}"
        nobody = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
        return {how["unknown_id"]: nobody}, {"field": how["unknown_id"]}
    if name == "malformed":
        form, line = _malformed(to_json(record), dice)
        return {_LINE: line}, {"form": form}
    if name == "unknown_field":
        version = ".".join(str(dice.randint(0, 9)) for _ in range(3))
        variant = {"name": "shorter-answers", "variant": dice.choice(("control", "treatment"))}
        column, value = dice.choice((("client_version", version), ("experiment", variant)))
        return {column: value}, {"field": column}
    assert name == "offset_time", name
    column = stream.contract.event_time
    moment = datetime.fromisoformat(record[column]).astimezone(_TOKYO)
    return {column: moment.isoformat(timespec="microseconds")}, {"field": column}


def _malformed(text: str, dice: Random) -> tuple[str, str]:
    """The form of the damage and the damaged line, without its line feed."""
    form = dice.choice(("truncated", "truncated", *_DAMAGED))
    if form == "truncated":
        return form, text[: dice.randint(1, len(text) - 2)]
    return form, dice.choice(_DAMAGED[form])


def _personalise(
    spoilt: Spoilt, row: int, column: str, before: str, said: Mapping[str, Any], dice: Random
) -> None:
    sentence, findings = compose(dice)
    detail: Record = {"field": column}
    match said.get("place", "whole"):
        case "before":
            before = f"{sentence} {before}"
        case "item":
            items = json.loads(before)
            if not items:
                return
            detail["item"] = dice.randrange(len(items))
            items[detail["item"]]["text"] = sentence
            before = to_json(items)
        case "note":
            detail["key"] = "note"
            before = to_json(json.loads(before) | {"note": sentence})
        case _:
            before = sentence
    spoilt.edits.setdefault(row, {})[column] = before
    for kind, start, end in findings:
        spoilt.note(row, "pii", type=kind, **detail, start=start, end=end)
