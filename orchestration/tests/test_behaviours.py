"""The page of behaviours names findings and tests that exist; and what no other test holds."""

from __future__ import annotations

import re
from pathlib import Path

import zstandard

from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.workspace import Workspace

PAGE = PROJECT_DIR / "docs" / "reference" / "behaviours.md"
TESTS = PROJECT_DIR / "orchestration" / "tests"
FINDING = re.compile(r"`(findings/[\w-]+\.sh)`")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def _rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_behaviour_has_a_source_and_a_test_that_exist() -> None:
    rows = _rows()
    assert len(rows) > 20
    found = {f"findings/{script.name}" for script in PROJECT_DIR.glob("findings/*.sh")}
    assert set(FINDING.findall(PAGE.read_text("utf-8"))) == found
    for row in rows:
        happens, version, source, does, tests = row
        assert all((happens, version, source, does)), row
        for finding in FINDING.findall(source):
            assert (PROJECT_DIR / finding).is_file(), finding
        named = TEST.findall(tests)
        assert len(named) == tests.count("::") >= 1, tests
        for path, name in named:
            assert re.search(rf"^def {name}\(", (TESTS / path).read_text("utf-8"), re.M), name


def test_the_server_skips_no_line_for_us() -> None:
    skips = re.compile(r"reject_limit|on_error\s+ignore", re.IGNORECASE)
    code = [*PROJECT_DIR.glob("macros/**/*.sql"), *PROJECT_DIR.glob("orchestration/**/*.py")]
    assert len(code) > 200
    assert [
        p.name for p in code if p.name != Path(__file__).name and skips.search(p.read_text())
    ] == []


def test_every_frame_of_a_file_is_read(duckdb_workspace: Workspace) -> None:
    def frame(name: str) -> bytes:
        line = f'{{"timestamp": "2026-03-02T10:00:00Z", "metric_name": "{name}", ' \
               '"metric_value": 1.0, "component": "api"}\n'  # fmt: skip
        return zstandard.ZstdCompressor().compress(line.encode())

    path = "assistant/system_metrics/2026-03-02/two.jsonl.zst"
    duckdb_workspace.write(path, frame("first") + frame("second"))
    assert duckdb_workspace.ingest().rows == 2
