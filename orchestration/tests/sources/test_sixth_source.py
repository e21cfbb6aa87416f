"""A source that the project has never heard of: its folders and one line of a seed are enough."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from orchestration.tests.sources.project import Project
from orchestration.tests.workspace import PostgresServer, Workspace

FIXTURE = Path(__file__).with_name("helpdesk")
FOLDERS = ("models", "orchestration", "tests")
# Of a day that is long over: what a policy keeps for a year is due.
SAMPLE = (
    "sample", "--source", "helpdesk", "--days", "4", "--per-day", "helpdesk=30",
    "--start", "2026-01-05",
)  # fmt: skip


@pytest.fixture
def application(postgres: PostgresServer) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """The helpdesk's own database, and its URL."""
    database = postgres.create_database()
    with psycopg.connect(
        host=postgres.host, user="postgres", dbname=database["PGDATABASE"], autocommit=True
    ) as connection:
        yield (
            connection,
            f"postgresql://postgres@/{database['PGDATABASE']}?host={postgres.host}",
        )


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


def test_from_its_database_and_files_to_marts(
    tmp_path: Path, workspace: Workspace, application: tuple[psycopg.Connection[Any], str]
) -> None:
    connection, url = application
    project = with_helpdesk(tmp_path / "project", workspace)
    project.done(*SAMPLE, "--into", "postgres", GRANARY_HELPDESK_URL=url)
    project.done(*SAMPLE)
    # Tickets are read from the database, as its folder says; replies are files.
    landed = workspace.settings.landing / "helpdesk"
    shutil.rmtree(landed / "tickets")
    said = project.done("extract", "helpdesk", GRANARY_HELPDESK_URL=url)
    stored = _value(connection, "select count(*) from tickets")
    assert stored > 60
    assert f"tickets: {stored} rows" in said
    assert "replies" not in said
    ingested = json.loads(project.done("ingest", "--json"))
    assert ingested["rejects"] == 0
    project.done("build")
    truth = json.loads((workspace.settings.truth / "helpdesk.json").read_text("utf-8"))
    replies = truth["streams"]["replies"]["unique_rows"]
    assert replies > 40
    assert workspace.value("select count(*) from helpdesk.fct_helpdesk_tickets") == stored
    assert workspace.value("select count(*) from helpdesk.fct_helpdesk_replies") == replies
    assert ("helpdesk",) in workspace.query("select application_name from core.dim_applications")
    # The scores its contract asks for, and how long its rows stay: nothing lists them.
    assert workspace.query(
        "select minimum_score, alert_below from governance.quality_scores "
        "where stream = 'helpdesk.tickets' and dimension = 'accuracy'"
    ) == [(0.8, 0.9)]
    planned = json.loads(project.done("lifecycle", "plan", "--as-of", "2027-06-01", "--json"))
    aged = {step["relation"]: step["rows"] for step in planned}
    assert aged["raw.helpdesk_tickets"] == stored
    assert aged["helpdesk.fct_helpdesk_replies"] == replies
    assert "example" not in str(workspace.query("select * from helpdesk.fct_helpdesk_tickets"))
    # What changed by the next day, and a rule between its records.
    connection.execute(
        "delete from tickets where id in (select id from tickets order by id offset 1 limit 1)"
    )
    connection.execute("update tickets set status = 'closed', priority = 9, updated_at = now()")
    said = project.done("extract", "helpdesk", GRANARY_HELPDESK_URL=url)
    assert f"tickets: {stored - 1} rows" in said
    stray = {
        "id": "r-1", "ticket_id": str(uuid.uuid4()), "agent_id": "kim", "text": "?",
        "tone": "answer", "waited_seconds": 1, "written_at": "2026-01-05T09:00:00Z",
    }  # fmt: skip
    workspace.write("helpdesk/replies/2026-02-01/stray.jsonl", json.dumps(stray).encode())
    project.done("ingest")
    ended = project.granary("build")
    assert ended.returncode == 1
    assert "helpdesk.tickets scores" in ended.stdout + ended.stderr
    assert workspace.query(
        "select stream, rule_name, count(*) from governance.rule_violations "
        "group by 1, 2 order by 1"
    ) == [
        ("helpdesk.replies", "ticket_exists", 1),
        ("helpdesk.tickets", "priority_is_possible", stored - 1),
    ]


def _value(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row
    return row[0]
