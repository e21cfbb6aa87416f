"""Real engines for the tests: a PostgreSQL server per worker, and workspaces on either engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from orchestration.core.settings import PROJECT_DIR
from orchestration.tests import quick
from orchestration.tests.workspace import PostgresServer, Workspace

# The longest first, so that no worker ends long after the others; among the first some that need no
# parsed project, while one worker parses it for all.
LONGEST = (
    "/test_parts.py", "/sources/", "/test_nothing_new.py",
    "/test_pipeline.py", "/test_exactly_once.py", "/test_bad_files.py", "/test_moves.py",
    "/lifecycle/", "/test_server.py", "/serving/", "/test_two_writers.py", "/test_lives.py",
    "/test_redact_pii.py", "/test_system_performance.py", "/test_clock.py", "/test_impossible.py",
    "/test_private.py", "/test_planted_values.py", "/test_key_stays_secret.py", "/test_drill.py",
    "/test_maintain.py", "/test_variations.py", "/test_gate.py", "/cli/",
)  # fmt: skip
# Folders whose modules share what they build, and so a worker; elsewhere a module is the unit.
SHARING = ("/serving/", "/lifecycle/")
# Its tests share nothing and take minutes each.
APART = "/test_parts.py"
SHARED_DATA = PROJECT_DIR.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the choice of what answers within a minute."""
    parser.addoption("--quick", action="store_true", help="no PostgreSQL, no dbt, no processes")


def pytest_configure(config: pytest.Config) -> None:
    """Keep to that choice."""
    if config.getoption("--quick"):
        config.pluginmanager.register(quick.Quick())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the longest modules first."""
    if config.getoption("--quick"):
        items[:] = [item for item in items if quick.is_quick(item)]

    def place(item: pytest.Item) -> int:
        found = [i for i, part in enumerate(LONGEST) if part in item.nodeid.split("::")[0]]
        return found[0] if found else len(LONGEST)

    items.sort(key=place)


class ByWarehouse(LoadScopeScheduling):  # type: ignore[misc]  # follows no stubs
    """Gives a worker all tests that share a built warehouse."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", maxsplit=1)[0]
        if APART in module:
            return nodeid
        return next((folder for folder in SHARING if folder in module), module)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWarehouse:
    """Let workers take tests by warehouse."""
    return ByWarehouse(config, log)


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """No setting of the person who runs the tests reaches them."""
    kept = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("GRANARY_", "PG", "DBT_", "DAGSTER_")):
            del os.environ[name]
    # Hundreds of processes start: let the first keep what it compiles.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL server of this worker's own."""
    with PostgresServer.start() as server:
        yield server


@pytest.fixture
def duckdb_workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty warehouse on DuckDB."""
    with Workspace.on_duckdb(tmp_path / "home") as workspace:
        yield workspace


@pytest.fixture
def postgres_workspace(tmp_path: Path, postgres: PostgresServer) -> Iterator[Workspace]:
    """An empty warehouse on PostgreSQL."""
    with Workspace.on_postgres(tmp_path / "home", postgres) as workspace:
        yield workspace


@pytest.fixture(params=["duckdb", "postgres"])
def workspace(request: pytest.FixtureRequest) -> Workspace:
    """An empty warehouse, once on each engine."""
    chosen: Workspace = request.getfixturevalue(f"{request.param}_workspace")
    return chosen


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def module_workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A warehouse that tests of a module share, once on each engine."""
    home = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        opened = Workspace.on_duckdb(home)
    else:
        opened = Workspace.on_postgres(home, request.getfixturevalue("postgres"))
    with opened as workspace:
        yield workspace


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public data beside the project; tests that need it skip where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the public data (../shared/data) is not on this machine")
    return SHARED_DATA
