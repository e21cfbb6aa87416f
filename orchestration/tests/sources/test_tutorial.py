"""docs/add-a-source.md, command by command and file by file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.sources.project import Project
from orchestration.tests.workspace import PostgresServer, Workspace

PAGE = PROJECT_DIR / "docs" / "add-a-source.md"
FIXTURE = Path(__file__).with_name("helpdesk")
# A block, with the last line before it: that says which file it is of, and below which line.
BLOCK = re.compile(r"(?:^|\n)([^\n]*)\n\n```(\w+)\n(.*?)```", re.DOTALL)
WHOLE = re.compile(r"In `([^`]+)`:$")
BELOW = re.compile(r"below `([^`]+)` in `([^`]+)`:$")
GRANARY = 'exec "{python}" -c "from orchestration.cli import main; main()" "$@"'


def test_the_tutorial_ends_with_marts_to_read(
    tmp_path: Path, duckdb_workspace: Workspace, postgres: PostgresServer
) -> None:
    project = Project.copied(tmp_path / "project", duckdb_workspace)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, line in (("granary", GRANARY), ("python", 'exec "{python}" "$@"')):
        program = programs / name
        program.write_text(f"#!/bin/bash\n{line.format(python=sys.executable)}\n")
        program.chmod(0o755)
    database = postgres.create_database()["PGDATABASE"]
    url = f"postgresql://postgres@/{database}?host={postgres.host}"
    said = ""
    commands = 0
    for before, language, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if language != "sh":
            _write(project, before, text)
            continue
        commands += text.count("granary ")
        script = f"set -euo pipefail\nPATH={programs}:$PATH\n{text}"
        ended = project.run(["bash", "-c", script], GRANARY_HELPDESK_URL=url)
        assert ended.returncode == 0, f"{text}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        said = ended.stdout
    assert commands == 6
    assert "ticket_exists" in said
    assert "0.83" in said
    for path in (
        "orchestration/sources/helpdesk/source.py",
        "models/intermediate/helpdesk/int_helpdesk__broken_records.sql",
        "models/intermediate/helpdesk/int_helpdesk__broken_records.yml",
    ):
        assert (project.folder / path).read_text("utf-8") == (FIXTURE / path).read_text("utf-8")


def _write(project: Project, before: str, text: str) -> None:
    """Do as the page says: write a whole file, or add lines below one."""
    if found := WHOLE.search(before):
        path = project.folder / found[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return
    found = BELOW.search(before)
    assert found, f"which file is it? {before}"
    path = project.folder / found[2]
    lines = path.read_text("utf-8").split("\n")
    [place] = [number for number, line in enumerate(lines) if line.strip() == found[1]]
    path.write_text(
        "\n".join([*lines[: place + 1], text.rstrip("\n"), *lines[place + 1 :]]), "utf-8"
    )
