"""Sections and analysis results as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.sample.noise import Ints, Noise
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.columns import Ids, Times, chosen, decimal, only, table_of, whole
from orchestration.sample.prism.documents import Work
from orchestration.sample.rhythm import SECOND
from orchestration.sample.text import Strings, glue, strings, to_json

_ITEM_HEADS = strings(
    [
        f'{{"text":{to_json(text)},"risk_level":"{risk}","confidence":0.'
        for text in words.ITEMS
        for risk in words.RISKS
    ]
)
_TWO_DIGITS = strings([f"{n:02d}}}" for n in range(100)])


@dataclass(frozen=True)
class Section:
    """Sections of a part of a half day: `analysis` is the position of the analysis of each."""

    analysis: Ints
    created: Ints


class AnalysisRows:
    """Makes rows of the streams `document_sections` and `analysis_results`."""

    def __init__(self, seed: int, times: Times) -> None:
        self.section_ids = Ids(seed, "sections")
        self.ids = Ids(seed, "analyses")
        self._times = times

    def sections(self, work: Work) -> Section:
        """Which sections there are, and when they were found."""
        analysis = np.flatnonzero(~work.is_whole)
        created = work.started[work.document[analysis]] + (1 + work.position[analysis]) * 40_000
        return Section(analysis, created)

    def section_table(self, noise: Noise, work: Work, sections: Section, document_ids: Any) -> Any:
        """The sections, as rows."""
        analysis = sections.analysis
        count = len(analysis)
        took = work.ends[analysis] - work.begins[analysis]
        return table_of(
            "document_sections",
            {
                "id": self.section_ids.of(work.analysis_numbers[analysis]),
                "document_id": document_ids.take(pa.array(work.document[analysis])),
                "section_name": chosen(
                    words.HEADINGS, noise.below("heading", count, len(words.HEADINGS))
                ),
                "section_type": chosen(
                    words.SECTION_TYPES, noise.below("kind", count, len(words.SECTION_TYPES))
                ),
                "section_order": whole(work.position[analysis] + 1),
                "content": _contents(noise, count),
                "word_count": whole(noise.pick("words", count, words.WORDS)),
                "complexity_score": decimal(
                    (100 * noise.units("complexity", count) ** 2).astype(np.int64), 2
                ),
                "ai_analysis_status": chosen(("completed",), np.zeros(count, np.int64)),
                "analysis_duration_seconds": decimal(took * 1000 // SECOND, 3),
                "analysis_cost_usd": decimal(work.microdollars[analysis] // 100, 4),
                "created_at": self._times.column(sections.created),
            },
        )

    def table(self, noise: Noise, work: Work, document_ids: Any, user_ids: Any) -> Any:
        """The analyses, as rows."""
        count = len(work.document)
        _, medium, high = work.risks
        risk = np.where(high > 0, 2, np.where(medium > 0, 1, 0))
        unit = noise.units("judged", count)
        accepted = (noise.units("accepted", count) * (work.item_counts + 1)).astype(np.int64)
        accepted = np.where(unit < 0.5, accepted, 0)
        rejected = np.where(unit < 0.2, work.item_counts - accepted, 0)
        return table_of(
            "analysis_results",
            {
                "id": self.ids.of(work.analysis_numbers),
                "document_id": document_ids.take(pa.array(work.document)),
                "section_id": only(~work.is_whole, self.section_ids.of(work.analysis_numbers)),
                "ai_model_name": chosen(words.MODELS, work.model),
                "ai_model_version": chosen(words.VERSIONS, work.version),
                "model_temperature": decimal(10 * noise.below("temperature", count, 8), 2),
                "max_tokens": whole(4096 * (1 + noise.below("bound", count, 4))),
                "analysis_started_at": self._times.column(work.begins),
                "analysis_completed_at": self._times.column(work.ends),
                "feedback_items": items_json(work),
                "risk_assessment": chosen(words.RISKS, risk),
                "confidence_score": decimal(work.confidence, 2),
                "tokens_used": whole(work.tokens),
                "cost_usd": decimal(work.microdollars, 6),
                "user_satisfaction_score": decimal(work.satisfaction, 1),
                "feedback_accepted_count": whole(accepted),
                "feedback_rejected_count": whole(rejected),
                "created_at": self._times.column(work.recorded),
                "created_by": user_ids.take(pa.array(work.document)),
            },
        )


def items_json(work: Work) -> Strings:
    """The items of each analysis as a JSON array of objects."""
    items = glue(
        chosen(_ITEM_HEADS, work.item_text * len(words.RISKS) + work.item_risk),
        chosen(_TWO_DIGITS, work.item_confidence),
    )
    offsets = np.concatenate([[0], np.cumsum(work.item_counts)]).astype(np.int32)
    listed = pa.ListArray.from_arrays(pa.array(offsets), items)
    return glue("[", pc.binary_join(listed, ","), "]")


def _contents(noise: Noise, count: int) -> Strings:
    """Texts of three to six sentences in one language."""
    japanese = noise.happens("japanese", count, 0.5)
    english = len(words.SENTENCES_EN)
    begin = np.where(japanese, english, 0)
    size = np.where(japanese, len(words.SENTENCES_JA), english)
    pool = strings(
        ["", *(f"{s} " for s in words.SENTENCES_EN), *words.SENTENCES_JA]
    )  # a space ends an English sentence
    length = 3 + noise.below("sentences", count, 4)
    parts = []
    for place in range(6):
        unit = noise.units(f"sentence {place}", count)
        sentence = 1 + begin + (size * unit).astype(np.int64)
        parts.append(chosen(pool, np.where(place < length, sentence, 0)))
    return glue(*parts)
