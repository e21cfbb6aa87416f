"""Published marts that tests only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestration.tests.export.published import publish_rows
from orchestration.tests.workspace import Workspace


@pytest.fixture(scope="module")
def published(module_workspace: Workspace) -> Workspace:
    """The known rows, published on each engine."""
    publish_rows(module_workspace)
    return module_workspace


@pytest.fixture(scope="module")
def duckdb_published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The known rows, published as a DuckDB file."""
    with Workspace.on_duckdb(tmp_path_factory.mktemp("published") / "home") as workspace:
        publish_rows(workspace)
        yield workspace
