"""The helpdesk's sample: tickets are opened as traffic comes, and most are answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from orchestration.sample.rhythm import SECOND
from orchestration.sample.world import Options, Part, World


@dataclass(frozen=True)
class HelpdeskOptions(Options):
    """The size and faults of the helpdesk's sample; see `Options`.

    Attributes:
        tickets_per_day: tickets a day on average.
    """

    tickets_per_day: int = 50

    source: ClassVar[str] = "helpdesk"
    folder: ClassVar[Path] = Path(__file__).parent
    ranges: ClassVar = {"tickets_per_day": (1, 1_000_000)}

    def world(self) -> World:
        """The helpdesk and who asks it."""
        return Helpdesk(self)


class Helpdesk(World):
    """A ticket has a customer; a reply has a ticket."""

    application_sql = Path(__file__).with_name("application.sql")

    def __init__(self, options: HelpdeskOptions) -> None:
        super().__init__(options)
        self._options = options

    def parts(self) -> Iterator[Part]:
        """Days, by the tickets that are opened in them, and the replies to those."""
        for slot in self.rhythm.slots(self._options.days):
            part = Part(self, slot, 0)
            count = max(1, round(self._options.tickets_per_day * slot.load))
            opened = self.rhythm.moments(slot, part.noise("opened").units("opened", count))
            tickets = part.frame("tickets", count, opened=opened)
            part.plant("tickets", tickets, opened)
            ticket = np.flatnonzero(tickets["answered"])
            written = opened[ticket] + tickets["waited"][ticket] * SECOND
            facts = {"tickets": tickets, "ticket": ticket, "written": written}
            part.plant("replies", part.frame("replies", len(ticket), **facts), written)
            yield part
