"""Every question the assistant can be asked, in the spellings people use, and what it remembers."""

from __future__ import annotations

import numpy as np

from orchestration.sample.columns import Pool
from orchestration.sample.declared import Words
from orchestration.sample.noise import Flags, Ints, Noise

_LANGUAGES = ("en", "ja")
_SPELLINGS = 6
_TRENDING_SHARE, _TRENDING_QUERIES = 0.12, 5


class Queries:
    """Queries by type and language, favourites first; the favourites depend on the seed."""

    def __init__(self, words: Words, seed: int) -> None:
        """Add the pool `queries` to the words: each query in its spellings."""
        texts: list[str] = []
        self._orders: list[Ints] = []  # by type and language
        for name in words["query_types.name"].entries:
            for language in _LANGUAGES:
                questions = words[f"{name} questions {language}"].entries
                topics = words[f"{name} topics {language}"].entries
                queries = [question.format(topic) for question in questions for topic in topics]
                units = Noise(seed, "favourites", name, language).units("rank", len(queries))
                self._orders.append(len(texts) // _SPELLINGS + np.argsort(units))
                texts += [text for query in queries for text in _spellings(query, language)]
        words["queries"] = Pool(texts)

    def draw(self, noise: Noise, types: Ints, japanese: Flags, day: int) -> Ints:
        """A query a row: few favourites, a long tail, and some queries in fashion this week."""
        rows, which = len(types), types * len(_LANGUAGES) + japanese
        sizes = np.array([len(order) for order in self._orders])
        begin, size = (np.cumsum(sizes) - sizes)[which], sizes[which]
        rank = (size * noise.units("query", rows) ** 3).astype(np.int64)
        fashion = (day // 7 * 53 + noise.below("in fashion", rows, _TRENDING_QUERIES)) % size
        trending = noise.happens("trending", rows, _TRENDING_SHARE)
        query = np.concatenate(self._orders)[begin + np.where(trending, fashion, rank)]
        # The first spellings are the usual ones.
        spelling = (_SPELLINGS * noise.units("spelling", rows) ** 2).astype(np.int64)
        return np.asarray(query * _SPELLINGS + spelling)


def _spellings(query: str, language: str) -> tuple[str, ...]:
    if language == "ja":
        return query, query + "？", query + "。", query + "?", query + " ", query + "！"
    spaced, small = f" {query.replace(' ', '  ', 1)} ", query.lower()
    return query + "?", small, query, small + "?", spaced, query.upper()


def memories(words: Words) -> Ints:
    """Add the pool `memories`, all that may be remembered; where the values of each key begin."""
    values: list[str] = []
    begins = [0]
    english, japanese = (words[f"technical topics {tongue}"].entries for tongue in _LANGUAGES)
    for key in words["memory_keys.name"].entries:
        for text in words[f"memory {key}"].entries:
            topics = english if "{en}" in text else japanese if "{ja}" in text else ("",)
            values += [text.format(en=topic, ja=topic) for topic in topics]
        begins.append(len(values))
    words["memories"] = Pool(values)
    return np.array(begins, dtype=np.int64)
