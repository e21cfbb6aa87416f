"""Documents of a part of a half day, with the sections and analyses that come of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample.noise import Flags, Ints, Noise, Words
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.columns import MISSING
from orchestration.sample.prism.halves import Half
from orchestration.sample.prism.sessions import Sessions
from orchestration.sample.rhythm import DAY, SECOND

_WHOLE_SHARE = 0.25
_FAILED_SHARE = 0.05
_QUEUED_SHARE = 0.03
_SLOW_SHARE = 0.03
_MILLISECOND = SECOND // 1000


@dataclass(frozen=True)
class Work:
    """Documents in order of upload, and their analyses, sections first.

    Times are microseconds since the first midnight, `MISSING` where something never happens. Per
    document: `session` to `removed`; `first` is the position of its first analysis. Per analysis:
    `document` to `satisfaction`; `position` counts within the document from 0, and one at position
    `sections` is about the whole document. Per item, in order of the analyses: `item_*`.
    """

    number: int
    session: Ints
    user: Ints
    organization: Ints
    uploaded: Ints
    started: Ints
    finished: Ints
    failed: Flags
    sections: Ints
    first: Ints
    analyses: Ints
    held_at_once: Flags
    held: Ints
    deleted: Ints
    removed: Ints
    document: Ints
    position: Ints
    is_whole: Flags
    model: Ints
    version: Ints
    begins: Ints
    ends: Ints
    recorded: Ints
    tokens: Ints
    microdollars: Ints
    confidence: Ints
    satisfaction: Ints
    item_counts: Ints
    item_risk: Ints
    item_text: Ints
    item_confidence: Ints
    risks: tuple[Ints, Ints, Ints]

    @property
    def numbers(self) -> Ints:
        """Numbers of the documents, unique in the sample."""
        return self.number + np.arange(len(self.session))

    @property
    def analysis_numbers(self) -> Ints:
        """Numbers of the analyses; the section analysed, if any, has the same."""
        return self.number + np.arange(len(self.document))

    def feedback_window(self, sessions: Sessions) -> Ints:
        """Time left in the person's session after each analysis; not positive where none is."""
        window: Ints = sessions.ends[self.session[self.document]] - self.recorded
        return window


