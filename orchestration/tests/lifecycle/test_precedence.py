"""Who decides when a row ends: hold, its own limit, the law, its organization, its policy.

The oracle below is written from models/docs/lifecycle.md, in plain Python, and asks no SQL.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyrage
import pytest

from orchestration.core.settings import Settings
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.history import open_history
from orchestration.lifecycle.plan import plan
from orchestration.tests.lifecycle.conftest import IDENTITY, KEYS
from orchestration.tests.prism.records import (
    analysis,
    document,
    event,
    feedback,
    key,
    organization,
    user,
)
from orchestration.tests.workspace import PostgresServer, Workspace, environment

DICE = random.Random(17)
# What each organization says of its data.
ORGANIZATIONS = {"plain": 2555, "hasty": 60, "patient": 4000, "silent": None, "endless": 40_000}
NEVER = date.max
DATES = (date(2026, 6, 1), date(2026, 12, 1), date(2029, 2, 1), date(2038, 1, 1))
# Relations by what their rows are, with their own policy's days.
RELATIONS = {
    "document": {"raw.prism_documents": 2555, "staging.stg_prism__documents": 1825,
                 "core.dim_documents": 3650},
    "section": {"raw.prism_document_sections": 2555, "staging.stg_prism__document_sections": 1825},
    "analysis": {"raw.prism_analysis_results": 2555, "staging.stg_prism__analysis_results": 1825,
                 "documents.fct_document_analysis": 3650},
    "feedback": {"raw.prism_user_feedback": 2555, "staging.stg_prism__user_feedback": 1825,
                 "documents.fct_user_feedback": 3650},
    "event": {"raw.prism_audit_logs": 2555, "staging.stg_prism__audit_logs": 1825,
              "documents.fct_audit_events": 3650},
}  # fmt: skip
STREAMS = {"document": "documents", "section": "document_sections", "analysis": "analysis_results",
           "feedback": "user_feedback", "event": "audit_logs"}  # fmt: skip
LAW_DAYS = {"event": 184}


@dataclass(frozen=True)
class Row:
    """A row of any of the tables: when it happened, whose it is and what it says of its end."""

    name: str
    kind: str
    day: date
    organization: str
    is_held: bool
    own_end: date | None

    def end(self, policy_days: int) -> tuple[str, date]:
        """What decides, and the first day on which it may be destroyed."""
        if self.own_end is not None:
            return "own limit", self.own_end
        stated = ORGANIZATIONS[self.organization]
        reason, days = ("policy", policy_days) if stated is None else ("organization", stated)
        if days > 36_525:
            return reason, NEVER
        if LAW_DAYS.get(self.kind, 0) > days:
            return "law", self.day + timedelta(days=LAW_DAYS[self.kind])
        return reason, self.day + timedelta(days=days)


def _own_limit(uploaded: datetime) -> tuple[dict[str, Any], date | None]:
    """What a document says of its end, and the day that means."""
    hours = DICE.choice((0, 7))
    expires = datetime.combine(uploaded.date(), datetime.min.time(), UTC) + timedelta(
        days=DICE.randrange(1, 9000), hours=hours
    )
    # Where its time is over at seven, the next day is the first that is after it.
    over = expires.date() + timedelta(days=1 if hours else 0)
    stated = {"retention_expires_at": expires.isoformat(), "retention_policy": "standard"}
    return DICE.choice((
        ({}, None),
        ({}, None),
        ({"retention_policy": "standard"}, None),
        (stated, over),
        (stated, over),
        (stated, over),
        ({"retention_policy": " Never"}, NEVER),
        (stated | {"retention_policy": "indefinite"}, NEVER),
        ({"retention_expires_at": "9999-12-31T00:00:00Z"}, NEVER),
        ({"retention_expires_at": (uploaded - timedelta(days=3)).isoformat()}, None),
    ))  # fmt: skip


def _own_days(day: date) -> tuple[dict[str, Any], date | None]:
    """What an event of the audit log says of its end, and the day that means."""
    days = DICE.choice((None, None, 0, -1, 30, 400, 2555, 3650, 9000, 36_526, 9_000_000_000))
    if days is None:
        return {}, None
    stated = {"retention_period_days": days}
    if days > 36_525:
        return stated, NEVER
    return stated, day + timedelta(days=days) if days > 0 else None


def _rows(count: int) -> tuple[list[Row], dict[str, list[dict[str, Any]]]]:
    """Documents with all that hangs on them, as rows of the oracle and as records to be landed."""
    rows: list[Row] = []
    records: dict[str, list[dict[str, Any]]] = {stream: [] for stream in STREAMS.values()}

    def add(row: Row, record: dict[str, Any]) -> None:
        rows.append(row)
        records[STREAMS[row.kind]].append(record)

    for number in range(count):
        name, owner = f"d{number}", DICE.choice(tuple(ORGANIZATIONS))
        uploaded = datetime(2008, 1, 1, 10, tzinfo=UTC) + timedelta(days=DICE.randrange(6700))
        stated, own_end = _own_limit(uploaded)
        held = DICE.random() < 0.2
        later = uploaded + timedelta(days=DICE.randrange(40))
        add(
            Row(name, "document", uploaded.date(), owner, held, own_end),
            document(
                name, uploaded.isoformat(), legal_hold=held, organization_id=key(owner), **stated
            ),
        )
        add(
            Row(f"s-{name}", "section", uploaded.date(), owner, held, own_end),
            {
                "id": key(f"s-{name}"),
                "document_id": key(name),
                "content": "text",
                "created_at": uploaded.isoformat(),
            },
        )
        add(
            Row(f"a-{name}", "analysis", later.date(), owner, held, own_end),
            analysis(f"a-{name}", name, later.isoformat()),
        )
        add(
            Row(f"f-{name}", "feedback", later.date(), owner, held, own_end),
            feedback(
                f"f-{name}",
                f"a-{name}",
                later.isoformat(),
                document_id=key(name),
                organization_id=key(owner),
            ),
        )
        stated, own_end = _own_days(later.date())
        about = DICE.choice(("document", "user"))
        add(Row(f"e-{name}", "event", later.date(), owner, held and about == "document", own_end),
            event(f"e-{name}", later.isoformat(), organization_id=key(owner), resource_type=about,
                  resource_id=key(name), **stated))  # fmt: skip
    return rows, records


ROWS, RECORDS = _rows(120)


def _build(workspace: Workspace) -> Workspace:
    for name, days in ORGANIZATIONS.items():
        founded = {"created_at": "2008-01-01T00:00:00Z", "data_retention_days": days}
        workspace.land("organizations", [organization(name, "2008-01-01T00:00:00Z", **founded)],
                       "prism")  # fmt: skip
    # Versions of a person that end long before the rows which point at them.
    roles = {"2008-01-02": "viewer", "2012-05-01": "editor", "2015-09-01": "admin"}
    versions = [user("ann", f"{day}T00:00:00Z", role=role) for day, role in roles.items()]
    workspace.land("users", versions, "prism")
    for stream, records in RECORDS.items():
        workspace.land(stream, records, "prism")
    workspace.ingest()
    workspace.build_models("--select", "+path:models/marts/documents", "+path:seeds/lifecycle",
                           "+legal_holds", "+retention_limits", "+document_limits",
                           "stg_prism__document_sections", "dim_ai_models", "dim_date", "dim_time",
                           "dim_user_profiles")  # fmt: skip
    workspace.keep()
    shutil.copytree(workspace.settings.landing, workspace.settings.root / "landed")
    return workspace


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """The rows, built once on each engine."""
    home = tmp_path_factory.mktemp("limits") / "home"
    if request.param == "duckdb":
        opened = Workspace.on_duckdb(home)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        opened = Workspace.on_postgres(home, server)
    with environment(KEYS), opened as workspace:
        yield _build(workspace)


@pytest.fixture
def limited(built: Workspace) -> Iterator[Workspace]:
    """The rows, none moved yet."""
    landing = built.settings.landing
    shutil.copytree(built.settings.root / "landed", landing, dirs_exist_ok=True)
    with environment(KEYS), built.activate():
        yield Workspace(Settings(), built.postgres)
    for folder in (built.settings.tiers, built.settings.operations):
        shutil.rmtree(folder, ignore_errors=True)
    built.restore()


def _ids(workspace: Workspace, relation: str) -> set[str]:
    """Keys of the rows that are left of a relation, in whatever tier; each counts once."""
    if not relation.startswith("raw."):
        column = {"analysis": "analysis_id", "feedback": "feedback_id", "event": "event_id",
                  "document": "document_id", "section": "section_id"}[_kind(relation)]  # fmt: skip
        return {str(value) for (value,) in workspace.query(f"select {column} from {relation}")}
    with open_history(workspace.settings) as engine:
        table = relation.removeprefix("raw.")
        found = [
            str(value) for (value,) in engine.sql(f"select id from history.{table}").fetchall()
        ]
    found += _archived(workspace.settings.tiers, relation)
    assert len(found) == len(set(found))
    return set(found)


def _archived(tiers: Path, relation: str) -> list[str]:
    found = []
    for number, sealed in enumerate(sorted(tiers.glob(f"*/archive/{relation}/*.age"))):
        opened = tiers.parent / f"opened-{number}.parquet"
        opened.write_bytes(pyrage.decrypt(sealed.read_bytes(), [IDENTITY]))
        found += [str(v) for (v,) in duckdb.sql(f"select id from '{opened}'").fetchall()]
        opened.unlink()
    return found


def _kind(relation: str) -> str:
    return next(kind for kind, named in RELATIONS.items() if relation in named)


def _expected(relation: str, as_of: date) -> set[str]:
    days = RELATIONS[_kind(relation)][relation]
    return {
        key(row.name)
        for row in ROWS
        if row.kind == _kind(relation) and (row.is_held or row.end(days)[1] > as_of)
    }


@pytest.mark.parametrize("as_of", DATES)
def test_the_plan_says_what_the_oracle_says(limited: Workspace, as_of: date) -> None:
    rows: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for relation, days in ((r, d) for named in RELATIONS.values() for r, d in named.items()):
        for row in (row for row in ROWS if row.kind == _kind(relation)):
            reason, end = row.end(days)
            if end <= as_of:
                if row.is_held:
                    held[relation, "legal hold"] += 1
                else:
                    rows[relation, reason] += 1
    assert {reason for _, reason in rows} == {"own limit", "law", "organization", "policy"}
    planned = [
        step
        for step in plan(limited.settings, as_of=as_of)
        if step.transition == "deleted" and any(step.relation in r for r in RELATIONS.values())
    ]
    assert Counter({(s.relation, s.reason): s.rows for s in planned if s.rows}) == rows
    assert Counter({(s.relation, s.reason): s.held for s in planned if s.held}) == held


def test_nothing_goes_early_and_nothing_late(limited: Workspace) -> None:
    relations = [relation for named in RELATIONS.values() for relation in named]
    for as_of in DATES:
        apply(limited.settings, as_of=as_of)
        for relation in relations:
            assert _ids(limited, relation) == _expected(relation, as_of), (relation, as_of)
        late = [
            s for s in plan(limited.settings, as_of=as_of) if s.rows and s.relation in relations
        ]
        assert late == []
    logged = limited.query(
        "select distinct reason from governance.lifecycle_log where transition = 'delete'"
    )
    assert {reason for (reason,) in logged} == {"own limit", "law", "organization", "policy"}
    # What is left, and what it points at, still fits together.
    assert limited.dbt(
        "test", "--select", "path:models/marts/documents,test_name:relationships"
    ).success


def test_a_fact_keeps_its_person_as_long_as_its_row_may_stay(limited: Workspace) -> None:
    as_of = DATES[2]
    apply(limited.settings, as_of=as_of)
    linked = {
        str(analysis_id)
        for analysis_id, user_key in limited.query(
            "select analysis_id, user_key from documents.fct_document_analysis"
        )
        if user_key != UUID(int=0)
    }
    expected = set()
    for row in (row for row in ROWS if row.kind == "analysis"):
        reason, end = row.end(3650)
        young = row.day + timedelta(days=2555) > as_of
        if row.is_held or (end > as_of and (reason != "policy" or young)):
            expected.add(key(row.name))
    assert linked == expected
    assert linked < {str(i) for (i,) in limited.query(
        "select analysis_id from documents.fct_document_analysis")}  # fmt: skip


def test_an_archive_ends_by_what_is_stated_now(limited: Workspace) -> None:
    """Limits that change after rows were archived count, although nothing opens the files."""
    documents = [row for row in ROWS if row.kind == "document" and not row.is_held]
    archived_on, ended = date(2026, 6, 1), date(2060, 1, 1)
    extended = next(
        row for row in documents
        if row.own_end is not None and archived_on < row.own_end <= ended
        and row.day + timedelta(days=1825) < archived_on
    )  # fmt: skip
    owned = next(
        row for row in documents
        if row.own_end is None and row.organization == "patient"
        and row.day + timedelta(days=1825) < archived_on < row.day + timedelta(days=4000)
    )  # fmt: skip
    apply(limited.settings, "raw.prism_documents", archived_on)
    limited.execute(
        f"update governance.document_limits set own_limit_on = date '9999-12-31' "
        f"where document_id = '{key(extended.name)}'",
        f"update governance.retention_limits set data_retention_days = 40000 "
        f"where organization_id = '{key('patient')}'",
    )
    apply(limited.settings, "raw.prism_documents", ended)
    left = _ids(limited, "raw.prism_documents")
    assert {key(extended.name), key(owned.name)} <= left
    assert left == {
        key(row.name)
        for row in ROWS
        if row.kind == "document"
        and (row.is_held or row.end(2555)[1] > ended or row == extended
             or (row.own_end is None and row.organization == "patient" and row.day
                 + timedelta(days=4000) > archived_on))
    }  # fmt: skip


def test_a_landed_file_stays_with_a_row_that_is_kept(limited: Workspace) -> None:
    """By their policy all files are over; most streams have a row that something keeps longer."""
    apply(limited.settings, "raw.prism_analysis_results", DATES[0])
    counted = "files.landing", DATES[3]
    [step] = plan(limited.settings, *counted)
    # One organization is kept for ever by its own word; of the people the policy decides.
    people = 1
    assert step.rows == len(ORGANIZATIONS) - 1 + people
    limited.execute(
        "delete from governance.legal_holds",
        "update governance.document_limits set own_limit_on = null",
        "delete from governance.retention_limits",
    )
    [step] = plan(limited.settings, *counted)
    # Events that say themselves that they stay.
    assert step.rows == len(ORGANIZATIONS) + people + len(STREAMS) - 1
