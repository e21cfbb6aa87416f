"""Ten times the rows take no more memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.tests.cli.granary import environment_for
from orchestration.tests.export.published import execute, publish_rows
from orchestration.tests.workspace import Workspace

TINY, SHEET, SMALL, LARGE = "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"
DAYS = {TINY: 500, SHEET: 40_000, SMALL: 60_000, LARGE: 600_000}
# Up to its limit of 512 MB the engine keeps what it has read, and each of two threads what it
# writes; the rows that are written are 150 MB more.
GROWTH_MIB = 150
# The whole process, imports included, in a container that gives no more.
PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.settings import Settings

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
    print(path.name, mebibytes)
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


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_rows(grown: Workspace, tmp_path: Path, form: str) -> None:
    with grown.activate():
        small = peak(tmp_path / f"small.{form}", SMALL)
        large = peak(tmp_path / f"large.{form}", LARGE)
    assert large < small + GROWTH_MIB
    assert large < 1024


def test_nor_in_excel(grown: Workspace, tmp_path: Path) -> None:
    """Cells that are held in memory take some 150 bytes each."""
    with grown.activate():
        small = peak(tmp_path / "small.xlsx", TINY)
        large = peak(tmp_path / "large.xlsx", SHEET)
    assert large < small + 60
