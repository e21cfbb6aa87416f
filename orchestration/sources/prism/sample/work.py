"""Documents that people upload, the sections and analyses that come of them, and feedback."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.sample.columns import MISSING, Pool, Strings, glue, to_json
from orchestration.sample.frames import Frame
from orchestration.sample.noise import Flags, Ints, Words
from orchestration.sample.rhythm import DAY, SECOND
from orchestration.sample.world import Part

_WHOLE_SHARE, _FAILED_SHARE = 0.25, 0.05
_MILLISECOND = SECOND // 1000
_HELD_AT_ONCE, _HELD, _DELETED, _PURGED, _REMOVED = range(1, 6)  # fates in sample.yml


@dataclass(frozen=True)
class Sessions:
    """One row a sign-in: who, of which organization, from when until when, under which id."""

    users: Ints
    organizations: Ints
    begins: Ints
    ends: Ints
    ids: Words


@dataclass(frozen=True)
class Work:
    """What is uploaded in a part of a half day, and what comes of it."""

    documents: Frame  # in order of upload, each as it ends
    analyses: Frame  # by document, sections first
    sections: Frame  # as many as there are analyses of one
    feedback: Frame  # on analyses, within the session of the upload


def draw(part: Part, wanted: int, sessions: Sessions, able: Ints) -> Work:
    """Documents that people upload in a half day, until there are `wanted` analyses.

    Args:
        part: of the half day.
        wanted: analyses; the last document may add some.
        sessions: the sign-ins of the half day.
        able: positions of sessions documents may come from; not empty.
    """
    sections, whole, failed = _counts(part, wanted)
    documents = _documents(part, sections, failed, sessions, able)
    analyses = _analyses(part, documents, sections + whole)
    _finish(documents, analyses)
    rows = np.flatnonzero(analyses["of_section"])
    document, order = analyses["document"][rows], 1 + analyses["position"][rows]
    of_document = {"documents": documents, "document": document, "order": order}
    found = part.frame(
        "document_sections",
        len(rows),
        **of_document,
        number=part.first + rows,
        milliseconds=analyses["took"][rows],
        cost=analyses["microdollars"][rows] // 100,
        created=documents["started"][document] + order * 40 * _MILLISECOND,
    )
    return Work(documents, analyses, found, _feedback(part, documents, analyses, sessions))


def _counts(part: Part, wanted: int) -> tuple[Ints, Ints, Flags]:
    """Sections, analyses of the whole, and failure of each document; failed ones have neither."""
    noise, guess = part.noise("counts"), wanted // 3 + 40
    pool = part.world.words["section_counts"]
    while True:
        failed = noise.happens("failed", guess, _FAILED_SHARE)
        sections = (1 + pool.pick(noise.units("sections", guess))) * ~failed
        whole = noise.happens("whole", guess, _WHOLE_SHARE) & ~failed
        reached = np.cumsum(sections + whole)
        if reached[-1] >= wanted:
            count = int(np.searchsorted(reached, wanted)) + 1
            return sections[:count], whole[:count].astype(np.int64), failed[:count]
        guess *= 2


def _documents(part: Part, sections: Ints, failed: Flags, sessions: Sessions, able: Ints) -> Frame:
    """Documents as uploaded."""
    noise, count, words = part.noise("uploads"), len(sections), part.world.words
    session = able[noise.below("session", count, len(able))]
    length = (sessions.ends - sessions.begins)[session] * 0.9 * noise.units("uploaded", count) ** 2
    uploaded = sessions.begins[session] + length.astype(np.int64) + 1
    order = np.argsort(uploaded, kind="stable")
    session, uploaded = session[order], uploaded[order]
    organization = sessions.organizations[session]
    documents = part.frame(
        "documents",
        count,
        session=session,
        user=sessions.users[session],
        organization=organization,
        uploaded=uploaded,
        failed=failed,
        done=~failed,
        sections=sections,
    )
    documents.give(
        started=uploaded + (2 + documents["wait"] + 3600 * documents["queued"]) * SECOND,
        expires=uploaded + DAY * np.array(words["policies.days"].entries)[documents["policy"]],
        title=2 * documents["kind"] + (documents["language"] == 1),
    )
    return documents


def _analyses(part: Part, documents: Frame, counts: Ints) -> Frame:
    """The analyses of each document, one after the other."""
    document = np.repeat(np.arange(documents.count), counts)
    rows, first = len(document), np.cumsum(counts) - counts
    position = np.arange(rows) - first[document]
    of_section = position < documents["sections"][document]
    of_document = {"documents": documents, "document": document, "position": position}
    analyses = part.frame("analysis_results", rows, **of_document, of_section=of_section)
    took = analyses["milliseconds"] * np.where(of_section, 1, 2)
    walked = np.cumsum(took + 300) - took
    before = np.append(walked, 0)[np.minimum(first, rows)]
    prepared = documents["started"] + documents["slow"] * 3600 * SECOND + SECOND // 2
    begins = prepared[document] + (walked - before[document]) * _MILLISECOND
    begins += analyses["microseconds"]
    tokens = analyses["tokens_of_section"] * np.where(of_section, 1, 3)
    prices = np.array(part.world.words["models.price"].entries)[analyses["model"]]
    items, by_risk = _items(part, analyses)
    low, medium, high = by_risk.T
    newest = min(len(part.world.words["model_versions"]) - 1, part.slot.day // 20)
    analyses.give(
        first=first,
        counts=counts,
        begins=begins,
        took=took,
        ends=begins + took * _MILLISECOND,
        recorded=begins + (took + 4) * _MILLISECOND,
        tokens=tokens,
        microdollars=tokens * prices // 1000,
        items_json=items,
        low=low,
        medium=medium,
        high=high,
        risk=np.where(high > 0, 2, np.where(medium > 0, 1, 0)),
        edition=np.maximum(0, newest - analyses["older"]),
        accepted_below=analyses["items"] + 1,
    )
    analyses.give(left=analyses["items"] - analyses["accepted"])
    return analyses


def _items(part: Part, analyses: Frame) -> tuple[Strings, Ints]:
    """The items of each analysis as a JSON array of objects, and how many of each risk."""
    texts, risks = part.world.words["findings"], part.world.words["risks"]
    counts = analyses["items"]
    items = part.frame("items", int(counts.sum()))
    heads = [
        f'{{"text":{to_json(text)},"risk_level":"{risk}","confidence":0.'
        for text in texts.entries
        for risk in risks.entries
    ]
    head = Pool(heads).column(pa.array(items["text"] * len(risks) + items["risk"]))
    objects = glue(head, pa.array(items["sure"]).cast(pa.string()), "}")
    offsets = pa.array(np.append(0, np.cumsum(counts)).astype(np.int32))
    listed = pc.binary_join(pa.ListArray.from_arrays(offsets, objects), ",")
    place = np.repeat(np.arange(len(counts)), counts) * len(risks) + items["risk"]
    by_risk = np.bincount(place, minlength=len(counts) * len(risks))
    return glue("[", listed, "]"), by_risk.reshape(-1, len(risks))


def _finish(documents: Frame, analyses: Frame) -> None:
    """What became of the documents in the end."""
    document, counts, first = (analyses[name] for name in ("document", "counts", "first"))
    has_any = counts > 0
    last = (first + counts - 1)[has_any]
    finished = documents["started"] + documents["failing"] * _MILLISECOND
    finished[has_any] = analyses["ends"][last] + 200 * _MILLISECOND
    first_model = np.full(documents.count, MISSING)
    first_model[has_any] = analyses["model"][first[has_any]]
    items, microdollars, sure = (
        np.bincount(document, weights=analyses[name], minlength=documents.count).astype(np.int64)
        for name in ("items", "microdollars", "sure")
    )
    fate, later = documents["fate"], finished + documents["later"] * _MILLISECOND
    still_later = later + documents["still_later"] * _MILLISECOND
    removed = np.where(fate == _REMOVED, later, MISSING)
    documents.give(
        finished=finished,
        first_model=first_model,
        items=items,
        cost=microdollars // 100,
        confidence=sure // np.maximum(counts, 1),
        held=np.where(fate == _HELD, later, MISSING),
        is_held=(fate == _HELD) | (fate == _HELD_AT_ONCE),
        held_at_once=fate == _HELD_AT_ONCE,
        deleted=np.where((fate == _DELETED) | (fate == _PURGED), later, MISSING),
        removed=np.where(fate == _PURGED, still_later, removed),
    )


def _feedback(part: Part, documents: Frame, analyses: Frame, sessions: Sessions) -> Frame:
    """Feedback on some analyses before the session ends, reviewed and closed later or never."""
    session = documents["session"][analyses["document"]]
    window = sessions.ends[session] - analyses["recorded"]
    analysis = np.flatnonzero(analyses["has_feedback"] & (window > 1))
    session, window = session[analysis], window[analysis]
    feedback = part.frame(
        "user_feedback",
        len(analysis),
        documents=documents,
        analyses=analyses,
        analysis=analysis,
        document=analyses["document"][analysis],
        session=session,
        source=sessions.ids[session] >> np.uint64(1),
    )
    wait = window * feedback.noise.units("wait", len(analysis))
    given = analyses["recorded"][analysis] + 1 + wait.astype(np.int64)
    reviewed = given + feedback["until_review"] * _MILLISECOND
    closed = reviewed + feedback["until_close"] * _MILLISECOND
    is_closed = feedback["is_reviewed"] & feedback["is_closed"]
    feedback.give(
        given=given,
        reviewed=np.where(feedback["is_reviewed"], reviewed, MISSING),
        closed=np.where(is_closed, closed, MISSING),
    )
    return feedback
