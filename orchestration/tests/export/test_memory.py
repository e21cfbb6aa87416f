"""Many times the rows take no more memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.tests.export.published import execute, publish_rows
from orchestration.tests.processes import environment_for
from orchestration.tests.workspace import Workspace

TINY, SHEET, SMALL, LARGE = "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"
DAYS = {TINY: 500, SHEET: 40_000, SMALL: 100_000, LARGE: 500_000}
# Up to its limit the engine keeps what it has read; Python objects of so many rows would take
# three times as much.
GROWTH_MIB = 200
# The whole process, imports included, in a container that gives no more.
PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.core.settings import Settings

day = date.fromisoformat(sys.argv[1])
asked = Asked(first_day=day, last_day=day)
result = export(Settings(), Request("interactions", path=Path(sys.argv[2]), asked=asked))
# Unlike ru_maxrss, it does not begin with what the parent held.
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(result.rows, int(peak.split()[1]) // 1024)
"""
ROWS = """
insert into {table} (interaction_key, session_key, activity_date, user_role, query_type,
    response_milliseconds, asked_at)
select {key}, {key}, date '{day}', 'Student', 'question of kind ' || mod(i, 97), mod(i, 5000),
    timestamp '{day} 00:00:00' + i * interval '1 millisecond'
from {range}"""


def peak(path: Path, day: str) -> int:
    """Peak resident memory in MiB of an export of a day's rows, in a process of its own."""
    printed = subprocess.run(
        [sys.executable, "-c", PROGRAM, day, str(path)],
        env=environment_for(), check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    count, mebibytes = map(int, printed.split())
    assert count == DAYS[day]
    return mebibytes


@pytest.fixture(scope="module")
def grown(module_workspace: Workspace) -> Workspace:
    """A day of each size."""
    publish_rows(module_workspace, {})
    on_postgres = bool(module_workspace.postgres)
    for day, rows in DAYS.items():
        statement = ROWS.format(
            table=f"{'serving_' * on_postgres}assistant.fct_assistant_interactions",
            key="gen_random_uuid()",
            day=day,
            range=f"generate_series(1, {rows}) as r (i)" if on_postgres else f"range({rows}) r (i)",
        )
        execute(module_workspace, [(statement, [])])
    return module_workspace


def test_memory_does_not_grow_with_the_rows(grown: Workspace, tmp_path: Path) -> None:
    for form in ("csv",) if grown.postgres else ("csv", "parquet"):
        with grown.activate():
            small = peak(tmp_path / f"small.{form}", SMALL)
            large = peak(tmp_path / f"large.{form}", LARGE)
        assert large < small + GROWTH_MIB, form
        assert large < 1024, form


def test_nor_in_excel(grown: Workspace, tmp_path: Path) -> None:
    """Cells that are held in memory took 58 MiB."""
    if grown.postgres:
        pytest.skip("the rows come as for the other formats")
    small = peak(tmp_path / "small.xlsx", TINY)
    large = peak(tmp_path / "large.xlsx", SHEET)
    assert large < small + 35
