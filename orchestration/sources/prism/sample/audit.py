"""The audit log: what people and the system did, an event a row."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.columns import MISSING, Pool, Strings, hexadecimal
from orchestration.sample.noise import Ints, Words
from orchestration.sample.rhythm import SECOND
from orchestration.sample.world import Part
from orchestration.sources.prism.sample.people import MOVES, Changes, Register
from orchestration.sources.prism.sample.work import Sessions, Work

_NOBODY = -1


class Log:
    """Events of a part of a half day, kind by kind."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._columns: dict[str, list[Any]] = defaultdict(list)

    def add(
        self,
        kind: str,
        times: Ints,
        organizations: Ints,
        resources: Strings,
        users: Ints | None = None,
        sessions: Words | None = None,
        move: tuple[Strings, Strings] | None = None,
    ) -> None:
        """Events of a kind: when, in which organization, on what (ids), by whom (None: the system).

        `sessions` tells in which sign-in, `move` what changed, as JSON before and after.
        """
        count = len(times)
        before, after = move or (pa.nulls(count, pa.string()), pa.nulls(count, pa.string()))
        for name, part in {
            "kind": np.full(count, self._part.world.words["events.type"].entries.index(kind)),
            "time": times,
            "organization": organizations,
            "resource": resources,
            "user": np.full(count, _NOBODY) if users is None else users,
            "session": np.zeros(count, np.uint64) if sessions is None else sessions,
            "before": before,
            "after": after,
        }.items():
            self._columns[name].append(part)

    def plant(self) -> None:
        """Deliver the events, if there are any."""
        if not self._columns:
            return
        facts = {
            name: np.concatenate(parts)
            if isinstance(parts[0], np.ndarray)
            else pa.concat_arrays(parts)
            for name, parts in self._columns.items()
        }
        session = facts.pop("session")
        elsewhere = self._part.noise("sources").words("source", len(session))
        facts["source"] = np.where(session != 0, session, elsewhere) >> np.uint64(1)
        facts |= {"session": hexadecimal(session), "in_session": session != 0}
        facts["by_user"] = facts["user"] != _NOBODY
        frame = self._part.frame("audit_logs", len(session), **facts)
        self._part.plant("audit_logs", frame, facts["time"])

    def add_people(self, register: Register, changes: Changes, sessions: Sessions) -> None:
        """Events of organizations or accounts in a half day; `sessions` are all its sign-ins."""
        of_firms = register.stream == "organizations"
        kinds = {"sign_in": "user.login", "failed": "user.login_failed"}
        for what in (*kinds, "created", "deleted", "restored", *MOVES):
            rows, times, before, after = changes.all(what)
            if not len(rows):
                continue
            frame, kind, move = register.frame(rows), kinds.get(what, f"user.{what}"), None
            if what in MOVES:
                kind = f"{register.stream[:-1]}.updated"
                pool = register.words[MOVES[what][1]]
                move = _change(what, pool, before), _change(what, pool, after)
            users, ids = (
                rows if what in kinds else None,
                sessions.ids if what == "sign_in" else None,
            )
            organization = rows if of_firms else frame["organization"]
            self.add(kind, times, organization, frame["id"], users, ids, move)

    def add_work(self, work: Work, sessions: Sessions) -> None:
        """Events around the documents of a part of a half day."""
        documents, analyses, feedback = work.documents, work.analyses, work.feedback
        uploaded, session = documents["uploaded"], documents["session"]
        users, organizations, ids = documents["user"], documents["organization"], documents["id"]
        ends, noise = sessions.ends[session], self._part.noise("views")

        def add(kind: str, times: Ints, rows: Ints, by_system: bool = False) -> None:
            person = () if by_system else (users[rows], sessions.ids[session[rows]])
            self.add(kind, times, organizations[rows], ids.take(pa.array(rows)), *person)

        every = np.arange(documents.count)
        add("document.uploaded", uploaded, every)
        add("analysis.requested", uploaded + SECOND // 2, every)
        for turn in range(2):
            unit = noise.units(f"view {turn}", len(every))
            times = uploaded + SECOND + (np.maximum(0, ends - uploaded) * unit).astype(np.int64)
            viewed = noise.happens(f"viewed {turn}", len(every), 0.6) & (times <= ends)
            add("document.viewed", times[viewed], every[viewed])
        for fate in (documents["deleted"], documents["removed"]):
            gone = np.flatnonzero(fate != MISSING)
            add("document.deleted", fate[gone], gone, by_system=True)
        counts, recorded = analyses["counts"], analyses["recorded"]
        done = np.flatnonzero(counts > 0)
        last = (analyses["first"] + counts - 1)[done]
        analysis_ids = analyses["id"].take(pa.array(last))
        self.add("analysis.completed", recorded[last], organizations[done], analysis_ids)
        rows = feedback["document"]
        person = users[rows], sessions.ids[session[rows]]
        self.add(
            "feedback.submitted", feedback["given"], organizations[rows], feedback["id"], *person
        )


def _change(name: str, pool: Pool, index: Ints) -> Strings:
    """`{"role": "viewer"}` for each position; null where missing."""
    values = (f'{{"{name}": "{value}"}}' for value in pool.entries)
    texts = Pool([f'{{"{name}": null}}', *values])
    return texts.column(pa.array(np.where(index == MISSING, 0, index + 1)))
