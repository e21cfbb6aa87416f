"""The four streams: what their lines look like, and where faults may sit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.noise import Dice, Ints, Noise
from orchestration.sample.queries import QueryPool
from orchestration.sample.rhythm import SECOND, Stretch
from orchestration.sample.sessions import (
    LONGEST_RESPONSE,
    LONGEST_TEXT,
    MOST_CITATIONS,
    MOST_SNIPPETS,
    NO_RATING,
    NULL_RATING,
    Sessions,
)
from orchestration.sample.text import (
    Strings,
    TimeText,
    either,
    glue,
    hexadecimal,
    strings,
    take,
    thousandths,
    to_json,
)
from orchestration.sample.topics import (
    CONTENT_TYPES,
    MEMORY_KEYS,
    MEMORY_TEXTS,
    ROLES,
    TOPICS,
)

Record = dict[str, Any]


@dataclass(frozen=True)
class StreamSpec:
    """A stream's contract as far as faults need it.

    Attributes:
        name: the stream and its folder.
        time_field: the event time.
        natural_key: what a redelivery shares with the first delivery.
        required: fields without which a line must be rejected.
        wrong: values of a wrong type, by field.
        impossible: values outside the possible range, by field.
        correct: changes a record in place as a later correction would; returns the field.
        free_text: the field that may hold personal data.
    """

    name: str
    time_field: str
    natural_key: tuple[str, ...]
    required: tuple[str, ...]
    wrong: Mapping[str, tuple[object, ...]]
    impossible: Mapping[str, tuple[object, ...]]
    correct: Callable[[Record, Dice], str]
    free_text: str | None = None


@dataclass(frozen=True)
class Clean:
    """Faultless lines of one stream, with the event time of each in microseconds."""

    text: Strings
    times: Ints


def _correct_interaction(record: Record, dice: Dice) -> str:
    if record.get("user_rating") is None and dice.below(3) > 0:
        record["user_rating"] = dice.between(1, 5)
        return "user_rating"
    seconds = record["response_time"] or 0
    record["response_time"] = round(seconds + dice.between(1, 4000) / 1000, 3)
    return "response_time"


def _correct_access(record: Record, dice: Dice) -> str:
    score = round(dice.below(1000) / 1000, 3)
    record["relevance_score"] = score if score != record["relevance_score"] else 1.0
    return "relevance_score"


def _correct_memory(record: Record, dice: Dice) -> str:
    record["value"] = f"Updated: {dice.choose(TOPICS['technical', 'en'])}, {dice.word():08x}"
    return "value"


def _correct_metric(record: Record, dice: Dice) -> str:
    value = record["metric_value"]
    if isinstance(value, int):
        record["metric_value"] = value + dice.between(1, 9)
    else:
        lower = round(value * 0.9, 3)  # stays possible for a ratio too
        record["metric_value"] = lower if lower != value else 0.01
    return "metric_value"


INTERACTIONS = StreamSpec(
    name="interactions",
    time_field="timestamp",
    natural_key=("session_id", "timestamp", "query"),
    required=(
        "session_id", "timestamp", "query", "user_role", "query_type", "success",
    ),
    wrong={
        "response_time": ("fast", {"seconds": 2}, [1.2]),
        "response_length": (12.5, "long"),
        "timestamp": ("yesterday", "2026-13-45T99:00:00Z", {"epoch": 1}),
        "query": ({"text": "hello"}, ["hello"]),
        "user_rating": ("five", 4.5),
        "success": ("perhaps", {"ok": True}),
    },
    impossible={
        "user_rating": (9, 0),
        "response_time": (-5,),
        "response_length": (-1,),
    },
    correct=_correct_interaction,
    free_text="query",
)  # fmt: skip
CONTENT_ACCESSES = StreamSpec(
    name="content_accesses",
    time_field="timestamp",
    natural_key=("session_id", "timestamp", "content_id"),
    required=("session_id", "timestamp", "content_id"),
    wrong={
        "timestamp": ("yesterday", "2026-02-30T10:00:00Z"),
        "relevance_score": ("high", [0.5]),
        "content_id": ({"id": "cnt-0001"},),
    },
    impossible={"relevance_score": (1.7, -0.3)},
    correct=_correct_access,
)
SESSION_MEMORY = StreamSpec(
    name="session_memory",
    time_field="updated_at",
    natural_key=("session_id", "key"),
    required=("session_id", "key", "updated_at"),
    wrong={
        "updated_at": ("last week", [2026, 1, 5]),
        "value": ({"topic": "cats"}, ["a", "b"]),
        "key": ({"name": "goal"},),
    },
    impossible={},
    correct=_correct_memory,
    free_text="value",
)
SYSTEM_METRICS = StreamSpec(
    name="system_metrics",
    time_field="timestamp",
    natural_key=("timestamp", "metric_name", "component"),
    required=("timestamp", "metric_name", "metric_value", "component"),
    wrong={
        "timestamp": ("now", "2026-01-32T00:00:00Z"),
        "metric_value": ("n/a", {"p95": 1.2}),
        "metric_name": (["error_rate"],),
    },
    impossible={"metric_value": (-1,)},
    correct=_correct_metric,
)
STREAMS = (INTERACTIONS, CONTENT_ACCESSES, SESSION_MEMORY, SYSTEM_METRICS)


class SessionLines:
    """Writes the lines of the three streams that sessions leave behind."""

    _CONTENTS = 240

    def __init__(self, seed: int, pool: QueryPool, time_text: TimeText) -> None:
        self._seed = seed
        self._pool = pool
        self._time_text = time_text
        self._roles = strings([f'Z","user_role":{to_json(role)},"query":' for role in ROLES])
        self._access_roles = strings([f'Z","user_role":{to_json(role)},' for role in ROLES])
        self._seconds = pa.concat_arrays(
            [thousandths(range(LONGEST_RESPONSE + 1)), strings(["null"])]  # at NO_RESPONSE
        )
        self._lengths = strings(
            [f',"response_length":{n},"code_snippets_shown":' for n in range(LONGEST_TEXT + 1)]
        )
        self._tails = strings(
            [
                f'{snippets},"citations_provided":{cited},"success":{success}{rating}}}\n'
                for snippets in range(MOST_SNIPPETS + 1)
                for cited in range(MOST_CITATIONS + 1)
                for success in ("false", "true")
                for rating in ("", *(f',"user_rating":{n}' for n in (1, 2, 3, 4, 5, "null")))
            ]
        )
        self._contents = strings(
            [
                f'"content_id":"cnt-{n:04d}","content_type":"{CONTENT_TYPES[n * 7 % 6]}",'
                f'"relevance_score":'
                for n in range(self._CONTENTS)
            ]
        )
        self._scores = thousandths(range(1001))
        self._memories, self._memory_begins = _memory_pool()

    def interactions(self, sessions: Sessions) -> Clean:
        """One line an interaction."""
        ids = hexadecimal(sessions.ids)
        known = glue('"user_id":"u-', hexadecimal(sessions.users), '",')
        # Of the sessions without a user, half say so and half leave the key out.
        nobody = take(strings(["", '"user_id":null,']), (sessions.ids & np.uint64(1)).astype(int))
        users = either(sessions.anonymous, nobody, known)
        heads = glue('{"session_id":"s-', ids, '",', users, '"timestamp":"')
        tail = sessions.snippets * (MOST_CITATIONS + 1) + sessions.citations
        tail = (tail * 2 + sessions.success) * (NULL_RATING + 1) + sessions.ratings - NO_RATING
        text = glue(
            take(heads, sessions.session),
            *self._time_text.parts(sessions.times),
            take(self._roles, sessions.roles[sessions.session]),
            take(self._pool.fragments, sessions.queries),
            take(self._seconds, sessions.response_ms),
            take(self._lengths, sessions.response_lengths),
            take(self._tails, tail),
        )
        return Clean(text, sessions.times)

    def accesses(self, sessions: Sessions, stretch: Stretch) -> Clean:
        """One line for two of five interactions: the content the reader opened."""
        noise = Noise(self._seed, "content", stretch.day, stretch.block)
        rows = np.flatnonzero(noise.happens("opened", len(sessions), 0.4))
        count = len(rows)
        times = sessions.times[rows] + SECOND + noise.below("delay", count, 9 * SECOND)
        unit = noise.units("content", count)
        content = (self._CONTENTS * (unit * unit * unit)).astype(np.int64)
        spread = noise.units("relevance", count)
        score = (1000 * (1 - spread * spread * 0.9)).astype(np.int64)
        session = sessions.session[rows]
        text = glue(
            '{"session_id":"s-',
            take(hexadecimal(sessions.ids), session),
            '","timestamp":"',
            *self._time_text.parts(times),
            take(self._access_roles, sessions.roles[session]),
            take(self._contents, content),
            take(self._scores, score),
            "}\n",
        )
        return Clean(text, times)

    def memories(self, sessions: Sessions, stretch: Stretch) -> Clean:
        """What is remembered of a session, written when it ends: each key at most once."""
        noise = Noise(self._seed, "memory", stretch.day, stretch.block)
        count = len(sessions.ids)
        ended = sessions.times[sessions.last_rows]
        session_parts, key_parts, entry_parts = [], [], []
        for key, name in enumerate(MEMORY_KEYS):
            kept = np.flatnonzero(noise.happens(f"keeps {name}", count, 0.25 if key < 2 else 0.08))
            size = int(self._memory_begins[key + 1] - self._memory_begins[key])
            session_parts.append(kept)
            key_parts.append(np.full(len(kept), key))
            entry_parts.append(self._memory_begins[key] + noise.below(name, len(kept), size))
        session, keys = np.concatenate(session_parts), np.concatenate(key_parts)
        times = ended[session] + (1 + keys) * SECOND
        times += noise.below("saved", len(session), SECOND)
        text = glue(
            '{"session_id":"s-',
            take(hexadecimal(sessions.ids), session),
            '","key":"',
            take(self._memories, np.concatenate(entry_parts)),
            ',"updated_at":"',
            *self._time_text.parts(times),
            'Z"}\n',
        )
        return Clean(text, times)


def _memory_pool() -> tuple[Strings, Ints]:
    """Key and value fragments, and where each key's begin."""
    fragments: list[str] = []
    begins = [0]
    for key in MEMORY_KEYS:
        for text in MEMORY_TEXTS[key]:
            for english in TOPICS["technical", "en"] if "{en}" in text else ("",):
                for japanese in TOPICS["technical", "ja"] if "{ja}" in text else ("",):
                    value = text.format(en=english, ja=japanese)
                    fragments.append(f'{key}","value":{to_json(value)}')
        begins.append(len(fragments))
    return strings(fragments), np.array(begins, dtype=np.int64)
