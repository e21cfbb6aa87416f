"""No planted value is in a mart, an export, a report, a log or an artifact, once decoded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.tests.keys.traces import files_below
from orchestration.tests.privacy.planted import Planted, leaks, plant, tables, texts_in
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace

# Files as they came, what the sample knows of them, keys, and rows as they came.
GIVEN = {"landing", "truth", "keys"}
EXPORTS = [
    ("interactions", "csv"), ("interactions", "json"), ("interactions", "parquet"),
    ("interactions", "xlsx"), ("performance", "xlsx"), ("documents", "xlsx"), ("summary", "xlsx"),
]  # fmt: skip


def _live(workspace: Workspace, planted: Planted) -> str:
    """The whole pipeline over planted files; what its commands printed."""
    settings = workspace.settings
    printed = ""

    def run(*arguments: str) -> None:
        nonlocal printed
        result = granary(*arguments)
        printed += result.stdout + result.stderr
        assert result.returncode == 0, (arguments, result.stderr)

    run(
        "sample",
        "--start",
        "2026-01-01",
        "--days",
        "2",
        "--per-day",
        "assistant=150",
        "--per-day",
        "prism=60",
    )
    assert plant(settings.landing, planted) > 2 * len(planted.texts)
    workspace.ingest()
    workspace.parse()
    run("build", "--exclude-resource-type", "test", "--log-level-file", "debug")
    manifest = json.loads((settings.target_path / "manifest.json").read_text("utf-8"))
    tests = [node for node in manifest["nodes"] if node.startswith("test.")]
    [(last,)] = workspace.query(
        "select invocation_id from governance.invocations order by invocation_number desc limit 1"
    )
    rows = ", ".join(f"('{last}', '{test}', 'pass', 0, 0, '2999-01-01')" for test in tests)
    workspace.execute(f"insert into governance.node_results values {rows}")
    run("publish")
    for report, form in EXPORTS:
        run("export", report, "--days", "30", "--format", form)
    run("export", "compliance", "--days", "30")
    for form in ("json", "html"):
        run("report", "executive", "--days", "30", "--format", form)
    return printed


@pytest.fixture(scope="module")
def planted() -> Planted:
    return Planted(seed=61)


@pytest.fixture(scope="module")
def printed(module_workspace: Workspace, planted: Planted) -> str:
    return _live(module_workspace, planted)


def _files(workspace: Workspace) -> Iterator[Path]:
    for file in files_below(workspace.settings.root):
        if file.relative_to(workspace.settings.root).parts[0] not in GIVEN:
            yield file


def test_no_planted_value_is_left(
    module_workspace: Workspace, planted: Planted, printed: str
) -> None:
    found = leaks(planted, [("printed", printed)])
    names = set()
    for file in _files(module_workspace):
        names.add(file.suffix)
        found |= leaks(planted, ((f"{file.name}: {p}", text) for p, text in texts_in(file)))
    if module_workspace.postgres:
        address = module_workspace.postgres
        with psycopg.connect(
            host=address["PGHOST"], user=address["PGUSER"], dbname=address["PGDATABASE"]
        ) as server:
            found |= leaks(planted, tables(server))
    assert {".csv", ".json", ".parquet", ".xlsx", ".zip", ".html", ".log"} <= names
    assert sorted(found) == []


def test_the_search_finds_every_type_in_what_landed(
    module_workspace: Workspace, planted: Planted, printed: str
) -> None:
    """A search that finds nothing must be one that could have found something."""
    del printed
    landed = files_below(module_workspace.settings.landing)
    found = {kind for kind, _ in leaks(planted, (t for f in landed for t in texts_in(f)))}
    assert found == {kind for kind, _ in planted.texts}
