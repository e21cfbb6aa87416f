"""Faults the application itself makes: broken rules, impossible values, personal data in texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.sample.delivery import Note
from orchestration.sample.noise import Dice, Flags, Noise
from orchestration.sample.pii import compose
from orchestration.sample.prism.columns import edited
from orchestration.sample.prism.options import APPLICATION_FAULTS, PrismOptions
from orchestration.sample.prism.planting import Edit, note_of
from orchestration.sample.text import to_json

Record = dict[str, Any]
_KIB, _MIB = 1024, 1024 * 1024
_LONGEST_TEXT = 5000
_BAD_NAMES = ("契約書.pdf", "my contract.pdf", "scan.exe", "REPORT.PDF", "minutes", "a/b.docx")
_BAD_TYPES = ("application/octet-stream", "image/png", "application/msword", "pdf")
_BAD_ITEMS = ('{"text": "None found.", "risk_level": "Low", "confidence": 0.9}', '"none"', "7")
_IMPOSSIBLE: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "documents": {"word_count": (-1, -340), "page_count": (-1, -12)},
    "document_sections": {"word_count": (-1, -25), "complexity_score": (1.4, -0.2)},
    "analysis_results": {
        "confidence_score": (1.7, -0.3, 87.0),
        "user_satisfaction_score": (0.0, 6.5, 9.0),
    },
    "user_feedback": {"feedback_rating": (0, 6, 9, -1)},
}


@dataclass(frozen=True)
class Elsewhere:
    """What faults take from other rows, each a function of a row and its dice; None: nothing.

    Attributes:
        stranger: the id of an account of another organization than the document's.
        earlier_hash: the file hash of an earlier document, and that document's id.
    """

    stranger: Callable[[int, Dice], str | None] = lambda _row, _dice: None
    earlier_hash: Callable[[int, Dice], tuple[str, str] | None] = lambda _row, _dice: None


Break = Callable[[Record, Dice], tuple[Edit, dict[str, Any]]]


def _set(column: str, *values: Any) -> Break:
    def breaks(_record: Record, dice: Dice) -> tuple[Edit, dict[str, Any]]:
        return {column: dice.choose(values)}, {"field": column}

    return breaks


def _size(_record: Record, dice: Dice) -> tuple[Edit, dict[str, Any]]:
    if dice.below(2):
        return {"file_size": dice.between(0, _KIB - 1)}, {"field": "file_size"}
    return {"file_size": 100 * _MIB + dice.between(1, 900 * _MIB)}, {"field": "file_size"}


def _unknown_id(column: str) -> Break:
    def breaks(_record: Record, dice: Dice) -> tuple[Edit, dict[str, Any]]:
        digits = f"{dice.word():016x}{dice.word():016x}"
        unknown = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
        return {column: unknown}, {"field": column}

    return breaks


def _completed(record: Record, dice: Dice) -> tuple[Edit, dict[str, Any]]:
    begun = record["analysis_started_at"]
    if dice.below(2):
        hours = timedelta(hours=24, minutes=dice.between(1, 4000))
        return {"analysis_completed_at": begun + hours}, {"form": "after a day"}
    earlier = timedelta(seconds=dice.between(1, 4000))
    return {"analysis_completed_at": begun - earlier}, {"form": "before start"}


def _too_long(_record: Record, dice: Dice) -> tuple[Edit, dict[str, Any]]:
    text = "この条項について詳しく述べます。Please read on. " * 160
    length = _LONGEST_TEXT + dice.between(1, 300)
    return {"custom_feedback_text": text[:length]}, {"characters": length}


def _same_order(record: Record, _dice: Dice) -> tuple[Edit, dict[str, Any]]:
    return {"section_order": record["section_order"] - 1}, {"field": "section_order"}


_RULES: Mapping[str, Mapping[str, Break]] = {
    "documents": {
        "filename_missing": _set("filename", None),
        "filename_pattern": _set("filename", *_BAD_NAMES),
        "file_size_range": _size,
        "mime_type_unknown": _set("mime_type", *_BAD_TYPES),
        "uploaded_by_missing": _set("uploaded_by", None),
        "organization_missing": _set("organization_id", None),
    },
    "document_sections": {"section_order_duplicate": _same_order},
    "analysis_results": {
        "document_missing": _set("document_id", None),
        "model_missing": _set("ai_model_name", None),
        "feedback_items_missing": _set("feedback_items", None),
        "feedback_items_not_array": _set("feedback_items", *_BAD_ITEMS),
        "risk_unknown": _set("risk_assessment", "Severe", "high", "不明"),
        "completed_late": _completed,
    },
    "user_feedback": {
        "user_missing": _set("user_id", None),
        "user_unknown": _unknown_id("user_id"),
        "feedback_type_missing": _set("feedback_type", None),
        "action_missing": _set("action", None),
        "action_unknown": _set("action", "ignored", "ACCEPTED", "却下"),
        "text_too_long": _too_long,
        "analysis_unknown": _unknown_id("analysis_result_id"),
    },
}
_PERSONAL: Mapping[str, Mapping[str, float]] = {
    # Fields that may hold personal data, and how much likelier they do than the usual share.
    "documents": {"processing_error": 10.0},
    "document_sections": {"content": 1.0},
    "analysis_results": {"feedback_items": 1.0},
    "user_feedback": {"custom_feedback_text": 3.0, "highlighted_text": 1.0},
    "audit_logs": {"event_description": 0.3, "before_value": 2.0, "after_value": 3.0},
}
_NO_ITEMS = frozenset(("feedback_items_missing", "feedback_items_not_array"))


class Spoiler:
    """Plants the application's own faults."""

    def __init__(self, options: PrismOptions) -> None:
        self._options = options

    def spoil(
        self, stream: str, table: Any, *scope: object, elsewhere: Elsewhere | None = None
    ) -> tuple[Any, dict[int, list[Note]]]:
        """Spoil some rows, each in one way; some of the others get personal data.

        Returns:
            The table with its faults, and what is wrong with which row.
        """
        noise = Noise(self._options.seed, "application faults", stream, *scope)
        names = APPLICATION_FAULTS.get(stream, ())
        bounds = np.cumsum([self._options.rate(name) for name in names])
        code = np.searchsorted(bounds, noise.units("fault", len(table)), side="right")
        if "section_order_duplicate" in names:
            code[table.column("section_order").to_numpy() < 2] = len(names)
        rows = np.flatnonzero(code < len(names))
        seeds = noise.words("dice", len(table))
        records = table.take(pa.array(rows)).to_pylist()
        edits: dict[int, Edit] = {}
        notes: dict[int, list[Note]] = {}
        for row, record in zip(rows.tolist(), records, strict=True):
            broken = self._break(
                stream, names[code[row]], record, row, Dice(int(seeds[row])), elsewhere
            )
            if broken is not None:
                edits[row], note = broken
                notes[row] = [note]
        for field, factor in _PERSONAL.get(stream, {}).items():
            share = min(1.0, factor * self._options.rate("pii"))
            personal = noise.happens(f"personal {field}", len(table), share)
            personal &= _can_hold(table.column(field))
            personal[rows] = False
            self._personalise(noise, field, table, personal, edits, notes)
        return edited(table, edits), notes

    @staticmethod
    def without_items(notes: Mapping[int, list[Note]]) -> list[int]:
        """Analyses whose items cannot be counted."""
        return [row for row, found in notes.items() if any(n.fault in _NO_ITEMS for n in found)]

    @staticmethod
    def _break(
        stream: str, fault: str, record: Record, row: int, dice: Dice, elsewhere: Elsewhere | None
    ) -> tuple[Edit, Note] | None:
        if fault == "impossible":
            column = dice.choose(tuple(_IMPOSSIBLE[stream]))
            value = dice.choose(_IMPOSSIBLE[stream][column])
            return {column: value}, note_of(fault, field=column)
        elsewhere = elsewhere or Elsewhere()
        if fault == "uploader_of_other_organization":
            stranger = elsewhere.stranger(row, dice)
            return None if stranger is None else ({"uploaded_by": stranger}, note_of(fault))
        if fault == "file_hash_duplicate":
            found = elsewhere.earlier_hash(row, dice)
            return None if found is None else ({"file_hash": found[0]}, note_of(fault, of=found[1]))
        edit, details = _RULES[stream][fault](record, dice)
        return edit, note_of(fault, **details)

    @staticmethod
    def _personalise(
        noise: Noise,
        field: str,
        table: Any,
        personal: Flags,
        edits: dict[int, Edit],
        notes: dict[int, list[Note]],
    ) -> None:
        rows = np.flatnonzero(personal)
        texts = table.column(field).take(pa.array(rows)).to_pylist()
        seeds = noise.words(f"dice {field}", len(personal))[rows].tolist()
        for row, before, seed in zip(rows.tolist(), texts, seeds, strict=True):
            dice = Dice(seed)
            sentence, findings = compose(dice, memory=bool(dice.below(2)))
            place: dict[str, Any] = {"field": field}
            if field == "content":
                text = f"{sentence} {before}"
            elif field == "feedback_items":
                items = json.loads(before)
                place["item"] = dice.below(len(items))
                items[place["item"]]["text"] = sentence
                text = to_json(items)
            elif field in ("before_value", "after_value"):
                place["key"] = "note"
                text = to_json(json.loads(before) | {"note": sentence})
            else:
                text = sentence
            edits.setdefault(row, {})[field] = text
            notes.setdefault(row, []).extend(
                note_of("pii", f.kind, type=f.kind, **place, start=f.start, end=f.end)
                for f in findings
            )


def _can_hold(column: Any) -> Flags:
    flags: Flags = pc.fill_null(pc.not_equal(column, "[]"), False).to_numpy()
    return flags
