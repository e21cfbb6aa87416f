"""Policies fit what they are about: otherwise the build fails and says which does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.policies.lifecycle import Policy, policies, ruled
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace

TEST = "assert_every_relation_has_a_lifecycle"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A warehouse with nothing but the policies."""
    with Workspace.on_duckdb(tmp_path_factory.mktemp("policies") / "home") as workspace:
        workspace.ingest()
        workspace.build_models("--select", "relation_policies", "lifecycle_policies")
        workspace.keep()
        yield workspace


def _faults(workspace: Workspace, *changes: str) -> str:
    """What the build says of the policies after a change; nothing where it passes."""
    workspace.restore()
    workspace.execute(*changes)
    result = workspace.dbt("test", "--select", TEST)
    [test] = [r for r in result.result.results if r.node.name == TEST]
    assert result.success == (test.status == "pass")
    return "" if result.success else str(test.message)


def test_the_policies_as_they_are_fit(seeded: Workspace) -> None:
    assert _faults(seeded) == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            "delete from policy.relation_policies where relation = 'core.dim_users'",
            "core.dim_users has no lifecycle policy",
        ),
        (
            "insert into policy.relation_policies (relation, policy) "
            "values ('core.nobody', 'kept')",
            "core.nobody does not exist",
        ),
        (
            "update policy.relation_policies set policy = 'kept' where relation = 'raw.rejects'",
            "raw.rejects holds more about people than policy kept allows",
        ),
        (
            "update policy.lifecycle_policies set delete_days = null where policy = 'rejects'",
            "raw.rejects is about people and has no limit",
        ),
        (
            "update policy.relation_policies set policy = 'rebuilt', age_from = null "
            "where relation = 'core.dim_users'",
            "core.dim_users is not rebuilt whole",
        ),
        (
            "update policy.relation_policies set age_from = null where relation = 'raw.rejects'",
            "raw.rejects does not say from when its age counts",
        ),
        (
            "update policy.lifecycle_policies set anonymise_days = 1825 where policy = 'gold'",
            "documents.fct_document_analysis loses its people before raw.prism_analysis_results",
        ),
        (
            "update policy.lifecycle_policies set warm_days = 10 where policy = 'prism_documents'",
            "prism_documents has limits out of order",
        ),
    ],
)
def test_a_policy_that_does_not_fit_is_named(seeded: Workspace, change: str, fault: str) -> None:
    assert fault in _faults(seeded, change)


def test_rows_enter_the_tiers_of_the_requirements() -> None:
    entries = {name: policy.entries for name, policy in policies().items()}
    assert entries["prism_documents"] == [("warm", 30), ("cold", 365), ("archive", 1825)]
    assert entries["prism_audit"] == [("warm", 90), ("cold", 365), ("archive", 730)]
    assert entries["assistant_interactions"] == []
    assert policies()["prism_documents"].retention_days == 2555
    assert ruled()["raw.assistant_session_memory"].policy.retention_days == 180
    assert Policy("x", "personal", "", 1, 2, 3, 3, None, False).entries == [
        ("warm", 1), ("cold", 2),
    ]  # fmt: skip


def test_the_commands_explain_themselves(duckdb_workspace: Workspace, tmp_path: Path) -> None:
    nothing = granary("lifecycle", "plan")
    assert nothing.returncode == 1
    assert "nothing is loaded yet: run `granary ingest`" in nothing.stderr
    assert not duckdb_workspace.settings.warehouse.exists()
    unknown = granary("lifecycle", "plan", "--table", "raw.nothing")
    assert unknown.returncode == 2
    duckdb_workspace.ingest()
    found = granary("lifecycle", "history", "select 1 as one, '記憶' as two", "--json")
    assert json.loads(found.stdout) == [{"one": 1, "two": "記憶"}]
    wrong = granary("lifecycle", "history", "select 'anna@example.com' from nowhere")
    assert wrong.returncode == 1
    assert "Table with name nowhere does not exist" in wrong.stderr
    assert "anna" not in wrong.stderr
