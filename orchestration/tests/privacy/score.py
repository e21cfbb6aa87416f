"""Score redaction against labelled texts: precision, recall and F1 by PII type.

A labelled row is {"id", "text", "spans": [{"type", "start", "end"}], "labelled_types"}. A type is
scored on a text only if it is among its labelled types. A prediction is right when it shares at
least half of the gold span and half of itself with it, one to one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.tests.privacy.render import render_macro

# Parts of an address that no text labels as a whole: neither wanted nor wrong.
NEUTRAL = {"address": {"address_part", "location"}}
TYPES = ("email", "ssn", "phone", "credit_card", "ip_address", "date_of_birth", "address")
PLACEHOLDER = re.compile(r"\[REDACTED-([A-Z-]+)\]")

Span = tuple[str, int, int]


@dataclass
class Score:
    """Counts of one type over all texts."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    @property
    def precision(self) -> float:
        """Share of predictions that are right; 0 without any."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """Share of gold spans found; 0 without any."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        wrong = self.false_positives + self.false_negatives
        return _ratio(2 * self.true_positives, 2 * self.true_positives + wrong)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def redact(texts: Sequence[str | None]) -> list[str | None]:
    """Redact texts with the DuckDB form of the `redact_pii` macro, in order."""
    with duckdb.connect() as connection:
        connection.execute(render_macro("create_redaction_functions", "duckdb"))
        query = """
            with texts as (select unnest($1::varchar[]) as content, generate_subscripts($1, 1) as i)
            select granary.redact_pii(content) from texts order by i
        """
        return [row[0] for row in connection.execute(query, [list(texts)]).fetchall()]


def _starts(text: str, literals: Sequence[str], backwards: bool) -> list[int] | None:
    """Place the literals in the text, greedily from one end; None if they do not fit."""
    last = len(text) - len(literals[-1])
    starts = [0] * len(literals)
    starts[-1] = last
    inner = range(1, len(literals) - 1)
    if backwards:
        end = last
        for i in reversed(inner):
            end = starts[i] = text.rfind(literals[i], 0, end - 1)
            if end < 0:
                return None
    else:
        start = len(literals[0])
        for i in inner:
            starts[i] = text.find(literals[i], start + 1)
            if starts[i] < 0:
                return None
            start = starts[i] + len(literals[i])
    return starts


def find_spans(text: str, redacted: str, gold: Iterable[Span] = ()) -> list[Span]:
    """Return what the placeholders replaced; of two readings, the one nearer to `gold`."""
    parts = PLACEHOLDER.split(redacted)
    literals, names = parts[::2], [name.lower().replace("-", "_") for name in parts[1::2]]
    readings: list[list[Span]] = []
    for backwards in (False, True):
        starts = _starts(text, literals, backwards)
        if starts:
            ends = [start + len(lit) for start, lit in zip(starts, literals, strict=True)]
            spans = list(zip(names, ends[:-1], starts[1:], strict=True))
            readings += [spans] * all(start < end for _, start, end in spans)
    return max(
        readings, default=[], key=lambda spans: sum(_shared(s, g) for s in spans for g in gold)
    )


def _shared(a: Span, b: Span) -> int:
    return max(0, min(a[2], b[2]) - max(a[1], b[1])) if a[0] == b[0] else 0


def match(gold: Sequence[Span], predicted: Sequence[Span]) -> set[Span]:
    """Return the right predictions, best overlap first, each gold span used once."""
    pairs = sorted(((_shared(g, p), g, p) for g in gold for p in predicted), reverse=True)
    taken: dict[Span, Span] = {}
    for shared, g, p in pairs:
        half = 2 * shared >= max(g[2] - g[1], p[2] - p[1]) and shared > 0
        if half and p not in taken and g not in taken.values():
            taken[p] = g
    return set(taken)


def _rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def score(paths: Iterable[Path]) -> dict[str, Score]:
    """Redact the labelled texts and score each of TYPES, and all together as 'micro'."""
    rows = list(_rows(paths))
    scores = {name: Score() for name in (*TYPES, "micro")}
    for row, redacted in zip(rows, redact([str(row["text"]) for row in rows]), strict=True):
        spans: list[Span] = [(s["type"], s["start"], s["end"]) for s in row["spans"]]
        predicted = find_spans(str(row["text"]), redacted or "", spans)
        for name in set(TYPES) & set(row["labelled_types"]):
            gold = [span for span in spans if span[0] == name]
            found = [span for span in predicted if span[0] == name]
            right = match(gold, found)
            neutral = [(name, *s[1:]) for s in spans if s[0] in NEUTRAL.get(name, ())]
            wrong = [p for p in set(found) - right if not any(_shared(p, n) for n in neutral)]
            for target in (scores[name], scores["micro"]):
                target.true_positives += len(right)
                target.false_positives += len(wrong)
                target.false_negatives += len(gold) - len(right)
    return scores
