"""The knowledge product's sample, drawn from its tracking plan: visits, and the system's events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np

from orchestration.core.settings import PROJECT_DIR
from orchestration.plan.model import Event, Plan
from orchestration.plan.read import read_plan
from orchestration.sample.columns import Coded, Pool, only
from orchestration.sample.faults import Break
from orchestration.sample.rhythm import SECOND
from orchestration.sample.world import Options, Part, World
from orchestration.sources.codex.sample.drawing import draw
from orchestration.sources.codex.sample.wrong import breaks

PLAN = PROJECT_DIR / "seeds" / "codex" / "tracking_plan.csv"
_ANONYMOUS = 0.3
_GOES_ON = 0.8  # from one step of a funnel to the next
_STAYS = 0.7  # for another journey in the same visit
_BY_THE_SYSTEM = "System"


@dataclass(frozen=True)
class CodexOptions(Options):
    """The size and faults of the knowledge product's sample; see `Options`."""

    source: ClassVar[str] = "codex"
    folder: ClassVar[Path] = Path(__file__).parent
    ranges: ClassVar = {"events_per_day": (1, 1_000_000)}

    events_per_day: int = 500  # on average

    def world(self) -> World:
        """The product and who uses it."""
        return Codex(self)


@dataclass(frozen=True)
class Happening:
    """An event as it happens: its visit and person, or none, and how long after the one before."""

    event: Event
    visit: str | None
    person: str | None
    gap: int
    context: dict[str, Any]
    metadata: dict[str, Any]


class Codex(World):
    """People go through funnels, or do one thing; the system reports meanwhile."""

    def __init__(self, options: CodexOptions) -> None:
        super().__init__(options)
        self.plan: Plan = read_plan(PLAN)
        self.words["event_types"] = Pool(list(self.plan.by_name))
        self._numbers = {name: number for number, name in enumerate(self.plan.by_name)}

    @cached_property
    def breaks(self) -> Mapping[str, Break]:  # type: ignore[override]  # it needs the plan
        """What goes wrong against the plan."""
        return breaks(self.plan, self.words)

    @cached_property
    def journeys(self) -> list[list[Event]]:
        """What people may do: the steps of a funnel in order, or an event of none."""
        funnels: dict[str, list[Event]] = {}
        alone = []
        for event in self.plan.events:
            if event.funnel:
                funnels.setdefault(event.funnel, []).append(event)
            elif event.product_section != _BY_THE_SYSTEM:
                alone.append([event])
        ordered = [sorted(steps, key=lambda one: one.step or 0) for steps in funnels.values()]
        # A funnel is begun more often than one of the other things happens.
        return [*(ordered * 3), *alone]

    def parts(self) -> Iterator[Part]:
        """Days, by the visits that begin in them."""
        for slot in self.rhythm.slots(self.options.days):
            part = Part(self, slot, 0)
            wanted = max(1, round(self.options.events_per_day * slot.load))
            happened = list(self._happenings(part, wanted))
            begins = np.array([one.gap == 0 for one in happened])
            visit = np.cumsum(begins) - 1
            units = part.noise("visits").units("begin", int(begins.sum()))
            gaps = np.cumsum([one.gap for one in happened])
            first = np.flatnonzero(begins)
            time = self.rhythm.moments(slot, units)[visit] + gaps - gaps[first][visit]
            every = np.arange(len(happened))
            facts = {
                "time": time,
                "type": np.array([self._numbers[one.event.name] for one in happened]),
                "context": Coded(every, Pool([one.context for one in happened])),
                "metadata": Coded(every, Pool([one.metadata for one in happened])),
            }
            for name, texts in (
                ("user", [one.person for one in happened]),
                ("session", [one.visit for one in happened]),
            ):
                told = Coded(every, Pool([text or "" for text in texts]))
                facts[name] = only(np.array([text is not None for text in texts]), told)
            part.plant("events", part.frame("events", len(happened), **facts), time)
            yield part

    def _happenings(self, part: Part, wanted: int) -> Iterator[Happening]:
        dice = part.noise("events").dice("happenings", 0)
        told = 0
        system = [e for e in self.plan.events if e.product_section == _BY_THE_SYSTEM]
        people = max(10, self.options.events_per_day // 12)
        while told < wanted:
            if dice.random() < 0.15:
                event = dice.choice(system)
                yield Happening(event, None, None, 0, *draw(event, self.words, dice, {}))
                told += 1
                continue
            number = int(people * dice.random() ** 2)
            person = None if dice.random() < _ANONYMOUS else f"u-{number}"
            for one in self._visit(dice, f"v-{dice.getrandbits(48):x}", person):
                yield one
                told += 1

    def _visit(self, dice: Random, visit: str, person: str | None) -> Iterator[Happening]:
        gap = 0
        while True:
            kept: dict[str, Any] = {}
            for event in dice.choice(self.journeys):
                drawn = draw(event, self.words, dice, kept)
                yield Happening(event, visit, person, gap, *drawn)
                gap = round(dice.lognormvariate(2.5, 1) * SECOND) + 1
                if dice.random() > _GOES_ON:
                    break
            if dice.random() > _STAYS:
                return
