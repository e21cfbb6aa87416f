"""Ten times the rows take no more memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.tests.cli.granary import environment_for
from orchestration.tests.export.published import execute, publish_rows
from orchestration.tests.workspace import Workspace

SMALL, LARGE = 150_000, 1_500_000
# The whole process, imports included, in a container that gives no more.
PROGRAM = """
import resource, sys
from datetime import date
from pathlib import Path
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.settings import Settings

day = date.fromisoformat(sys.argv[1])
asked = Asked(first_day=day, last_day=day)
result = export(Settings(), Request("interactions", path=Path(sys.argv[2]), asked=asked))
print(result.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
ROWS = """
insert into {table} (interaction_key, session_key, activity_date, user_role, query_type,
    response_milliseconds, asked_at)
select {key}, {key}, date '{day}', 'Student', 'question of kind ' || i % 97, i % 5000,
    timestamp '{day} 00:00:00' + i * interval '1 millisecond'
from {range}"""


def peak(path: Path, day: str, rows: int) -> int:
    """Peak resident memory in MiB of an export of that many rows, in a process of its own."""
    printed = subprocess.run(
        [sys.executable, "-c", PROGRAM, day, str(path)],
        env=environment_for(), check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    count, mebibytes = map(int, printed.split())
    assert count == rows
    return mebibytes


@pytest.fixture(scope="module")
def grown(module_workspace: Workspace) -> Workspace:
    """A small day and a large one."""
    publish_rows(module_workspace, {})
    on_postgres = bool(module_workspace.postgres)
    for day, rows in (("2026-01-01", SMALL), ("2026-01-02", LARGE)):
        statement = ROWS.format(
            table=f"{'serving_' * on_postgres}assistant.fct_assistant_interactions",
            key="gen_random_uuid()",
            day=day,
            range=f"generate_series(1, {rows}) as r (i)" if on_postgres else f"range({rows}) r (i)",
        )
        execute(module_workspace, [(statement, [])])
    return module_workspace


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_memory_does_not_grow_with_the_rows(grown: Workspace, tmp_path: Path, form: str) -> None:
    with grown.activate():
        small = peak(tmp_path / f"small.{form}", "2026-01-01", SMALL)
        large = peak(tmp_path / f"large.{form}", "2026-01-02", LARGE)
    assert large < small + 300
    assert large < 700


def test_nor_in_excel(tmp_path: Path, grown: Workspace) -> None:
    with grown.activate():
        assert peak(tmp_path / "small.xlsx", "2026-01-01", SMALL) < 300
