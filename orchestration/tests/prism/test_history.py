"""Versions of people and organizations by day, whatever the order in which they are delivered."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest

from orchestration.secrecy.pseudonyms import pseudonym
from orchestration.tests.prism.records import Record, deletion, key, organization, user
from orchestration.tests.workspace import KEY, PostgresServer, Workspace

HISTORY = ("--select", "+dim_users")
FOREVER = date(9999, 12, 31)

# What is delivered, build after build. Late, repeated and out of order on purpose.
DELIVERIES: list[dict[str, list[Record]]] = [
    {
        "organizations": [organization("acme", "2026-01-01T00:00:00Z")],
        "users": [
            user("ann", "2026-01-02T09:00:00Z"),
            user("bob", "2026-01-02T09:00:00Z"),
            user("cho", "2026-01-02T09:00:00Z"),
            user("dan", "2026-01-02T09:00:00Z"),
            user("eve", "2026-01-04T09:00:00Z", deleted_at="2026-01-04T09:00:00Z"),
            user("fay", "2026-01-02T09:00:00Z"),
        ],
    },
    {
        "users": [
            # Several changes a day: the last one counts.
            user("ann", "2026-01-10T08:00:00Z", role="analyst"),
            user("ann", "2026-01-10T18:00:00Z", role="admin"),
            # Delivered again: nothing changes.
            user("bob", "2026-01-02T09:00:00Z"),
            # A sign-in changes no attribute.
            user("bob", "2026-01-11T09:00:00Z", last_login_at="2026-01-11T09:00:00Z"),
            # Two changes, the one between them is late.
            user("cho", "2026-01-20T09:00:00Z", department="sales"),
            # Leaves.
            user("dan", "2026-01-12T09:00:00Z", deleted_at="2026-01-12T09:00:00Z"),
        ],
        "deletions": [deletion("users", "fay", "2026-01-15T06:00:00Z")],
    },
    {
        "organizations": [organization("acme", "2026-01-25T00:00:00Z", subscription_tier="pro")],
        "users": [
            # Back to what it was: a third version.
            user("ann", "2026-01-22T08:00:00Z", role="viewer"),
            user("cho", "2026-01-15T09:00:00Z", department="hr"),
            # Comes back, unchanged.
            user("dan", "2026-01-18T09:00:00Z"),
            user("fay", "2026-01-28T09:00:00Z"),
        ],
    },
]
TIERS = [(date(2025, 12, 1), date(2026, 1, 25), "free"), (date(2026, 1, 25), FOREVER, "pro")]
EXPECTED = {
    "ann": [
        (date(2025, 12, 10), date(2026, 1, 10), "viewer", "legal", "free"),
        (date(2026, 1, 10), date(2026, 1, 22), "admin", "legal", "free"),
        (date(2026, 1, 22), date(2026, 1, 25), "viewer", "legal", "free"),
        (date(2026, 1, 25), FOREVER, "viewer", "legal", "pro"),
    ],
    "bob": [
        (date(2025, 12, 10), date(2026, 1, 25), "viewer", "legal", "free"),
        (date(2026, 1, 25), FOREVER, "viewer", "legal", "pro"),
    ],
    "cho": [
        (date(2025, 12, 10), date(2026, 1, 15), "viewer", "legal", "free"),
        (date(2026, 1, 15), date(2026, 1, 20), "viewer", "hr", "free"),
        (date(2026, 1, 20), date(2026, 1, 25), "viewer", "sales", "free"),
        (date(2026, 1, 25), FOREVER, "viewer", "sales", "pro"),
    ],
    # The day of a deletion is the last of the version it closes.
    "dan": [
        (date(2025, 12, 10), date(2026, 1, 13), "viewer", "legal", "free"),
        (date(2026, 1, 18), date(2026, 1, 25), "viewer", "legal", "free"),
        (date(2026, 1, 25), FOREVER, "viewer", "legal", "pro"),
    ],
    # First seen deleted: was there before.
    "eve": [(date(2025, 12, 10), date(2026, 1, 5), "viewer", "legal", "free")],
    "fay": [
        (date(2025, 12, 10), date(2026, 1, 16), "viewer", "legal", "free"),
        (date(2026, 1, 28), FOREVER, "viewer", "legal", "pro"),
    ],
}
VERSIONS = (
    "select effective_date, expiry_date, user_role, department, subscription_tier "
    "from core.dim_users where user_key = '{}' order by effective_date"
)


@pytest.fixture(scope="module")
def step_by_step(module_workspace: Workspace) -> Workspace:
    """A warehouse that was built after each delivery."""
    for delivery in DELIVERIES:
        _deliver(module_workspace, delivery)
        module_workspace.build_models(*HISTORY)
    return module_workspace


def _deliver(workspace: Workspace, *deliveries: dict[str, list[Record]]) -> None:
    for delivery in deliveries:
        for stream, records in delivery.items():
            workspace.land(stream, records, source="prism")
    report = workspace.ingest()
    assert (report.rejects, report.failures) == (0, [])


def _user_key(name: str) -> uuid.UUID:
    found = pseudonym(bytes.fromhex(KEY), key(name), "user")
    assert found is not None
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_every_person_has_the_versions_that_were(step_by_step: Workspace, name: str) -> None:
    assert step_by_step.query(VERSIONS.format(_user_key(name))) == EXPECTED[name]


def test_organizations_have_the_tiers_that_were(step_by_step: Workspace) -> None:
    assert (
        step_by_step.query(
            "select effective_date, expiry_date, subscription_tier from core.dim_organizations "
            f"where organization_id = '{key('acme')}' order by effective_date"
        )
        == TIERS
    )


def test_one_version_of_each_person_who_is_there_is_current(step_by_step: Workspace) -> None:
    there = {name for name, versions in EXPECTED.items() if versions[-1][1] == FOREVER}
    current = step_by_step.query("select user_key from core.dim_users where is_current")
    nobody = uuid.UUID(int=0)
    assert sorted(row[0] for row in current) == sorted({_user_key(n) for n in there} | {nobody})


def test_nobody_is_away_but_after_a_deletion(step_by_step: Workspace) -> None:
    assert step_by_step.dbt("test", "--select", "test_name:contiguous_history").success


def test_one_run_over_everything_gives_the_same(
    step_by_step: Workspace, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with _beside(step_by_step, tmp_path, request) as whole:
        _deliver(whole, *DELIVERIES)
        whole.build_models(*HISTORY)
        for dimension in ("dim_users", "dim_organizations"):
            rows = whole.rows("core", dimension)
            assert len(rows) > 1
            assert step_by_step.rows("core", dimension) == rows


def test_history_survives_the_expiry_of_raw_rows(
    step_by_step: Workspace, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = step_by_step.rows("core", "dim_users")
    step_by_step.execute(
        "delete from raw.prism_users",
        "insert into raw.window_changes select distinct source, stream, window_date, "
        "(select max(batch_id) + 1 from raw.window_changes) from raw.window_changes",
    )
    step_by_step.build_models(*HISTORY)
    assert step_by_step.value("select count(*) from staging.stg_prism__users") == 0
    assert step_by_step.rows("core", "dim_users") == before


def _beside(
    workspace: Workspace, home: Path, request: pytest.FixtureRequest
) -> AbstractContextManager[Workspace]:
    if workspace.postgres:
        server: PostgresServer = request.getfixturevalue("postgres")
        return Workspace.on_postgres(home, server)
    return Workspace.on_duckdb(home)
