"""Feedback that people give on analyses within the session they work in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.noise import Ints, Noise, Words
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.columns import (
    MISSING,
    Ids,
    Times,
    chosen,
    only,
    table_of,
    whole,
)
from orchestration.sample.prism.documents import Work
from orchestration.sample.prism.halves import half_of
from orchestration.sample.prism.sessions import Sessions
from orchestration.sample.rhythm import DAY

_GIVEN_SHARE = 0.24
_REVIEWED_SHARE, _CLOSED_SHARE = 0.5, 0.6


@dataclass(frozen=True)
class Feedback:
    """One row a piece of feedback: the analysis it is on, when given, and what became of it."""

    analysis: Ints
    given: Ints
    reviewed: Ints
    closed: Ints

    def states(self) -> tuple[Ints, Ints, Ints]:
        """Feedback, state and time of writing, the last state of each half day."""
        times = np.stack([self.given, self.reviewed, self.closed], 1)
        exists = times != MISSING
        half = np.where(exists, half_of(times), -1)
        later = np.concatenate([half[:, 1:], np.full((len(half), 1), -1)], 1)
        feedback, state = np.nonzero(exists & (half != later))
        return feedback, state, times[feedback, state]


def give(noise: Noise, work: Work, sessions: Sessions) -> Feedback:
    """The feedback on the analyses of a part of a half day."""
    window = work.feedback_window(sessions)
    analysis = np.flatnonzero((window > 1) & noise.happens("given", len(window), _GIVEN_SHARE))
    count = len(analysis)
    wait = (window[analysis] * noise.units("wait", count)).astype(np.int64)
    given = work.recorded[analysis] + 1 + wait
    reviewed = given + DAY // 20 + noise.below("reviewed", count, 1 << 31) * 250
    reviewed = np.where(noise.happens("is reviewed", count, _REVIEWED_SHARE), reviewed, MISSING)
    closed = reviewed + DAY // 50 + noise.below("closed", count, 1 << 31) * 100
    is_closed = noise.happens("is closed", count, _CLOSED_SHARE) & (reviewed != MISSING)
    return Feedback(analysis, given, reviewed, np.where(is_closed, closed, MISSING))


class FeedbackRows:
    """Makes rows of the stream `user_feedback`."""

    def __init__(self, seed: int, times: Times) -> None:
        self.ids = Ids(seed, "feedback")
        self._times = times

    def entities(
        self,
        noise: Noise,
        work: Work,
        feedback: Feedback,
        documents: Any,
        analyses: Any,
        session_ids: Words,
    ) -> Any:
        """Each piece of feedback once, as given.

        Args:
            noise: draws of the part.
            work: documents and analyses of the part.
            feedback: the feedback on them.
            documents: `id`, `organization_id` and `uploaded_by`, faultless, by document.
            analyses: `id` and `section_id`, faultless, by analysis.
            session_ids: the id of the session of each piece.
        """
        analysis = pa.array(feedback.analysis)
        document = pa.array(work.document[feedback.analysis])
        count = len(feedback.analysis)
        action = noise.pick("action", count, words.ACTION_WEIGHTS)
        comment = noise.below("comment", count, len(words.COMMENTS))
        written = (action >= 2) | noise.happens("comments", count, 0.2)
        marked = noise.below("marked", count, len(words.SENTENCES_JA) * 3)
        sentences = words.SENTENCES_JA + words.SENTENCES_EN[: len(words.SENTENCES_JA)]
        rated = noise.happens("rated", count, 0.4)
        agent = (session_ids % np.uint64(len(words.AGENTS))).astype(np.int64)
        return table_of(
            "user_feedback",
            {
                "id": self.ids.of(work.number + np.arange(count)),
                "user_id": documents["uploaded_by"].take(document),
                "organization_id": documents["organization_id"].take(document),
                "analysis_result_id": analyses["id"].take(analysis),
                "document_id": documents["id"].take(document),
                "section_id": analyses["section_id"].take(analysis),
                "feedback_type": chosen(
                    words.FEEDBACK_TYPES, noise.below("type", count, len(words.FEEDBACK_TYPES))
                ),
                "category": chosen(
                    words.CATEGORIES, noise.below("category", count, len(words.CATEGORIES))
                ),
                "action": chosen(words.ACTIONS, action),
                "custom_feedback_text": chosen(words.COMMENTS, np.where(written, comment, -1)),
                "feedback_rating": whole(
                    np.where(rated, noise.pick("rating", count, words.RATINGS), MISSING)
                ),
                "highlighted_text": chosen(
                    sentences, np.where(marked < len(sentences), marked, -1)
                ),
                "workflow_status": chosen(words.WORKFLOW, np.zeros(count, np.int64)),
                "created_at": self._times.column(feedback.given),
                "updated_at": self._times.column(feedback.given),
                "ip_address": addresses(session_ids),
                "user_agent": only(
                    noise.happens("agent", count, 0.97), chosen(words.AGENTS, agent)
                ),
            },
        )

    def rows(self, entities: Any, states: tuple[Ints, Ints, Ints]) -> Any:
        """The rows of the states."""
        feedback, state, written = states
        table = entities.take(pa.array(feedback))
        columns = {name: table.column(name) for name in table.column_names}
        columns["workflow_status"] = chosen(words.WORKFLOW, state)
        columns["updated_at"] = self._times.column(written)
        return table_of("user_feedback", columns)


def addresses(session_ids: Words) -> Any:
    """The address each session comes from."""
    return chosen(words.ADDRESSES, (session_ids % np.uint64(len(words.ADDRESSES))).astype(np.int64))
