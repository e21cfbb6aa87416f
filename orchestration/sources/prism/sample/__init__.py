"""The document-analysis platform's sample: its world half day by half day, and its own faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np

from orchestration.sample.columns import Coded
from orchestration.sample.faults import Break, Record
from orchestration.sample.frames import Frame
from orchestration.sample.lives import ABSENT, IN_USE, LEFT, seen_states
from orchestration.sample.noise import Ints, key_of, mix
from orchestration.sample.rhythm import SECOND, Slot, blocks
from orchestration.sample.world import Options, Part, SampleError, World
from orchestration.sources.prism.sample.audit import Log
from orchestration.sources.prism.sample.people import Changes, Organizations, Register, Users
from orchestration.sources.prism.sample.work import Sessions, Work, draw

_PEOPLE = 4095
"""Stands for a block where events of people are numbered: options allow fewer blocks than that."""
_SHORTEST_MINUTES, _LONGEST_MINUTES = 20, 260
_LONGEST_TEXT = 5000
_HELD = 3  # of the states in sample.yml
_MOST_PARTS = 2_000
_RATES = (
    "user_changes_per_day", "user_departures_per_day", "user_returns_per_day",
    "user_joins_per_day", "organization_changes_per_day", "organization_joins_per_day",
)  # fmt: skip


@dataclass(frozen=True)
class PrismOptions(Options):
    """The sample's size, changes and faults; see `Options`.

    Rates of change are expected numbers a day for each entity, at average traffic; an extraction
    sees the last version of each half day only.
    """

    source: ClassVar[str] = "prism"
    folder: ClassVar[Path] = Path(__file__).parent
    ranges: ClassVar = {
        "analyses_per_day": (1, 50_000_000),
        "initial_users": (1, 10_000_000),
        "initial_organizations": (1, 1_000_000),
        "analyses_per_part": (10, 250_000),
        **{
            f"user_{what}_per_day": (0, 20)
            for what in ("changes", "departures", "returns", "joins")
        },
        **{f"organization_{what}_per_day": (0, 20) for what in ("changes", "joins")},
    }

    analyses_per_day: int = 300  # on average; growth does not look ahead
    users: int | None = None  # at the start; a third of `analyses_per_day`, at least 20
    organizations: int | None = None  # at the start; a twelfth of the users, at least 4
    user_changes_per_day: float = 1.0  # versions of an account in use, sign-ins included
    user_departures_per_day: float = 0.004  # accounts deleted, softly or for good
    user_returns_per_day: float = 0.03  # deleted accounts that come back under their id
    user_joins_per_day: float = 0.004  # new accounts, as a share of those there are
    organization_changes_per_day: float = 0.03
    organization_joins_per_day: float = 0.004
    analyses_per_part: int = 60_000  # files are cut at about so many

    def __post_init__(self) -> None:
        """Refuse options no sample can be made of.

        Raises:
            SampleError: the message names the option and its range.
        """
        super().__post_init__()
        if self.analyses_per_day > _MOST_PARTS * self.analyses_per_part:
            least = -(-self.analyses_per_day // _MOST_PARTS)
            raise SampleError(f"analyses_per_part must be at least {least} for so many analyses.")

    @property
    def initial_users(self) -> int:
        """Accounts at the start."""
        return max(20, self.analyses_per_day // 3) if self.users is None else self.users

    @property
    def initial_organizations(self) -> int:
        """Organizations at the start."""
        few = max(4, self.initial_users // 12)
        return few if self.organizations is None else self.organizations

    def described(self) -> dict[str, Any]:
        """The options that shape the content, ready for JSON."""
        sizes = {"users": self.initial_users, "organizations": self.initial_organizations}
        return super().described() | sizes

    def world(self) -> World:
        """The platform and the people who work with it."""
        return Prism(self)


def _completed_late(record: Record, _row: int, dice: Random) -> tuple[Record, Record]:
    begun, apart = record["analysis_started_at"], timedelta(seconds=dice.randint(1, 4000))
    if dice.random() < 0.5:
        return {"analysis_completed_at": begun - apart}, {"form": "before start"}
    return {"analysis_completed_at": begun + timedelta(hours=24) + apart}, {"form": "after a day"}


def _too_long(_record: Record, _row: int, dice: Random) -> tuple[Record, Record]:
    length = _LONGEST_TEXT + dice.randint(1, 300)
    text = "この条項について詳しく述べます。Please read on. " * 160
    return {"custom_feedback_text": text[:length]}, {"characters": length}


def _same_order(record: Record, _row: int, _dice: Random) -> tuple[Record, Record] | None:
    before = record["section_order"] - 1
    return ({"section_order": before}, {"field": "section_order"}) if before else None


class Prism(World):
    """Organizations, accounts, and the documents that people upload while they are signed in."""

    slots_per_day = 2
    application_sql = Path(__file__).with_name("application.sql")
    breaks: ClassVar[Mapping[str, Break]] = {
        "completed_late": _completed_late, "text_too_long": _too_long, "same_order": _same_order,
    }  # fmt: skip

    def __init__(self, options: PrismOptions) -> None:
        super().__init__(options)
        self.organizations = Organizations(self, options.initial_organizations)
        self.users = Users(self, options.initial_users, self.organizations)

    def parts(self) -> Iterator[Part]:
        """Of each half day first the people, then the documents."""
        for slot in self.rhythm.slots(self.options.days):
            moves, changes = self.organizations.advance(slot), self.users.advance(slot)
            sessions, able = self._sessions(slot, changes)
            part = Part(self, slot, _PEOPLE, ends_file=False)
            log = Log(part)
            log.add_people(self.organizations, moves, sessions)
            log.add_people(self.users, changes, sessions)
            log.plant()
            self._plant_people(part, self.organizations, moves.written)
            self._plant_people(part, self.users, changes.written)
            self._plant_departures(part, changes.deleted)
            yield part
            wanted = max(1, round(self.options.analyses_per_day * slot.load / 2))
            sizes = blocks(wanted, self.options.analyses_per_part) if len(able) else []
            for block, size in enumerate(sizes):
                part = Part(self, slot, block)
                self._plant_work(part, draw(part, size, sessions, able), sessions)
                yield part

    def _sessions(self, slot: Slot, changes: Changes) -> tuple[Sessions, Ints]:
        """All sign-ins, and the positions of those whose person stays through the half day."""
        people, begins, _, _ = changes.all("sign_in")
        noise = self.noise("sessions", slot.number)
        minutes = noise.below("minutes", len(people), _LONGEST_MINUTES - _SHORTEST_MINUTES)
        ends = begins + (_SHORTEST_MINUTES + minutes) * 60 * SECOND
        numbers = np.arange(len(people), dtype=np.uint64) + np.uint64(slot.number << 40)
        ids = mix(numbers ^ np.uint64(key_of(self.options.seed, "sessions")))
        organizations = self.users.state["organization"][people]
        sessions = Sessions(people, organizations, begins, np.minimum(ends, slot.end - 1), ids)
        return sessions, np.flatnonzero(~changes.departed[people])

    def _plant_people(self, part: Part, register: Register, written: Ints) -> None:
        """Deliver organizations or accounts as written, and remember what arrives in time."""
        frame, state = register.frame(written), register.state
        planted = part.plant(register.stream, frame, frame["updated"])
        arrived = planted.entity[planted.in_time(self.end) & ~planted.again]
        state["delivered"][written[arrived]] = True
        if register is self.users:
            state["seen"][written[arrived]] = frame["status"][arrived]

    def _plant_departures(self, part: Part, deleted: Ints) -> None:
        ids, times = self.users.frame(deleted)["id"], np.full(len(deleted), part.slot.begin)
        planted = part.plant_tombstones("users", ids, times)
        self.users.state["seen"][deleted[planted.entity[planted.in_time(self.end)]]] = ABSENT

    def _plant_work(self, part: Part, work: Work, sessions: Sessions) -> None:
        log = Log(part)
        log.add_work(work, sessions)
        log.plant()
        self._plant_documents(part, work.documents)
        part.plant("document_sections", work.sections, work.sections["created"])
        part.plant("analysis_results", work.analyses, work.analyses["recorded"])
        self._plant_feedback(part, work.feedback)
        removed = work.documents["removed"]
        gone = np.flatnonzero(removed >= 0)
        part.plant_tombstones("documents", work.documents["id"].take(gone), removed[gone])

    def _plant_documents(self, part: Part, documents: Frame) -> None:
        owners, copies = self.users.state["organization"], set[int]()

        def stranger(_record: Record, row: int, dice: Random) -> tuple[Record, Record] | None:
            others = np.flatnonzero(owners != documents["organization"][row])
            if not len(others):
                return None
            user = np.array([dice.choice(others)])
            return {"uploaded_by": self.users.frame(user)["id"][0].as_py()}, {}

        def same_hash(_record: Record, row: int, dice: Random) -> tuple[Record, Record] | None:
            other = dice.randrange(row) if row else 0
            if row == 0 or other in copies:
                return None
            copies.add(row)
            same = {"file_hash": documents["file_hash"][other].as_py()}
            return same, {"of": documents["id"][other].as_py()}

        names = ("uploaded", "started", "finished", "held", "deleted")
        times = np.stack([documents[name] for name in names], axis=1)
        seen = row, state = seen_states(self.rhythm, times, documents["removed"])
        status = np.where(state < 2, state, np.where(documents["failed"][row], 3, 2))
        changes = {
            "processing_status": Coded(status, self.words["statuses"]),
            "legal_hold": documents["held_at_once"][row] | (state == _HELD),
        }
        using = {"uploader_of_other_organization": stranger, "file_hash_duplicate": same_hash}
        planted = part.plant_states("documents", documents, seen, times, changes, using)
        planted.removed = documents["removed"]

    def _plant_feedback(self, part: Part, feedback: Frame) -> None:
        times = np.stack([feedback[name] for name in ("given", "reviewed", "closed")], axis=1)
        seen = seen_states(self.rhythm, times)
        changes = {"workflow_status": Coded(seen[1], self.words["workflow"])}
        part.plant_states("user_feedback", feedback, seen, times, changes)

    def totals(self) -> dict[str, Any]:
        """Organizations and accounts by where they stand, as last delivered."""
        users, organizations = self.users.state, self.organizations.state
        seen = users["seen"][users["delivered"]]
        states = {"in_use": IN_USE, "left": LEFT, "gone": ABSENT}
        return {
            "organizations": int(organizations["delivered"].sum()),
            "users": len(seen),
            "users_by_state": {name: int((seen == state).sum()) for name, state in states.items()},
        }

    def standing(self) -> dict[str, Frame]:
        """Organizations and accounts as they stand."""
        present = np.flatnonzero(self.users.state["status"] != ABSENT)
        firms = np.arange(len(self.organizations.state))
        return {
            "organizations": self.organizations.frame(firms),
            "users": self.users.frame(present),
        }
