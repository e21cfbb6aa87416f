"""The platform's world, half day by half day: what its tables hold and extraction delivers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from orchestration.sample.noise import Dice, Ints, Noise
from orchestration.sample.prism.analysis_rows import AnalysisRows
from orchestration.sample.prism.audit_rows import (
    AuditRows,
    Events,
    of_organizations,
    of_people,
    of_work,
)
from orchestration.sample.prism.columns import Times, chosen, table_of
from orchestration.sample.prism.document_rows import FINISHED, DocumentRows
from orchestration.sample.prism.documents import Work, draw
from orchestration.sample.prism.faults import Elsewhere, Spoiler
from orchestration.sample.prism.feedback_rows import Feedback, FeedbackRows, give
from orchestration.sample.prism.halves import Half, Halves
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.prism.organizations import Organizations
from orchestration.sample.prism.planting import Batch, Planted, Planter
from orchestration.sample.prism.sessions import Sessions, sessions_of
from orchestration.sample.prism.users import UserChanges, Users
from orchestration.sample.rhythm import DAY

_PEOPLE = 4095
"""Stands for a block where events of people are numbered: options allow fewer blocks than that."""


@dataclass(frozen=True)
class Piece:
    """Deliveries by stream of what begins in a part of a half day.

    Attributes:
        half: the half day.
        block: the part of it; -1: people and organizations.
        planted: deliveries by stream.
        people: user (or -1) of each tombstone; users and organizations of each version.
        work: the documents behind a block.
        without_items: analyses of the block whose items cannot be counted.
    """

    half: Half
    block: int
    planted: dict[str, Planted]
    people: dict[str, Ints] = field(default_factory=dict)
    work: Work | None = None
    without_items: list[int] = field(default_factory=list)


class World:
    """Draws the half days in order. Nothing of a half day depends on how many follow."""

    def __init__(self, options: PrismOptions) -> None:
        self._options = options
        self.halves = Halves(options)
        times = Times((options.start - date(1970, 1, 1)).days * DAY)
        self.times = times
        self.organizations = Organizations(options, self.halves, times)
        self.users = Users(options, self.halves, times, self.organizations)
        self._documents = DocumentRows(options.seed, times, self.organizations, self.users)
        self._analyses = AnalysisRows(options.seed, times)
        self._feedback = FeedbackRows(options.seed, times)
        self._audit = AuditRows(options.seed, times, self.organizations, self.users)
        self._planter = Planter(options)
        self._spoiler = Spoiler(options)

    def pieces(self) -> Iterator[Piece]:
        """Everything, in order; of each half day the people first."""
        for half in self.halves:
            tiers = self.organizations.advance(half)
            changes = self.users.advance(half)
            sessions, able = sessions_of(self._options.seed, half, self.users, changes)
            events = of_people(changes, sessions, self.users)
            events.append(of_organizations(tiers, self.organizations))
            yield self._people(half, tiers.written, changes, events)
            if len(able):
                for block, wanted in self.halves.blocks(half):
                    work = draw(self._options.seed, half, block, wanted, sessions, able)
                    yield self._block(half, block, work, sessions)

    def _people(
        self, half: Half, organizations: Ints, changes: UserChanges, events: list[Events]
    ) -> Piece:
        number = half.number
        firms = self._versions("organizations", self.organizations, organizations, number)
        people = self._versions("users", self.users, changes.written, number)
        deleted = changes.deleted
        seen = np.full(len(deleted), half.end - 1)
        tombstones = self._tombstones("users", self.users.ids(deleted), seen, number, _PEOPLE)
        return Piece(
            half,
            -1,
            {
                "organizations": firms,
                "users": people,
                "audit_logs": self._events(half, _PEOPLE, events),
                "deletions": tombstones,
            },
            people={
                "organizations": organizations, "users": changes.written, "deletions": deleted,
            },
        )  # fmt: skip

    def _versions(self, stream: str, state: Any, rows: Ints, number: int) -> Planted:
        batch = Batch(state.table(rows), np.arange(len(rows)), state.state["updated"][rows].copy())
        return self._planter.deliver(stream, batch, number)

    def _tombstones(
        self, table_name: str, ids: Any, detected: Ints, number: int, block: int
    ) -> Planted:
        count = len(detected)
        table = table_of(
            "deletions",
            {
                "table_name": chosen((table_name,), np.zeros(count, np.int64)),
                "id": ids,
                "detected_at": self.times.column(detected),
            },
        )
        batch = Batch(table, np.arange(count), detected)
        return self._planter.deliver("deletions", batch, number, block)

    def _events(self, half: Half, block: int, events: list[Events]) -> Planted:
        noise = Noise(self._options.seed, "audit logs", half.number, block)
        table, times = self._audit.table(noise, half.number << 40 | block << 28, events)
        table, notes = self._spoiler.spoil("audit_logs", table, half.number, block)
        batch = Batch(table, np.arange(len(times)), times, notes)
        return self._planter.deliver("audit_logs", batch, half.number, block)

    def _block(self, half: Half, block: int, work: Work, sessions: Sessions) -> Piece:
        scope = (half.number, block)

        def noise(what: str) -> Noise:
            return Noise(self._options.seed, what, *scope)

        feedback = give(noise("feedback"), work, sessions)
        entities = self._documents.entities(noise("documents as rows"), work)
        analyses = self._analyses.table(
            noise("analyses"), work, entities["id"], entities["uploaded_by"]
        )
        given = self._feedback.entities(
            noise("feedback as rows"),
            work,
            feedback,
            entities,
            analyses,
            sessions.ids[work.session[work.document[feedback.analysis]]],
        )
        sections = self._analyses.sections(work)
        section_table, section_notes = self._spoiler.spoil(
            "document_sections",
            self._analyses.section_table(noise("sections"), work, sections, entities["id"]),
            *scope,
        )
        analyses, analysis_notes = self._spoiler.spoil("analysis_results", analyses, *scope)
        gone, detected = self._documents.tombstones(work)
        makers = (self._documents, self._analyses, self._feedback)
        events = of_work(noise("events"), work, sessions, feedback, makers)
        deliver = self._planter.deliver
        planted = {
            "documents": self._document_versions(work, entities, scope),
            "document_sections": deliver(
                "document_sections",
                Batch(
                    section_table, np.arange(len(section_table)), sections.created, section_notes
                ),
                *scope,
            ),
            "analysis_results": deliver(
                "analysis_results",
                Batch(analyses, np.arange(len(analyses)), work.recorded, analysis_notes),
                *scope,
            ),
            "user_feedback": self._feedback_versions(feedback, given, scope),
            "audit_logs": self._events(half, block, events),
            "deletions": self._tombstones(
                "documents", entities["id"].combine_chunks().take(gone), detected, *scope
            ),
        }
        return Piece(
            half,
            block,
            planted,
            people={"deletions": np.full(len(gone), -1)},
            work=work,
            without_items=self._spoiler.without_items(analysis_notes),
        )

    def _document_versions(self, work: Work, entities: Any, scope: tuple[int, int]) -> Planted:
        hashes, ids, copies = entities["file_hash"], entities["id"], set[int]()
        owners = self.users.state["organization"]

        def stranger(row: int, dice: Dice) -> str | None:
            for _ in range(20):
                user = dice.below(len(owners))
                if owners[user] != work.organization[row]:
                    return str(self.users.ids(np.array([user]))[0])
            return None

        def earlier_hash(row: int, dice: Dice) -> tuple[str, str] | None:
            other = dice.below(row) if row else 0
            if row == 0 or other in copies:
                return None
            copies.add(row)
            return str(hashes[other]), str(ids[other])

        entities, notes = self._spoiler.spoil(
            "documents", entities, *scope, elsewhere=Elsewhere(stranger, earlier_hash)
        )
        states = self._documents.states(work)
        document, state, written = states
        of_rows = {
            row: [
                n for n in notes[int(document[row])] if n.fault != "pii" or state[row] >= FINISHED
            ]
            for row in np.flatnonzero(np.isin(document, list(notes))).tolist()
        }
        table = self._documents.rows(work, entities, states)
        return self._planter.deliver("documents", Batch(table, document, written, of_rows), *scope)

    def _feedback_versions(self, feedback: Feedback, given: Any, scope: tuple[int, int]) -> Planted:
        given, notes = self._spoiler.spoil("user_feedback", given, *scope)
        states = feedback.states()
        of_rows = {
            row: notes[int(states[0][row])]
            for row in np.flatnonzero(np.isin(states[0], list(notes))).tolist()
        }
        table = self._feedback.rows(given, states)
        batch = Batch(table, states[0], states[2], of_rows)
        return self._planter.deliver("user_feedback", batch, *scope)
