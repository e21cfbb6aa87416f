"""Whatever happens to rows, marts built step by step hold what is true at the end.

Rows move between days, are deleted on their first day, return as they were, change hands, and tell
wrong times; many families live at once, so that few builds see many lives.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestration.lifecycle.apply import apply
from orchestration.secrecy.pseudonyms import pseudonym
from orchestration.tests.history.lives import (
    CLOCKS,
    COLUMNS,
    DAYS,
    MEMBERS,
    Action,
    Family,
    Life,
    Step,
    day_of,
    land,
)
from orchestration.tests.prism.records import key
from orchestration.tests.workspace import KEY, PostgresServer, Workspace

DELIVERIES = 3
FAMILIES = 40
MARTS = (
    *("--select", "+path:models/marts/core", "+path:models/marts/documents"),
    *("+retention_limits", "+legal_holds", "+document_limits"),
)
DELETABLE = ("documents", "users")


def _lives(dice: Random) -> list[Life]:
    return [
        [[_step(dice) for _ in range(dice.randrange(4))] for _ in range(DELIVERIES)]
        for _ in range(FAMILIES)
    ]


ACTIONS: Sequence[Action] = ("change", "change", "again", "delete")


def _step(dice: Random) -> Step:
    stream = dice.choice(list(COLUMNS))
    return Step(
        stream,
        dice.randrange(MEMBERS),
        dice.choice(ACTIONS if stream in DELETABLE else ACTIONS[:-1]),
        dice.choice(COLUMNS[stream]),
        dice.randrange(len(DAYS)),
        dice.choice(CLOCKS),
    )


def _small_lives() -> Iterator[Life]:
    """One change by each clock, and each way to be deleted and to come back."""
    for stream, columns in COLUMNS.items():
        delete, again = (
            Step(stream, 0, action, "", 0, "forward") for action in ("delete", "again")
        )
        changes = [Step(stream, 0, "change", c, 2, clock) for c in columns for clock in CLOCKS]
        for change in changes:
            yield [[change], [], []]
        if stream in DELETABLE:
            yield [[delete], [again], []]
            for change in changes[: len(CLOCKS)]:
                yield [[delete], [change], []]
                yield [[change, delete], [], []]
                yield [[delete], [change, delete], []]


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=1,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_random_lives_end_in_what_is_true(
    tmp_path: Path, postgres: PostgresServer, seed: int
) -> None:
    lives = [*_small_lives(), *_lives(Random(seed))]
    families = [Family(f"family-{number}", life) for number, life in enumerate(lives)]
    home = tmp_path / uuid.uuid4().hex
    with ExitStack() as stack:
        daily = stack.enter_context(Workspace.on_duckdb(home / "daily"))
        server = stack.enter_context(Workspace.on_postgres(home / "server", postgres))
        whole = stack.enter_context(Workspace.on_duckdb(home / "whole"))
        for number in range(DELIVERIES + 1):
            if number == DELIVERIES - 1:
                with daily.activate():  # documents of the first days leave schema raw
                    moved = apply(daily.settings, as_of=DAYS[1] + timedelta(days=31))
                assert sum(step.rows for step in moved.steps) > FAMILIES
            for workspace in (daily, server):
                land(workspace, families, number)
                _load(workspace)
            land(whole, families, number)
        _load(whole)
        for workspace in (whole, daily, server):
            _check(workspace, families)
            assert workspace.dbt("test", "--select", "test_name:contiguous_history").success
        for mart in whole.marts():
            if mart.schema in ("core", "documents"):
                rows = whole.rows(mart.schema, mart.name)
                for workspace in (daily, server):
                    assert workspace.rows(mart.schema, mart.name) == rows, mart.name


def _load(workspace: Workspace) -> None:
    report = workspace.ingest()
    assert (report.rejects, report.failures) == (0, [])
    workspace.build_models(*MARTS)


def _check(workspace: Workspace, families: Sequence[Family]) -> None:
    """Compare what is true of each family with what the marts say of it."""
    with workspace.reading():
        found = {name: workspace.query(query) for name, query in QUESTIONS.items()}
    for family in families:
        truth = _truth(family)
        known = {key(family.named(s, m)) for s in COLUMNS for m in range(MEMBERS)}
        known |= {str(_person(family, m)) for m in range(MEMBERS)}
        known |= {key(family.named("organization", m)) for m in range(MEMBERS)}
        for name, expected in truth.items():
            actual = sorted(row for row in found[name] if str(row[0]) in known)
            assert actual == sorted(expected), (name, family.name, family.life)


QUESTIONS = {
    "documents": "select document_id, upload_date, uploader_key, sections_count, words_count, "
    "is_duplicate_file, is_deleted from core.dim_documents",
    "analyses": "select analysis_id, analysis_date, user_key, organization_id "
    "from documents.fct_document_analysis",
    "feedback": "select feedback_id, feedback_date, feedback_action "
    "from documents.fct_user_feedback",
    "events": "select event_id, event_date, user_key from documents.fct_audit_events",
    "people": "select user_key, effective_date, expiry_date, user_role from core.dim_users",
    "totals": "select distinct user_key, total_documents_processed from core.dim_users",
    "summaries": "select organization_id, analysis_date, total_analyses "
    "from documents.daily_analysis_summary",
}


def _person(family: Family, member: int) -> uuid.UUID:
    return _pseudonym(key(family.named("users", member)))


def _pseudonym(account: str) -> uuid.UUID:
    found = pseudonym(bytes.fromhex(KEY), account, "user")
    assert found is not None
    return found


def _truth(family: Family) -> dict[str, list[tuple[Any, ...]]]:
    documents = family.members("documents")
    sections = [row for row, _ in family.members("document_sections")]
    analyses = [row for row, _ in family.members("analysis_results")]
    owners = {row["id"]: row["organization_id"] for row, _ in documents}
    firsts = {
        row["file_hash"]: row["id"]
        for row, _ in sorted(
            documents, key=lambda d: (d[0]["created_at"], d[0]["id"]), reverse=True
        )
    }
    uploads = Counter(
        row["uploaded_by"] for row, _ in documents if row["processing_status"] == "completed"
    )
    own = {key(family.named("organization", member)) for member in range(MEMBERS)}
    summed = Counter((owners[row["document_id"]], day_of(row)) for row in analyses)
    return {
        "documents": [
            (
                uuid.UUID(row["id"]),
                day_of(row),
                _pseudonym(row["uploaded_by"]),
                sum(s["document_id"] == row["id"] for s in sections),
                sum(s["word_count"] for s in sections if s["document_id"] == row["id"]) or None,
                firsts[row["file_hash"]] != row["id"],
                gone is not None,
            )
            for row, gone in documents
        ],
        "analyses": [
            (
                uuid.UUID(row["id"]),
                day_of(row),
                _pseudonym(row["created_by"]),
                uuid.UUID(owners[row["document_id"]]),
            )
            for row in analyses
        ],
        "feedback": [
            (uuid.UUID(row["id"]), day_of(row), row["action"])
            for row, _ in family.members("user_feedback")
        ],
        "events": [
            (uuid.UUID(row["id"]), day_of(row), _pseudonym(row["user_id"]))
            for row, _ in family.members("audit_logs")
        ],
        "people": [
            (_person(family, member), *span)
            for member in range(MEMBERS)
            for span in family.rows["users", member].versions("role")
        ],
        "totals": [
            (_person(family, member), uploads[key(family.named("users", member))])
            for member in range(MEMBERS)
        ],
        "summaries": [
            (uuid.UUID(owner), day, count)
            for (owner, day), count in summed.items()
            if owner in own  # others share `acme`
        ],
    }