def draw(seed: int, half: Half, block: int, wanted: int, sessions: Sessions, able: Ints) -> Work:
    """Documents that people upload in a half day, until there are `wanted` analyses.

    Args:
        seed: of the sample.
        half: the half day.
        block: the part of it.
        wanted: analyses; the last document may add some.
        sessions: the sign-ins of the half day.
        able: positions of sessions documents may come from; not empty.
    """
    noise = Noise(seed, "documents", half.number, block)
    sections, is_whole, failed = _counts(noise, wanted)
    analyses = sections + is_whole
    count = len(sections)
    session = able[noise.below("session", count, len(able))]
    unit = noise.units("uploaded", count)
    begins = sessions.begins[session]
    length = ((sessions.ends[session] - begins) * (0.9 * unit * unit)).astype(np.int64)
    uploaded = begins + length + 1
    order = np.argsort(uploaded, kind="stable")
    session, uploaded = session[order], uploaded[order]
    started = uploaded + 2 * SECOND + noise.below("wait", count, 40) * SECOND
    queued = noise.happens("queued", count, _QUEUED_SHARE)
    started[queued] += (1 + noise.below("hours", count, 19)[queued]) * 3600 * SECOND

    document = np.repeat(np.arange(count), analyses)
    first = np.cumsum(analyses) - analyses
    rows = len(document)
    position = np.arange(rows) - first[document]
    whole = position == sections[document]
    model = _models(noise, document, count)
    table = words.DURATIONS.shape[1]
    took = words.DURATIONS[model, noise.below("took", rows, table)] * _MILLISECOND
    took = took * np.where(whole, 2, 1) + noise.below("micro", rows, 1000)
    walked = np.cumsum(took + 300 * _MILLISECOND) - took
    offset = walked - np.concatenate([walked, [0]])[np.minimum(first, rows)][document]
    slow = noise.happens("slow", count, _SLOW_SHARE)
    prepared = started + np.where(slow, noise.below("slow hours", count, 9) * 3600 * SECOND, 0)
    start = prepared[document] + 500 * _MILLISECOND + offset
    finished = started + 5 * SECOND + noise.below("failing", count, 20_000) * _MILLISECOND
    has_any = analyses > 0
    finished[has_any] = (start + took)[(first + analyses - 1)[has_any]] + 200 * _MILLISECOND
    tokens = noise.pick("tokens", rows, words.TOKENS) * np.where(whole, 3, 1)
    items, item_risk, risks = _items(noise, rows)
    held_at_once, held, deleted, removed = _fates(noise, finished)
    total = int(items.sum())
    newest = max(0, min(len(words.VERSIONS) - 1, half.day // 20))
    return Work(
        number=half.number << 40 | block << 28,
        session=session,
        user=sessions.users[session],
        organization=sessions.organizations[session],
        uploaded=uploaded,
        started=started,
        finished=finished,
        failed=failed,
        sections=sections,
        first=first,
        analyses=analyses,
        held_at_once=held_at_once,
        held=held,
        deleted=deleted,
        removed=removed,
        document=document,
        position=position,
        is_whole=whole,
        model=model,
        version=np.maximum(0, newest - noise.happens("older", rows, 0.15)),
        begins=start,
        ends=start + took,
        recorded=start + took + 3 * _MILLISECOND + noise.below("recorded", rows, 1000),
        tokens=tokens,
        microdollars=tokens * words.NANO_DOLLARS_A_TOKEN[model] // 1000,
        confidence=99 - (60 * noise.units("confidence", rows) ** 2).astype(np.int64),
        satisfaction=_satisfaction(noise, rows),
        item_counts=items,
        item_risk=item_risk,
        item_text=noise.below("item text", total, len(words.ITEMS)),
        item_confidence=50 + noise.below("item confidence", total, 50),
        risks=risks,
    )


def _counts(noise: Noise, wanted: int) -> tuple[Ints, Ints, Flags]:
    """Sections, analyses of the whole, and failure of each document; failed ones have neither."""
    mean = float(words.SECTION_COUNTS.mean()) + _WHOLE_SHARE
    guess = int(wanted / mean * 1.2) + 40
    while True:
        failed = noise.happens("failed", guess, _FAILED_SHARE)
        sections = np.where(failed, 0, noise.pick("sections", guess, words.SECTION_COUNTS))
        whole = np.where(failed, 0, noise.happens("whole", guess, _WHOLE_SHARE)).astype(np.int64)
        reached = np.cumsum(sections + whole)
        if reached[-1] >= wanted:
            count = int(np.searchsorted(reached, wanted)) + 1
            return sections[:count], whole[:count], failed[:count]
        guess *= 2


def _models(noise: Noise, document: Ints, count: int) -> Ints:
    usual = noise.pick("model", count, words.MODEL_WEIGHTS)[document]
    other = noise.pick("other model", len(document), words.MODEL_WEIGHTS)
    return np.where(noise.happens("switches model", len(document), 0.1), other, usual)


def _items(noise: Noise, rows: int) -> tuple[Ints, Ints, tuple[Ints, Ints, Ints]]:
    """Items of each analysis, risk of each item, and items of each risk by analysis."""
    counts = noise.pick("items", rows, words.ITEM_COUNTS)
    analysis = np.repeat(np.arange(rows), counts)
    risk = noise.pick("risk", len(analysis), words.RISK_WEIGHTS)
    low, medium, high = (np.bincount(analysis[risk == r], minlength=rows) for r in range(3))
    return counts, risk, (low, medium, high)


def _satisfaction(noise: Noise, rows: int) -> Ints:
    """Tenths, 10 to 50: mostly missing, often whole."""
    tenths = 50 - (41 * noise.units("satisfaction", rows) ** 2).astype(np.int64)
    tenths = np.where(noise.happens("whole score", rows, 0.6), tenths // 10 * 10, tenths)
    return np.where(noise.happens("satisfaction given", rows, 0.15), tenths, MISSING)


def _fates(noise: Noise, finished: Ints) -> tuple[Flags, Ints, Ints, Ints]:
    """Held at once; when held later, softly deleted, removed for good. What is held stays."""
    count = len(finished)

    def later(what: str, since: Ints) -> Ints:
        wait = (
            noise.below(f"{what} day", count, 9) * DAY
            + noise.below(f"{what} time", count, DAY // 100) * 100
        )
        return since + DAY // 2 + wait

    at_once = noise.happens("held at once", count, 0.01)
    fate = noise.units("fate", count)
    held = np.where((fate < 0.01) & ~at_once, later("held", finished), MISSING)
    softly = (fate >= 0.01) & (fate < 0.05) & ~at_once
    deleted = np.where(softly, later("deleted", finished), MISSING)
    purged = softly & (fate < 0.02)
    at_a_stroke = (fate >= 0.05) & (fate < 0.06) & ~at_once
    removed = np.where(purged, later("removed", deleted), MISSING)
    removed = np.where(at_a_stroke, later("removed", finished), removed)
    return at_once, held, deleted, removed


def hash_words(noise: Noise, count: int) -> Words:
    """Four words a document: what a SHA-256 looks like."""
    return noise.words("file hash", 4 * count)
