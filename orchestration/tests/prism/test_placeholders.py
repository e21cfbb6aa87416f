"""What applications write where they know no id is no person and no session."""

from __future__ import annotations

from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.prism.records import analysis, document, event, feedback, key
from orchestration.tests.workspace import Workspace

ZERO = "00000000-0000-0000-0000-000000000000"
NOBODY = ["undefined", "NULL", " null\t", "None", "   ", "", "[object Object]", ZERO, None]
SOMEBODY = ["u-1", "7", "nullable"]
DAY = "2026-01-05T10:00:00Z"


def test_nobody_is_missing_and_not_one_person(workspace: Workspace) -> None:
    named = [*NOBODY, *SOMEBODY]
    workspace.land("interactions", [
        interaction(query=f"question {n}", session_id=f"s{n}", user_id=user_id)
        for n, user_id in enumerate([*named, 7])
    ])  # fmt: skip
    workspace.land("documents", [document("d", DAY, uploaded_by=ZERO)], "prism")
    workspace.land("analysis_results", [analysis("a", "d", DAY, created_by=ZERO)], "prism")
    workspace.land("user_feedback", [feedback("f", "a", DAY, user_id=ZERO)], "prism")
    workspace.land("audit_logs", [
        event("e1", DAY, user_id=ZERO, session_id="undefined"),
        event("e2", DAY, session_id="s-1"),
    ], "prism")  # fmt: skip
    assert workspace.ingest().rejects == 0
    workspace.build_models("--select", "+path:models/staging")
    people = workspace.query("select user_key from staging.stg_assistant__interactions")
    assert len(people) == len(named) + 1
    known = [person for (person,) in people if person is not None]
    broken = "select count(*) from staging.{} where broken_rules like '%{}%'"
    # Whoever is not named, and is no visitor without a name, breaks a rule of completeness.
    nameless = [text for text in NOBODY if text]
    assert workspace.value(
        broken.format("stg_assistant__interactions", "user_id_names_somebody")
    ) == len(nameless)
    assert workspace.value(broken.format("stg_prism__documents", "uploader_is_given")) == 1
    assert workspace.value(broken.format("stg_prism__user_feedback", "user_is_given")) == 1
    # 7 as a number and "7" as a text are one person.
    assert (len(known), len(set(known))) == (len(SOMEBODY) + 1, len(SOMEBODY))
    for relation, column in (
        ("stg_prism__documents", "uploader_key"),
        ("stg_prism__analysis_results", "user_key"),
        ("stg_prism__user_feedback", "user_key"),
    ):
        assert workspace.query(f"select {column} from staging.{relation}") == [(None,)], relation
    events = workspace.query(
        "select event_id, user_key, session_key from staging.stg_prism__audit_logs"
    )
    named_in = {str(event_id): (user, session) for event_id, user, session in events}
    assert named_in[key("e1")] == (None, None)
    assert None not in named_in[key("e2")]


def test_a_session_that_is_none_is_a_reject(workspace: Workspace) -> None:
    sessions = [text for text in NOBODY if text is not None]
    workspace.land("interactions", [interaction(session_id=text) for text in [*sessions, "s-1"]])
    report = workspace.ingest()
    assert (report.rows, report.rejects) == (1, len(sessions))
    assert workspace.query("select distinct reason from raw.rejects") == [
        ("missing field: session_id",)
    ]
