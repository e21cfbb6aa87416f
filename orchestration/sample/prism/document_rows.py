"""Documents as rows: one entity each, then the states of it that extractions find."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.noise import Ints, Noise
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.columns import (
    MISSING,
    Ids,
    Times,
    chosen,
    decimal,
    only,
    table_of,
    whole,
)
from orchestration.sample.prism.documents import Work
from orchestration.sample.prism.halves import HALF, half_of
from orchestration.sample.prism.organizations import Organizations
from orchestration.sample.prism.users import Users
from orchestration.sample.rhythm import DAY
from orchestration.sample.text import glue, hexadecimal

_TITLES = tuple(title for pair in words.TITLES for title in pair)
_IN_TITLES = ("", *(f"_{given}" for given, _ in words.GIVEN), *(f" {n}" for n, _ in words.FAMILY))
UPLOADED, PROCESSING, FINISHED, HELD, DELETED = range(5)


class DocumentRows:
    """Makes rows of the stream `documents`."""

    def __init__(self, seed: int, times: Times, organizations: Organizations, users: Users) -> None:
        self.ids = Ids(seed, "documents")
        self._times = times
        self._organizations = organizations
        self._users = users

    def entities(self, noise: Noise, work: Work) -> Any:
        """Each document once, as it is when finished."""
        count = len(work.session)
        kind = noise.pick("type", count, words.TYPE_WEIGHTS)
        extension = noise.pick("extension", count, words.EXTENSION_WEIGHTS)
        language = noise.below("language", count, 10)
        language = np.where(language < 5, 1, np.where(language < 8, 0, 2 + language % 2))
        policy = noise.below("policy", count, len(words.POLICIES))
        done = ~work.failed
        ids = self.ids.of(work.numbers)
        analysed = np.maximum(work.analyses, 1)
        suffix = glue(".", chosen(words.EXTENSIONS, extension))
        name = glue(
            chosen(words.DOCUMENT_TYPES, kind), "-", hexadecimal(noise.words("name", count)), suffix
        )
        cost = self._per_document(work, work.microdollars) // 100
        confidence = self._per_document(work, work.confidence) // analysed
        pages = noise.pick("pages", count, words.WORDS) // 40 + 1
        page_words = noise.pick("words", count, words.WORDS)
        return table_of(
            "documents",
            {
                "id": ids,
                "organization_id": self._organizations.ids(work.organization),
                "uploaded_by": self._users.ids(work.user),
                "filename": name,
                "original_filename": glue(self._titles(noise, kind, language == 1), suffix),
                "file_path": glue("documents/", ids, "/", name),
                "file_size": whole(
                    noise.pick("size", count, words.SIZES) + noise.below("bytes", count, 2000)
                ),
                "file_hash": hexadecimal(noise.words("hash", 4 * count), 4),
                "mime_type": chosen(words.MIME_TYPES, extension),
                "document_type": chosen(words.DOCUMENT_TYPES, kind),
                "document_classification": chosen(
                    words.LEVELS, noise.below("level", count, len(words.LEVELS))
                ),
                "language_code": chosen(words.LANGUAGES, language),
                "word_count": whole(page_words * (1 + work.sections)),
                "page_count": whole(pages),
                "processing_status": chosen(words.STATUSES, np.where(done, 2, 3)),
                "processing_started_at": self._times.column(work.started),
                "processing_completed_at": self._times.column(work.finished),
                "processing_error": chosen(
                    words.ERRORS,
                    np.where(done, -1, noise.below("error", count, len(words.ERRORS))),
                ),
                "ai_model_used": chosen(words.MODELS, self._first(work, work.model, -1)),
                "total_sections": whole(np.where(done, work.sections, MISSING)),
                "total_feedback_items": whole(
                    np.where(done, self._per_document(work, work.item_counts), MISSING)
                ),
                "analysis_confidence_score": decimal(np.where(done, confidence, MISSING), 2),
                "analysis_cost_usd": decimal(np.where(done, cost, MISSING), 4),
                "industry_vertical": chosen(
                    words.INDUSTRIES, work.organization % len(words.INDUSTRIES)
                ),
                "document_purpose": chosen(
                    words.PURPOSES, noise.below("purpose", count, len(words.PURPOSES))
                ),
                "retention_policy": chosen(words.POLICIES, policy),
                "retention_expires_at": self._times.column(
                    work.uploaded + DAY * words.POLICY_DAYS[policy]
                ),
                "legal_hold": pa.array(work.held_at_once | (work.held != MISSING)),
                "created_at": self._times.column(work.uploaded),
                "updated_at": self._times.column(work.finished),
                "deleted_at": self._times.column(work.deleted),
            },
        )

    def _titles(self, noise: Noise, kind: Ints, japanese: Any) -> Any:
        """What people call their files; some put a name into it."""
        count = len(kind)
        title = chosen(_TITLES, 2 * kind + japanese)
        named = noise.happens("named", count, 0.2)
        name = chosen(
            _IN_TITLES, np.where(named, 1 + noise.below("of", count, len(_IN_TITLES) - 1), 0)
        )
        return glue(title, name, "_", whole(1 + noise.below("edition", count, 400)).cast("string"))

    @staticmethod
    def _per_document(work: Work, values: Ints) -> Ints:
        sums: Ints = np.bincount(work.document, weights=values, minlength=len(work.session)).astype(
            np.int64
        )
        return sums

    @staticmethod
    def _first(work: Work, values: Ints, otherwise: int) -> Ints:
        found = np.full(len(work.session), otherwise)
        has_any = work.analyses > 0
        found[has_any] = values[work.first[has_any]]
        return found

    def states(self, work: Work) -> tuple[Ints, Ints, Ints]:
        """The states extractions find: the last of each half day, none after removal.

        Returns:
            Document, state and time of writing of each, by document and time.
        """
        times = np.stack([work.uploaded, work.started, work.finished, work.held, work.deleted], 1)
        exists = times != MISSING
        half = np.where(exists, half_of(times), -1)
        removed = np.where(work.removed == MISSING, 1 << 40, half_of(work.removed))
        seen = exists & (half < removed[:, None])
        following = np.full(len(times), -2)
        for place in range(times.shape[1] - 1, -1, -1):
            seen[:, place] &= half[:, place] != following
            following = np.where(exists[:, place], half[:, place], following)
        document, state = np.nonzero(seen)
        return document, state, times[document, state]

    def rows(self, work: Work, entities: Any, states: tuple[Ints, Ints, Ints]) -> Any:
        """The rows of the states."""
        document, state, written = states
        table = entities.take(pa.array(document))
        columns = {name: table.column(name) for name in table.column_names}
        done = state >= FINISHED
        begun = state >= PROCESSING
        status = np.where(done, np.where(work.failed[document], 3, 2), state)
        held = work.held_at_once[document] | (state == HELD)
        columns["processing_status"] = chosen(words.STATUSES, status)
        columns["legal_hold"] = pa.array(held)
        columns["updated_at"] = self._times.column(written)
        columns["deleted_at"] = only(state == DELETED, columns["deleted_at"])
        columns["processing_started_at"] = only(begun, columns["processing_started_at"])
        for name in (
            "processing_completed_at", "processing_error", "ai_model_used", "total_sections",
            "total_feedback_items", "analysis_confidence_score", "analysis_cost_usd",
        ):  # fmt: skip
            columns[name] = only(done, columns[name])
        return table_of("documents", columns)

    @staticmethod
    def tombstones(work: Work) -> tuple[Ints, Ints]:
        """Documents that are removed for good, and when an extraction finds them missing."""
        document = np.flatnonzero(work.removed != MISSING)
        return document, (half_of(work.removed[document]) + 1) * HALF - 1
