"""A source that the project has never heard of: its folders and one line of a seed are enough."""

from __future__ import annotations

import itertools
import json
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration.tests.sources.project import Project
from orchestration.tests.workspace import PostgresServer, Workspace

FIXTURE = Path(__file__).with_name("helpdesk")
APPLICATION = FIXTURE / "orchestration/sources/helpdesk/sample/application.sql"
FOLDERS = ("models", "orchestration", "tests")
TICKETS, REPLIES = 40, 90
STRAYS = 3
MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def application(postgres: PostgresServer) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """The helpdesk's own database, and its URL."""
    database = postgres.create_database()
    with psycopg.connect(
        host=postgres.host, user="postgres", dbname=database["PGDATABASE"], autocommit=True
    ) as connection:
        connection.execute(APPLICATION.read_bytes())
        url = f"postgresql://postgres@/{database['PGDATABASE']}?host={postgres.host}"
        yield connection, url


def with_helpdesk(folder: Path, workspace: Workspace) -> Project:
    """A copy of the project with the fixture's folders, and the line."""
    project = Project.copied(folder, workspace)
    before = project.files()
    for name in FOLDERS:
        shutil.copytree(FIXTURE / name, project.folder / name, dirs_exist_ok=True)
    with open(project.folder / "seeds/core/applications.csv", "a", encoding="utf-8") as seed:
        seed.write((FIXTURE / "application.csv").read_text("utf-8"))
    after = project.files()
    changed = [path for path in before if after[path] != before[path]]
    assert changed == ["seeds/core/applications.csv"]
    assert all("helpdesk" in path for path in set(after) - set(before))
    return project


def open_tickets(connection: psycopg.Connection[Any]) -> list[uuid.UUID]:
    """Fill the application's table; the tickets' ids."""
    ids = [uuid.UUID(int=number) for number in range(1, TICKETS + 1)]
    for number, ticket in enumerate(ids):
        time = MOMENT + timedelta(hours=number)
        asked = f"Call ada{number}@example.com"
        row = (ticket, f"ada{number % 9}@example.com", asked, "open", 1 + number % 3, time, time)
        connection.execute("insert into tickets values (%s, %s, %s, %s, %s, %s, %s)", row)
    return ids


def write_replies(workspace: Workspace, ids: list[uuid.UUID]) -> None:
    """What the helpdesk writes as files; some answer no ticket there is."""
    answered = itertools.cycle(ids)
    lines = [
        json.dumps(
            {
                "id": f"r-{number}",
                "ticket_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{number}"))
                if number < STRAYS
                else str(next(answered)),
                "agent_id": f"agent-{number % 4}",
                "text": "Write to bo@example.org.",
                "tone": "answer",
                "waited_seconds": 60 + number,
                "written_at": f"{MOMENT + timedelta(hours=number, minutes=7):%Y-%m-%dT%H:%M:%SZ}",
            }
        )
        for number in range(REPLIES)
    ]
    workspace.write("helpdesk/replies/2026-01-10/part.jsonl", "\n".join([*lines, ""]).encode())


def test_from_its_database_and_files_to_marts(
    tmp_path: Path, workspace: Workspace, application: tuple[psycopg.Connection[Any], str]
) -> None:
    connection, url = application
    project = with_helpdesk(tmp_path / "project", workspace)
    ids = open_tickets(connection)
    write_replies(workspace, ids)
    said = project.done("extract", "helpdesk", GRANARY_HELPDESK_URL=url)
    assert f"tickets: {TICKETS} rows" in said
    assert "replies" not in said
    ingested = json.loads(project.done("ingest", "--json"))
    assert (ingested["rows"], ingested["rejects"]) == (TICKETS + REPLIES, 0)
    project.done("build")
    assert workspace.value("select count(*) from helpdesk.fct_helpdesk_tickets") == TICKETS
    assert workspace.value("select count(*) from helpdesk.fct_helpdesk_replies") == REPLIES
    assert workspace.query("select application_name from core.dim_applications order by 1") == [
        ("assistant",), ("codex",), ("helpdesk",), ("prism",), ("tutor",),
    ]  # fmt: skip
    # A rule between its records, the scores its contract asks for, its policy: nothing lists them.
    assert workspace.query(
        "select rule_name, count(*) from governance.rule_violations "
        "where stream = 'helpdesk.replies' group by 1"
    ) == [("ticket_exists", STRAYS)]
    assert workspace.query(
        "select minimum_score, alert_below from governance.quality_scores "
        "where stream = 'helpdesk.tickets' and dimension = 'accuracy'"
    ) == [(0.8, 0.9)]
    planned = json.loads(project.done("lifecycle", "plan", "--as-of", "2027-06-01", "--json"))
    aged = {step["relation"]: step["rows"] for step in planned}
    assert aged["raw.helpdesk_tickets"] == TICKETS
    assert aged["helpdesk.fct_helpdesk_replies"] == REPLIES
    shown = workspace.query("select * from helpdesk.fct_helpdesk_tickets")
    assert "example" not in str(shown)
    # Only what is new, the next day.
    connection.execute(
        "update tickets set status = 'closed', updated_at = now() where id = %s", ids[:1]
    )
    assert "tickets: 1 rows" in project.done("extract", "helpdesk", GRANARY_HELPDESK_URL=url)
    project.done("ingest")
    project.done("build")
    assert workspace.query(
        "select status, count(*) from helpdesk.fct_helpdesk_tickets group by 1 order by 1"
    ) == [("closed", 1), ("open", TICKETS - 1)]
    project.done("publish")
