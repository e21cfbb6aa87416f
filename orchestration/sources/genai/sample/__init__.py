"""The sample of calls to AI models: agents that call tools, and applications that just ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from orchestration.sample.columns import hexadecimal, only, taken
from orchestration.sample.frames import Frame
from orchestration.sample.noise import Ints, key_of, mix
from orchestration.sample.rhythm import SECOND
from orchestration.sample.world import Options, Part, World

AGENT, CALL, TOOL = range(3)  # rows of `operations` in sample.yml
MILLISECOND = SECOND // 1000


@dataclass(frozen=True)
class GenaiOptions(Options):
    """The size and faults of the sample of calls to AI models; see `Options`.

    Attributes:
        traces_per_day: requests of people a day on average; an agent's has several calls.
    """

    traces_per_day: int = 200

    source: ClassVar[str] = "genai"
    folder: ClassVar[Path] = Path(__file__).parent
    ranges: ClassVar = {"traces_per_day": (1, 10_000_000)}

    def world(self) -> World:
        """Applications that call models."""
        return Calls(self)


class Calls(World):
    """A trace is one call, or an agent's: the agent, then calls with a tool between each two."""

    def parts(self) -> Iterator[Part]:
        """Days, by the traces that begin in them."""
        for slot in self.rhythm.slots(self.options.days):
            part = Part(self, slot, 0)
            count = max(1, round(self.options.traces_per_day * slot.load))
            begun = self.rhythm.moments(slot, part.noise("begun").units("begun", count))
            traces = self._traces(part, count)
            steps = np.where(traces["acts"], 2 * traces["calls"], 1)
            trace = np.repeat(np.arange(count), steps)
            place = np.arange(len(trace)) - np.repeat(np.cumsum(steps) - steps, steps)
            spans = self._spans(part, traces, trace, place, begun)
            part.plant("spans", spans, spans["begins"])
            yield part

    def _traces(self, part: Part, count: int) -> Frame:
        """Each is a person's, of some hundreds; a conversation has a few."""
        seed, noise = self.options.seed, part.noise("people")
        people = max(20, self.options.traces_per_day)
        user = (people * noise.units("user", count) ** 2).astype(np.uint64)
        users = hexadecimal(mix(user ^ np.uint64(key_of(seed, "genai users"))))
        talk = user * np.uint64(1009) + np.uint64(part.slot.day)
        talks = hexadecimal(mix(talk ^ np.uint64(key_of(seed, "genai talks"))))
        return part.frame("traces", count, user=users, talk=talks)

    def _spans(self, part: Part, traces: Frame, trace: Ints, place: Ints, begun: Ints) -> Frame:
        acts = traces["acts"][trace]
        operation = np.where(acts, np.where(place == 0, AGENT, 2 - place % 2), CALL)
        asks = operation == CALL
        facts = {"traces": traces, "trace": trace, "operation": operation, "asks": asks}
        facts |= {"first": place == 0, "uses": operation == TOOL}
        spans = part.frame("spans", len(trace), **facts)
        failed = spans["fails"] & asks
        took = np.where(asks, spans["answers"], np.where(operation == TOOL, spans["works"], 0))
        # One step follows the other; the agent lasts as long as all of its own.
        walked = np.cumsum(took) - took
        root = np.flatnonzero(place == 0)
        begins = begun[trace] + (walked - walked[root][trace] + place) * MILLISECOND
        last = np.append(root[1:], len(trace)) - 1
        ends = begins + took * MILLISECOND
        ends = np.where(operation == AGENT, ends[last][trace] + MILLISECOND, ends)
        parent = only(place > 0, taken(spans["span_id"], root[trace]))
        spans.give(begins=begins, ends=ends, parent=parent, failed=failed, answered=asks & ~failed)
        return spans
