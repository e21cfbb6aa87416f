"""The audit log: what people and the system did, an event a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.noise import Ints, Noise, Words
from orchestration.sample.prism import vocabulary as words
from orchestration.sample.prism.analysis_rows import AnalysisRows
from orchestration.sample.prism.columns import MISSING, Ids, Times, chosen, only, table_of, whole
from orchestration.sample.prism.document_rows import DocumentRows
from orchestration.sample.prism.documents import Work
from orchestration.sample.prism.feedback_rows import Feedback, FeedbackRows, addresses
from orchestration.sample.prism.organizations import OrganizationChanges, Organizations
from orchestration.sample.prism.sessions import Sessions
from orchestration.sample.prism.users import MOVES, UserChanges, Users
from orchestration.sample.rhythm import SECOND
from orchestration.sample.text import Strings, glue, hexadecimal, strings

# Type, category, description, kind of resource, method, path before the resource's id, regimes.
_EVENTS = (
    ("user.login", "authentication", "Signed in.", "user", "POST", "/api/v1/sessions/", "[]"),
    ("user.login_failed", "authentication", "Sign-in failed: wrong password.", "user", "POST",
     "/api/v1/sessions/", "[]"),
    ("user.created", "administration", "Account created.", "user", "POST", "/api/v1/users/",
     '["gdpr"]'),
    ("user.updated", "administration", "Account changed.", "user", "PATCH", "/api/v1/users/",
     '["gdpr"]'),
    ("user.deleted", "administration", "アカウントを削除しました。", "user", "DELETE",
     "/api/v1/users/", '["gdpr", "appi"]'),
    ("user.restored", "administration", "Account restored.", "user", "POST", "/api/v1/users/",
     '["gdpr"]'),
    ("organization.updated", "administration", "Subscription changed.", "organization", "PATCH",
     "/api/v1/organizations/", "[]"),
    ("document.uploaded", "document", "Document uploaded.", "document", "POST",
     "/api/v1/documents/", '["soc2"]'),
    ("document.viewed", "document", "文書を閲覧しました。", "document", "GET",
     "/api/v1/documents/", '["soc2"]'),
    ("document.deleted", "document", "Document deleted.", "document", "DELETE",
     "/api/v1/documents/", '["soc2", "gdpr"]'),
    ("analysis.requested", "analysis", "Analysis requested.", "document", "POST",
     "/api/v1/analyses/", "[]"),
    ("analysis.completed", "analysis", "Analysis completed.", "analysis", None, None, "[]"),
    ("feedback.submitted", "feedback", "Feedback submitted.", "feedback", "POST",
     "/api/v1/feedback/", "[]"),
)  # fmt: skip
KINDS = {event[0]: number for number, event in enumerate(_EVENTS)}
"""Event types."""

_RETENTION_DAYS = 2555
_NOBODY = -1


def _field(number: int) -> Strings:
    return pa.array([event[number] for event in _EVENTS], pa.string())


@dataclass(frozen=True)
class Events:
    """Events of one kind: when, by whom (-1: the system), in which session (0: none), on what."""

    kind: str
    times: Ints
    users: Ints
    organizations: Ints
    sessions: Words
    resources: Strings
    before: Strings | None = None
    after: Strings | None = None


def of_people(half_changes: UserChanges, sessions: Sessions, users: Users) -> list[Events]:
    """Events of accounts in a half day; `sessions` are all its sign-ins, in their order."""
    organization = users.state["organization"]
    events = [
        Events("user.login", sessions.begins, sessions.users, sessions.organizations,
               sessions.ids, users.ids(sessions.users))
    ]  # fmt: skip
    for what in ("failed", "created", "deleted", "restored", *MOVES):
        for found in half_changes.happened.get(what, []):
            people, nobody = found.users, np.full(len(found.users), _NOBODY)
            before = after = None
            kind = "user.login_failed" if what == "failed" else f"user.{what}"
            if what in MOVES:
                kind = "user.updated"
                before = _change(what, MOVES[what], found.before)
                after = _change(what, MOVES[what], found.after)
            events.append(
                Events(
                    kind,
                    found.times,
                    nobody if what != "failed" else people,
                    organization[people],
                    np.zeros(len(people), np.uint64),
                    users.ids(people),
                    before,
                    after,
                )
            )
    return events


def of_organizations(changes: OrganizationChanges, organizations: Organizations) -> Events:
    """Changes of tier in a half day."""
    rows, times, before, after = changes.tiers
    return Events(
        "organization.updated",
        times,
        np.full(len(rows), _NOBODY),
        rows,
        np.zeros(len(rows), np.uint64),
        organizations.ids(rows),
        _change("subscription_tier", words.TIERS, before),
        _change("subscription_tier", words.TIERS, after),
    )


def _change(name: str, pool: tuple[str, ...], index: Ints) -> Strings:
    values = (f'{{"{name}": "{value}"}}' for value in pool)
    return chosen((f'{{"{name}": null}}', *values), index + 1)


def of_work(
    noise: Noise,
    work: Work,
    sessions: Sessions,
    feedback: Feedback,
    makers: tuple[DocumentRows, AnalysisRows, FeedbackRows],
) -> list[Events]:
    """Events around the documents of a part of a half day."""
    document_rows, analysis_rows, feedback_rows = makers
    ids = document_rows.ids.of(work.numbers)
    session_ids, ends = sessions.ids[work.session], sessions.ends[work.session]

    def on_documents(kind: str, times: Ints, documents: Ints, by_system: bool = False) -> Events:
        count = len(documents)
        return Events(
            kind,
            times,
            np.full(count, _NOBODY) if by_system else work.user[documents],
            work.organization[documents],
            np.zeros(count, np.uint64) if by_system else session_ids[documents],
            ids.take(pa.array(documents)),
        )

    every = np.arange(len(work.session))
    events = [
        on_documents("document.uploaded", work.uploaded, every),
        on_documents("analysis.requested", work.uploaded + SECOND // 2, every),
    ]
    for turn in range(2):
        viewed = np.flatnonzero(noise.happens(f"viewed {turn}", len(every), 0.6))
        unit = noise.units(f"view {turn}", len(viewed))
        left = np.maximum(0, ends[viewed] - work.uploaded[viewed] - SECOND)
        times = work.uploaded[viewed] + SECOND + (left * unit).astype(np.int64)
        in_time = times <= ends[viewed]
        events.append(on_documents("document.viewed", times[in_time], viewed[in_time]))
    for fate in (work.deleted, work.removed):
        gone = np.flatnonzero(fate != MISSING)
        events.append(on_documents("document.deleted", fate[gone], gone, by_system=True))
    done = np.flatnonzero(work.analyses > 0)
    last = work.first[done] + work.analyses[done] - 1
    events.append(
        Events("analysis.completed", work.recorded[last], np.full(len(done), _NOBODY),
               work.organization[done], np.zeros(len(done), np.uint64),
               analysis_rows.ids.of(work.analysis_numbers[last]))
    )  # fmt: skip
    documents = work.document[feedback.analysis]
    events.append(
        Events("feedback.submitted", feedback.given, work.user[documents],
               work.organization[documents], session_ids[documents],
               feedback_rows.ids.of(work.number + np.arange(len(documents))))
    )  # fmt: skip
    return events


class AuditRows:
    """Makes rows of the stream `audit_logs`."""

    def __init__(self, seed: int, times: Times, organizations: Organizations, users: Users) -> None:
        self._ids = Ids(seed, "audit logs")
        self._times = times
        self._organizations = organizations
        self._users = users

    def table(self, noise: Noise, number: int, events: list[Events]) -> tuple[Any, Ints]:
        """The events as rows, and when each happened; `number` is that of the first."""
        kind = np.concatenate([np.full(len(e.times), KINDS[e.kind]) for e in events])
        times = np.concatenate([e.times for e in events])
        people = np.concatenate([e.users for e in events])
        sessions = np.concatenate([e.sessions for e in events])
        resources = pa.concat_arrays([e.resources for e in events])
        count = len(times)
        path = chosen(_field(5), kind)
        in_session = sessions != 0
        source = np.where(in_session, sessions, noise.words("source", count))
        table = table_of(
            "audit_logs",
            {
                "id": self._ids.of(number + np.arange(count)),
                "organization_id": self._organizations.ids(
                    np.concatenate([e.organizations for e in events])
                ),
                "user_id": self._users.ids(people),
                "session_id": only(in_session, hexadecimal(sessions)),
                "event_type": chosen(_field(0), kind),
                "event_category": chosen(_field(1), kind),
                "event_description": chosen(_field(2), kind),
                "resource_type": chosen(_field(3), kind),
                "resource_id": resources,
                "before_value": _joined(events, [e.before for e in events]),
                "after_value": _joined(events, [e.after for e in events]),
                "ip_address": only(people != _NOBODY, addresses(source)),
                "api_endpoint": glue(path, resources),
                "http_method": chosen(_field(4), kind),
                "request_id": glue("req-", hexadecimal(noise.words("request", count))),
                "compliance_flags": chosen(_field(6), kind),
                "retention_period_days": whole(np.full(count, _RETENTION_DAYS)),
                "created_at": self._times.column(times),
            },
        )
        return table, times


def _joined(events: list[Events], parts: list[Strings | None]) -> Strings:
    nothing = strings([]).type
    return pa.concat_arrays(
        [
            pa.nulls(len(e.times), nothing) if part is None else part
            for e, part in zip(events, parts, strict=True)
        ]
    )
