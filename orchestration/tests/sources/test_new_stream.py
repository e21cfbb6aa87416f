"""`granary new stream`: what it writes builds and lints as it is, and nobody's data shows in it."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.core.errors import ConfigurationError
from orchestration.scaffold.guessing import Guess, guess
from orchestration.scaffold.reading import read_sample
from orchestration.tests.sources.project import Project
from orchestration.tests.workspace import Workspace

RECORDS = 120
PEOPLE = [(f"Anna Nr{n}", f"anna.nr{n}@example.com", f"+49 30 55501{n:02d}") for n in range(30)]
MOMENT = datetime(2026, 1, 5, 10, tzinfo=UTC)


def ticket(number: int) -> dict[str, Any]:
    """A record with every kind of field, and names that engines keep for themselves."""
    name, email, phone = PEOPLE[number % len(PEOPLE)]
    time = MOMENT + timedelta(hours=number)
    return {
        "ticket_id": f"T-{number:05d}",
        "created_at": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{time + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "requester_id": f"r-{number % len(PEOPLE)}",
        "contact": email,
        "full_name": name,
        "phone": phone,
        "ip": f"203.0.113.{number % 200}",
        "subject": f"Please call {name} back",
        "nickname_of_pet": name,
        "order": number % 7,
        "user": f"r-{number % len(PEOPLE)}",
        "status": ("open", "closed", "waiting")[number % 3],
        "priority": None if number % 4 == 0 else number % 4,
        "minutes": number / 8,
        "escalated": number % 9 == 0,
        "tags": ["a", name],
        "due": f"{time:%Y-%m-%d}",
        "timestamp": number,
        "no": number,
        "date_key": number,
        "broken_rules": number,
        "assignedTo": name,
    }


def write_samples(folder: Path) -> tuple[Path, Path]:
    """Tickets as JSON lines and visits as CSV."""
    tickets, visits = folder / "tickets.jsonl", folder / "visits.csv"
    lines = [json.dumps(ticket(number)) for number in range(RECORDS)]
    tickets.write_text("\n".join([*lines, "no JSON", ""]), "utf-8")
    with open(visits, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["session_id", "visited_at", "page_count", "country", "email"])
        for number in range(RECORDS):
            time = MOMENT + timedelta(minutes=number)
            _, email, _ = PEOPLE[number % len(PEOPLE)]
            row = [f"s{number}", f"{time:%Y-%m-%d %H:%M:%S}", number, "JP" if number % 2 else "DE"]
            writer.writerow([*row, email if number % 3 else ""])
    return tickets, visits


def guessed(stream: str, path: Path) -> Guess:
    """What a sample seems to be."""
    found = guess(stream, read_sample(path))
    assert isinstance(found, Guess), found
    return found


def test_fields_are_guessed_with_care(tmp_path: Path) -> None:
    tickets, visits = write_samples(tmp_path)
    found = guessed("tickets", tickets)
    fields = {f.name: (f.data_type, f.data_class, f.domain) for f in found.fields}
    assert fields == {
        "ticket_id": ("varchar", "business", None),
        "created_at": ("timestamp", "behavioural", None),
        "updated_at": ("timestamp", "behavioural", None),
        "requester_id": ("varchar", "identifier", "user"),
        "contact": ("varchar", "identifier", "email"),
        "full_name": ("varchar", "identifier", None),
        "phone": ("varchar", "identifier", None),
        "ip": ("varchar", "identifier", "ip_address"),
        "subject": ("varchar", "free_text", None),
        "nickname_of_pet": ("varchar", "identifier", None),
        "order": ("bigint", "operational", None),
        "user": ("varchar", "identifier", "user"),
        "status": ("varchar", "behavioural", None),
        "priority": ("bigint", "operational", None),
        "minutes": ("double precision", "operational", None),
        "escalated": ("boolean", "operational", None),
        "tags": ("json", "free_text", None),
        "due": ("date", "behavioural", None),
        "timestamp": ("bigint", "operational", None),
        "no": ("bigint", "operational", None),
        "date_key": ("bigint", "business", None),
        "broken_rules": ("bigint", "operational", None),
    }
    assert (found.key, found.version) == (("ticket_id", "created_at"), "updated_at")
    assert [f.name for f in found.fields if not f.required] == ["priority"]
    assert any("'assignedTo' cannot be a column" in doubt for doubt in found.doubts)
    visit = guessed("visits", visits)
    assert {f.name: (f.data_type, f.required) for f in visit.fields} == {
        "session_id": ("varchar", True),
        "visited_at": ("timestamp", True),
        "page_count": ("bigint", True),
        "country": ("varchar", True),
        "email": ("varchar", False),
    }
    assert visit.key == ("session_id", "visited_at")


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    rows = {"id": [1, 2], "created_at": [MOMENT, MOMENT], "price": [1.5, 2.0], "paid": [True, None]}
    pq.write_table(pa.table(rows), tmp_path / "orders.parquet")
    found = guessed("orders", tmp_path / "orders.parquet")
    assert [f.data_type for f in found.fields] == [
        "bigint", "timestamp", "double precision", "boolean",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.jsonl", None, "no file"),
        ("notes.txt", "x", "is none of .jsonl"),
        ("empty.jsonl", "", "holds no record"),
        ("text.parquet", "x", "cannot be read as parquet"),
    ],
)
def test_a_file_that_is_no_sample_is_refused(
    tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        read_sample(tmp_path / name)


def test_records_without_a_time_are_no_stream() -> None:
    assert "no field is a time" in str(guess("notes", [{"id": 1, "created_at": None}]))


def test_what_is_written_builds_and_shows_nobody(tmp_path: Path, workspace: Workspace) -> None:
    project = Project.copied(tmp_path / "project", workspace)
    tickets, visits = write_samples(tmp_path)
    before = project.files()
    said = project.done("new", "stream", "helpdesk", "tickets", "--from", str(tickets))
    assert "columns taken for personal: requester_id, contact, full_name, phone" in said
    project.done("new", "stream", "helpdesk", "visits", "--from", str(visits))
    project.done("new", "stream", "assistant", "bookmarks")
    after = project.files()
    assert {path for path in before if after[path] != before[path]} == {
        "seeds/core/applications.csv",
        "models/staging/assistant/_assistant__sources.yml",
    }
    for path in ("seeds/core/applications.csv", "models/staging/assistant/_assistant__sources.yml"):
        assert after[path].startswith(before[path])
    written = sorted(set(after) - set(before))
    assert len(written) == 3 * 5 + 3
    for stream, file in (("tickets", tickets), ("visits", visits)):
        workspace.write(f"helpdesk/{stream}/2026-02-01/{file.name}", file.read_bytes())
    ingested = json.loads(project.done("ingest", "--json"))
    assert (ingested["rows"], ingested["rejects"]) == (2 * RECORDS, 1)
    project.done("build")
    for mart in ("fct_helpdesk_tickets", "fct_helpdesk_visits"):
        rows = workspace.query(f"select * from helpdesk.{mart}")
        assert len(rows) == RECORDS
        shown = str(rows)
        for secret in {*(value for person in PEOPLE for value in person), "203.0.113."}:
            assert secret not in shown
    assert workspace.value("select count(distinct user_key) from helpdesk.fct_helpdesk_tickets")
    assert workspace.value("select count(*) from assistant.fct_assistant_bookmarks") == 0
    _lints(project, written)


def _lints(project: Project, written: list[str]) -> None:
    tools = Path(sys.executable).parent
    models = [path for path in written if path.endswith(".sql")]
    for command in (
        [str(tools / "ruff"), "check", "orchestration/sources"],
        [str(tools / "ruff"), "format", "--check", "orchestration/sources"],
        [str(tools / "sqlfluff"), "lint", "--disable-progress-bar", *models],
    ):
        ended = project.run(command, GRANARY_TARGET="lint")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "Skipped file" not in ended.stdout + ended.stderr


def test_nothing_is_written_over_and_bad_names_are_told(
    tmp_path: Path, duckdb_workspace: Workspace
) -> None:
    project = Project.copied(tmp_path / "project", duckdb_workspace)
    mine = project.folder / "models/staging/helpdesk/stg_helpdesk__tickets.sql"
    mine.parent.mkdir()
    mine.write_text("-- mine\n")
    before = project.files()
    for source, stream, said in (
        ("helpdesk", "tickets", "stg_helpdesk__tickets.sql is there already"),
        ("assistant", "interactions", "has a contract already"),
        ("Help-Desk", "tickets", "source 'Help-Desk' is no plain name"),
        ("help__desk", "tickets", "is no plain name"),
        ("helpdesk", "1st", "stream '1st' is no plain name"),
        ("helpdesk", "t" * 60, "too long a table name"),
        ("governance", "tickets", "a name that Granary or the engines use"),
        ("alert_email", "tickets", "a name that Granary or the engines use"),
        ("table", "tickets", "a name that Granary or the engines use"),
    ):
        ended = project.granary("new", "stream", source, stream)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert said in ended.stderr.replace("\n", " ")
    assert project.files() == before
