"""A published platform that tests only read, and what a report of it is called with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestration.tests.report.platform import ROWS, publish_rows
from orchestration.tests.workspace import Workspace


@pytest.fixture(scope="module")
def platform(module_workspace: Workspace) -> Workspace:
    """The known rows, published on each engine."""
    publish_rows(module_workspace, ROWS)
    return module_workspace


@pytest.fixture(scope="module")
def duckdb_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The known rows, published as a DuckDB file."""
    with Workspace.on_duckdb(tmp_path_factory.mktemp("platform") / "home") as workspace:
        publish_rows(workspace, ROWS)
        yield workspace
