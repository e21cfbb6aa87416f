"""Every question the sample can ask, in the spellings people use, ready as JSON."""

from __future__ import annotations

import numpy as np

from orchestration.sample.noise import Dice, Flags, Ints, Noise, key_of
from orchestration.sample.text import Strings, strings, to_json
from orchestration.sample.topics import LANGUAGES, QUERY_TYPES, TEMPLATES, TOPICS

_SPELLINGS = 6
_TRENDING_SHARE = 0.12
_TRENDING_QUERIES = 5


class QueryPool:
    """Queries by type and language, favourites first; the favourites depend on the seed."""

    def __init__(self, seed: int) -> None:
        fragments: list[str] = []
        texts: list[str] = []
        begins = np.zeros((len(QUERY_TYPES), len(LANGUAGES)), dtype=np.int64)
        sizes = np.zeros_like(begins)
        for kind, query_type in enumerate(QUERY_TYPES):
            for tongue, language in enumerate(LANGUAGES):
                queries = _shuffled(query_type, language, seed)
                begins[kind, tongue], sizes[kind, tongue] = len(texts), len(queries)
                texts += queries
                for query in queries:
                    for spelling in _spellings(query, language):
                        fragments.append(
                            f'{to_json(spelling)},"query_type":"{query_type}","response_time":'
                        )
        self._begins, self._sizes = begins, sizes
        self.texts = texts
        self.fragments: Strings = strings(fragments)

    def draw(self, noise: Noise, types: Ints, japanese: Flags, day: int) -> Ints:
        """A fragment a row: few favourites, a long tail, and some queries in fashion this week."""
        rows = len(types)
        tongue = japanese.astype(np.int64)
        begin, size = self._begins[types, tongue], self._sizes[types, tongue]
        unit = noise.units("query", rows)
        rank = (size * (unit * unit * unit)).astype(np.int64)
        fashion = (day // 7 * 53 + noise.below("in fashion", rows, _TRENDING_QUERIES)) % size
        trending = noise.happens("trending", rows, _TRENDING_SHARE)
        query = begin + np.where(trending, fashion, rank)
        # The first spellings are the usual ones.
        unit = noise.units("spelling", rows)
        return query * _SPELLINGS + (_SPELLINGS * unit * unit).astype(np.int64)


def _shuffled(query_type: str, language: str, seed: int) -> list[str]:
    queries = [
        template.format(topic)
        for template in TEMPLATES[query_type, language]
        for topic in TOPICS[query_type, language]
    ]
    dice = Dice(key_of(seed, "favourites", query_type, language))
    return [query for _, query in sorted((dice.word(), query) for query in queries)]


def _spellings(query: str, language: str) -> tuple[str, ...]:
    if language == "ja":
        return query, query + "？", query + "。", query + "?", query + " ", query + "！"
    return (
        query + "?",
        query.lower(),
        query,
        query.lower() + "?",
        f" {query.replace(' ', '  ', 1)} ",
        query.upper(),
    )
