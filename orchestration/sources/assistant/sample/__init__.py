"""The chat assistant's sample: who comes, when, what they ask, and what is measured meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from orchestration.sample.columns import hexadecimal
from orchestration.sample.frames import Frame
from orchestration.sample.noise import Ints, key_of, mix
from orchestration.sample.rhythm import SECOND, blocks
from orchestration.sample.world import Options, Part, World
from orchestration.sources.assistant.sample.metrics import measurements
from orchestration.sources.assistant.sample.texts import Queries, memories

METERED_FROM = 3  # the day, from 0, from which on the application tells model, tokens and cost


@dataclass(frozen=True)
class AssistantOptions(Options):
    """The size and faults of the assistant's sample; see `Options`.

    Growth does not look ahead, so all interactions come within about 8 % of `days * rows_per_day`
    up to 90 days and 13 % above it in a year.
    """

    source: ClassVar[str] = "assistant"
    folder: ClassVar[Path] = Path(__file__).parent
    ranges: ClassVar = {"rows_per_day": (1, 50_000_000), "lines_per_file": (100, 1_000_000)}

    rows_per_day: int = 1000  # interactions on average
    lines_per_file: int = 500_000  # files of interactions are cut at about so many

    def world(self) -> World:
        """The assistant and its visitors."""
        return Assistant(self)


class Assistant(World):
    """Sessions of questions, what is opened and remembered of them, and the monitoring."""

    def __init__(self, options: AssistantOptions) -> None:
        super().__init__(options)
        self._queries = Queries(self.words, options.seed)
        self._memories = memories(self.words)

    def parts(self) -> Iterator[Part]:
        """Days, or parts of them, by the sessions that begin in them."""
        for slot in self.rhythm.slots(self.options.days):
            wanted = max(1, round(self.options.rows_per_day * slot.load))
            for block, rows in enumerate(blocks(wanted, self.options.lines_per_file)):
                part = Part(self, slot, block)
                self._chat(part, rows)
                if block == 0:
                    metrics = measurements(part, self.options.rows_per_day)
                    part.plant("system_metrics", metrics, metrics["time"])
                yield part

    def _chat(self, part: Part, rows: int) -> None:
        lengths = self._lengths(part, rows)
        sessions = self._sessions(part, len(lengths))
        session = np.repeat(np.arange(len(lengths)), lengths)
        times = self._times(part, sessions, lengths, session)
        asked = part.frame("interactions", rows, sessions=sessions, session=session, time=times)
        japanese, day = sessions["japanese"][session], part.slot.day
        asked.give(query_number=self._queries.draw(asked.noise, asked["type"], japanese, day))
        asked.give(metering=np.full(rows, day >= METERED_FROM), _billionths=self._billionths(asked))
        part.plant("interactions", asked, times)
        opened = np.flatnonzero(asked["opens"])
        time = times[opened] + SECOND + asked["delay"][opened]
        facts = {"interactions": asked, "opened": opened, "time": time}
        part.plant("content_accesses", part.frame("content_accesses", len(opened), **facts), time)
        self._remember(part, sessions, times[np.cumsum(lengths) - 1])

    def _billionths(self, asked: Frame) -> Ints:
        """What calls cost, in billionths of a dollar: what is cached is part of what is read."""
        read, cached, written = (asked[name] for name in ("_read", "_cached", "_written"))
        tokens = {"input": read - cached, "cached": cached, "output": written}
        prices = {name: self.words.numbers(f"models.{name}")[asked["_model"]] for name in tokens}
        cost: Ints = sum(tokens[name] * prices[name].astype(np.int64) for name in tokens)
        return cost

    def _lengths(self, part: Part, rows: int) -> Ints:
        """How many questions each session has; `rows` in all."""
        pool, noise = self.words["session_lengths"], part.noise("lengths")
        lengths = 1 + pool.pick(noise.units("length", rows))
        ends = np.cumsum(lengths)
        count = int(np.searchsorted(ends, rows)) + 1
        lengths[count - 1] -= ends[count - 1] - rows
        return lengths[:count]

    def _sessions(self, part: Part, count: int) -> Frame:
        """People ask in one language, in one role; some are not signed in."""
        seed, noise = self.options.seed, part.noise("people")
        number = part.first + np.arange(count)
        ids = mix(number.astype(np.uint64) ^ np.uint64(key_of(seed, "sessions")))
        people = max(20, round(self.options.rows_per_day * (0.7 + 0.012 * part.slot.day)))
        user = (people * noise.units("user", count) ** 3).astype(np.uint64)
        users = mix(user ^ np.uint64(key_of(seed, "users")))
        known = ~noise.happens("anonymous", count, 0.25)
        trait = mix(np.where(known, users, ids)) >> np.uint64(11)
        facts = {"id": hexadecimal(ids), "user": hexadecimal(users), "known": known}
        unit = (trait % np.uint64(1000)).astype(np.int64) / 1000
        facts["role"] = self.words["roles.name"].pick(unit)
        facts["japanese"] = (trait >> np.uint64(20)) % np.uint64(100) < 22
        return part.frame("sessions", count, **facts)

    def _times(self, part: Part, sessions: Frame, lengths: Ints, session: Ints) -> Ints:
        """Sessions begin as traffic comes; from one question to the next is a while."""
        begins = self.rhythm.moments(part.slot, sessions.noise.units("start", sessions.count))
        gaps = part.frame("gaps", len(session))["microseconds"].copy()
        firsts = np.cumsum(lengths) - lengths
        gaps[firsts] = 0
        walked = np.cumsum(gaps)
        times: Ints = (begins - walked[firsts])[session] + walked
        return times

    def _remember(self, part: Part, sessions: Frame, ended: Ints) -> None:
        """What is remembered of a session, written when it ends: each key at most once."""
        noise, kept = part.noise("memory"), self.words.numbers("memory_keys.kept")
        units = noise.units("kept", sessions.count * len(kept)).reshape(-1, len(kept))
        session, kind = np.nonzero(units < kept)
        entry = noise.units("entry", len(kind)) * np.diff(self._memories)[kind]
        time = ended[session] + (1 + kind) * SECOND + noise.below("saved", len(kind), SECOND)
        facts = {"sessions": sessions, "session": session, "kind": kind, "time": time}
        facts["entry"] = self._memories[kind] + entry.astype(np.int64)
        part.plant("session_memory", part.frame("session_memory", len(kind), **facts), time)
