"""A document platform whose rows are of every age, built once on each engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date

import pyrage
import pytest

from orchestration.core.settings import Settings
from orchestration.tests.prism.records import (
    analysis,
    document,
    event,
    feedback,
    key,
    organization,
    user,
)
from orchestration.tests.workspace import KEY, PostgresServer, Workspace, environment

AS_OF = date(2026, 6, 1)
# When each document was uploaded, analysed, judged and looked at.
DAYS = {
    "ended": "2018-01-10",
    "held": "2018-02-10",
    "archived": "2020-01-10",
    "cold": "2024-05-10",
    "brief": "2026-03-20",
    "warm": "2026-02-10",
    "fresh": "2026-05-25",
}
IDENTITY = pyrage.x25519.Identity.generate()
KEYS = {
    "GRANARY_PII_KEY": KEY,
    "GRANARY_COLD_KEY": "ab" * 32,
    "GRANARY_ARCHIVE_RECIPIENT": str(IDENTITY.to_public()),
}


def land(workspace: Workspace) -> None:
    """Seven documents with all that hangs on them; `brief` is of an organization in a hurry."""
    deliveries = {
        "organizations": [
            organization("acme", "2018-01-01T00:00:00Z", created_at="2018-01-01T00:00:00Z"),
            organization("hasty", "2018-01-01T00:00:00Z", created_at="2018-01-01T00:00:00Z",
                         data_retention_days=60),
        ],
        "users": [user("ann", "2018-01-02T00:00:00Z", created_at="2018-01-02T00:00:00Z")],
        "documents": [
            document(name, f"{day}T10:00:00Z", legal_hold=name == "held",
                     organization_id=key("hasty" if name == "brief" else "acme"))
            for name, day in DAYS.items()
        ],
        "analysis_results": [
            analysis(f"of-{name}", name, f"{day}T11:00:00Z") for name, day in DAYS.items()
        ],
        "user_feedback": [
            feedback(f"on-{name}", f"of-{name}", f"{day}T12:00:00Z", document_id=key(name),
                     organization_id=key("hasty" if name == "brief" else "acme"))
            for name, day in DAYS.items()
        ],
        "audit_logs": [
            event(f"view-{name}", f"{day}T09:00:00Z", resource_type="document",
                  resource_id=key(name),
                  organization_id=key("hasty" if name == "brief" else "acme"))
            for name, day in DAYS.items()
        ],
    }  # fmt: skip
    for stream, records in deliveries.items():
        workspace.land(stream, records, "prism")


def _build(workspace: Workspace) -> Workspace:
    land(workspace)
    workspace.ingest()
    workspace.build_models()
    workspace.keep()
    return workspace


@pytest.fixture(scope="session")
def built_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Built on DuckDB; tests take `aged`."""
    with Workspace.on_duckdb(tmp_path_factory.mktemp("aged") / "home") as workspace:
        return _build(workspace)


@pytest.fixture(scope="session")
def built_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Workspace:
    """Built on PostgreSQL; tests take `aged`."""
    home = tmp_path_factory.mktemp("aged") / "home"
    with Workspace.on_postgres(home, postgres) as workspace:
        return _build(workspace)


@pytest.fixture(params=["duckdb", "postgres"])
def aged(request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """The warehouse as it was built, no row moved yet, once on each engine."""
    built: Workspace = request.getfixturevalue(f"built_{request.param}")
    landed = set(built.settings.landing.rglob("*"))
    with environment(KEYS), built.activate():
        yield Workspace(Settings(), built.postgres)
    for path in set(built.settings.landing.rglob("*")) - landed:
        if path.is_file():
            path.unlink()
    for folder in (built.settings.tiers, built.settings.operations):
        shutil.rmtree(folder, ignore_errors=True)
    built.restore()
