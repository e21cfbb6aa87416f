"""Who comes, when, and what they ask: the numbers behind a stretch of sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample.noise import (
    Flags,
    Ints,
    Noise,
    Words,
    key_of,
    lognormal_table,
    mix,
    weighted_table,
)
from orchestration.sample.queries import QueryPool
from orchestration.sample.rhythm import Calendar, Stretch
from orchestration.sample.topics import QUERY_TYPES, ROLES

ANONYMOUS_SHARE = 0.25
LONGEST_RESPONSE = 60_000
NO_RESPONSE = LONGEST_RESPONSE + 1
LONGEST_TEXT = 9_000
MOST_SNIPPETS, MOST_CITATIONS = 5, 6
NO_RATING, NULL_RATING = 0, 6

_LENGTHS = weighted_table(
    [22, 17, 13, 10, 8, 6.5, 5, 4, 3.2, 2.6, 2, 1.6, 1.3, 1.05, 0.85, 0.7, 0.55, 0.45, 0.35, 0.3]
)
_GAPS = lognormal_table(median=48_000, sigma=0.95, lowest=12_000, highest=1_100_000)  # ms
_RESPONSES = np.stack(
    [
        lognormal_table(median, sigma, 60, LONGEST_RESPONSE)
        for median, sigma in (
            (1900, 0.55), (1100, 0.45), (2600, 0.70), (800, 0.40), (650, 0.40), (900, 0.45),
        )
    ]
)  # fmt: skip
_LENGTH_OF_TEXT = np.stack(
    [lognormal_table(median, 0.5, 20, LONGEST_TEXT) for median in (1400, 900, 1100, 500, 320, 600)]
)
_SUCCESS = np.array([0.93, 0.95, 0.89, 0.96, 0.97, 0.94])
_SNIPPETS = np.array([0.62, 0.03, 0.35, 0.0, 0.02, 0.03])
_CITATIONS = np.array([0.55, 0.60, 0.45, 0.30, 0.05, 0.40])
_TYPES_BY_ROLE = np.stack(
    [
        weighted_table(weights)
        for weights in (
            (62, 8, 16, 4, 4, 6), (34, 40, 14, 3, 3, 6), (8, 58, 12, 5, 6, 11),
            (46, 16, 14, 7, 9, 8), (14, 12, 6, 18, 28, 22),
        )
    ]
)  # fmt: skip
_ROLE_WEIGHTS = weighted_table((36, 14, 12, 22, 16))
_RATINGS = weighted_table((4, 6, 15, 35, 40))


@dataclass(frozen=True)
class Sessions:
    """Sessions of a stretch, and one row an interaction.

    Per session: `ids`, `anonymous`, `users`, `roles`. Per interaction: `session` (its position),
    `times` (microseconds), and what was asked and answered; `queries` points into the query pool,
    `response_ms` is `NO_RESPONSE` where the call failed before an answer, `ratings` holds 1 to 5,
    `NO_RATING` (key absent) or `NULL_RATING`.
    """

    ids: Words
    anonymous: Flags
    users: Words
    roles: Ints
    japanese: Flags
    session: Ints
    last_rows: Ints
    times: Ints
    query_types: Ints
    queries: Ints
    response_ms: Ints
    response_lengths: Ints
    snippets: Ints
    citations: Ints
    success: Flags
    ratings: Ints

    def __len__(self) -> int:
        return len(self.times)


class SessionMaker:
    """Draws the sessions of any stretch."""

    def __init__(self, seed: int, rows_per_day: int, calendar: Calendar, pool: QueryPool) -> None:
        self._seed = seed
        self._rows_per_day = rows_per_day
        self._calendar = calendar
        self._pool = pool

    def draw(self, stretch: Stretch) -> Sessions:
        """The sessions that begin in the stretch; some end in a later one."""
        noise = Noise(self._seed, "sessions", stretch.day, stretch.block)
        lengths = self._session_lengths(noise, stretch)
        count, rows = len(lengths), int(lengths.sum())
        session = np.repeat(np.arange(count), lengths)
        firsts = np.cumsum(lengths) - lengths
        ids, anonymous, users = self._people(noise, stretch, count)
        trait = mix(np.where(anonymous, ids, users) ^ np.uint64(key_of(self._seed, "traits")))
        roles = _ROLE_WEIGHTS[(trait & np.uint64(4095)).astype(np.int64)]
        japanese = (trait >> np.uint64(20)) % np.uint64(100) < 22
        types = self._query_types(noise, roles, session, count, rows)
        success = noise.units("success", rows) < _SUCCESS[types]
        times_out = ~success & noise.happens("times out", rows, 0.3)
        has_snippets = noise.units("has snippets", rows) < _SNIPPETS[types]
        has_citations = noise.units("has citations", rows) < _CITATIONS[types]
        table = _RESPONSES.shape[1]
        return Sessions(
            ids=ids,
            anonymous=anonymous,
            users=users,
            roles=roles,
            japanese=japanese,
            session=session,
            last_rows=firsts + lengths - 1,
            times=self._times(noise, stretch, lengths, firsts, session),
            query_types=types,
            queries=self._pool.draw(noise, types, japanese[session], stretch.day),
            response_ms=np.where(
                times_out, NO_RESPONSE, _RESPONSES[types, noise.below("response", rows, table)]
            ),
            response_lengths=_LENGTH_OF_TEXT[types, noise.below("length", rows, table)],
            snippets=np.where(has_snippets, 1 + noise.below("snippets", rows, MOST_SNIPPETS), 0),
            citations=np.where(has_citations, 1 + noise.below("cited", rows, MOST_CITATIONS), 0),
            success=success,
            ratings=self._ratings(noise, success, rows),
        )

    def _session_lengths(self, noise: Noise, stretch: Stretch) -> Ints:
        whole = self._calendar.interactions(stretch.day)
        wanted = whole * (stretch.block + 1) // stretch.blocks
        wanted -= whole * stretch.block // stretch.blocks
        guess = int(wanted / float(_LENGTHS.mean()) * 1.1) + 50
        lengths = noise.pick("session length", guess, _LENGTHS)
        while int(lengths.sum()) < wanted:
            guess *= 2
            lengths = noise.pick("session length", guess, _LENGTHS)
        ends = np.cumsum(lengths)
        count = int(np.searchsorted(ends, wanted)) + 1
        lengths = lengths[:count].copy()
        lengths[-1] -= int(ends[count - 1]) - wanted
        return lengths[lengths > 0]

    def _people(self, noise: Noise, stretch: Stretch, count: int) -> tuple[Words, Flags, Words]:
        number = (stretch.day << 36) + (stretch.block << 24) + np.arange(count, dtype=np.uint64)
        ids = mix(number ^ np.uint64(key_of(self._seed, "session ids")))
        known = max(20, round(self._rows_per_day * (0.7 + 0.012 * stretch.day)))
        unit = noise.units("user", count)
        user = (known * (unit * unit * unit)).astype(np.uint64)
        users = mix(user ^ np.uint64(key_of(self._seed, "user ids")))
        return ids, noise.happens("anonymous", count, ANONYMOUS_SHARE), users

    def _times(
        self, noise: Noise, stretch: Stretch, lengths: Ints, firsts: Ints, session: Ints
    ) -> Ints:
        units = (stretch.block + noise.units("start", len(lengths))) / stretch.blocks
        begins = np.maximum(self._calendar.moments(stretch.day, units), stretch.begin)
        rows = len(session)
        gaps = noise.pick("gap", rows, _GAPS) * 1000 + noise.below("gap fraction", rows, 1000)
        gaps[firsts] = 0
        walked = np.cumsum(gaps)
        return begins[session] + walked - walked[firsts][session]

    def _query_types(self, noise: Noise, roles: Ints, session: Ints, count: int, rows: int) -> Ints:
        table = _TYPES_BY_ROLE.shape[1]
        usual = _TYPES_BY_ROLE[roles, noise.below("usual type", count, table)]
        other = _TYPES_BY_ROLE[roles[session], noise.below("other type", rows, table)]
        return np.where(noise.happens("stays on type", rows, 0.6), usual[session], other)

    def _ratings(self, noise: Noise, success: Flags, rows: int) -> Ints:
        stars = 1 + noise.pick("stars", rows, _RATINGS)
        stars = np.where(success, stars, np.maximum(1, stars - 2))
        unit = noise.units("rated", rows)
        return np.where(unit < 0.15, stars, np.where(unit < 0.6, NO_RATING, NULL_RATING))


assert len(_ROLE_WEIGHTS) == 4096
assert len(QUERY_TYPES) == len(_SUCCESS)
assert len(ROLES) == 5
