"""Policies fit what they are about: otherwise the build fails and says which does not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestration.policies.lifecycle import Policy, policies, ruled
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace, parsed_project

TEST = "assert_every_relation_has_a_lifecycle"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A warehouse with nothing but the policies."""
    with Workspace.on_duckdb(tmp_path_factory.mktemp("policies") / "home") as workspace:
        workspace.ingest()
        workspace.build_models("--select", "lifecycle_policies", "legal_minimums")
        workspace.keep()
        yield workspace


@contextlib.contextmanager
def _saying(workspace: Workspace, node: str, changes: Mapping[str, Any]) -> Iterator[None]:
    """A relation's meta for a while, as if its YAML said so; None takes a word away."""
    project = parsed_project(workspace.settings)
    meta = {**project.nodes, **project.sources}[f"{node}"].config.meta
    before = dict(meta)
    meta.update(changes)
    for word in [word for word, value in changes.items() if value is None]:
        del meta[word]
    try:
        yield
    finally:
        meta.clear()
        meta.update(before)


def _faults(workspace: Workspace) -> str:
    """What the build says of the policies; nothing where it passes."""
    result = workspace.dbt("test", "--select", TEST)
    [test] = [r for r in result.result.results if r.node.name == TEST]
    assert result.success == (test.status == "pass")
    return "" if result.success else str(test.message)


def test_the_policies_as_they_are_fit(seeded: Workspace) -> None:
    assert _faults(seeded) == ""


@pytest.mark.parametrize(
    ("node", "lifecycle", "fault"),
    [
        ("model.granary.dim_users", None, "core.dim_users has no lifecycle policy"),
        ("model.granary.dim_users", {"policy": "golden", "age_from": "expiry_date"},
         "core.dim_users is under policy golden, which is unknown"),
        ("source.granary.granary.rejects", {"policy": "kept"},
         "raw.rejects holds more about people than policy kept allows"),
        ("model.granary.dim_users", {"policy": "rebuilt"}, "core.dim_users is not rebuilt whole"),
        ("source.granary.granary.rejects", {"policy": "rejects"},
         "raw.rejects does not say from when its age counts"),
        ("source.granary.assistant.interactions", {"policy": "kept", "record_class": "gossip"},
         "raw.assistant_interactions is of a class that no law names"),
    ],
)  # fmt: skip
def test_a_relation_s_policy_that_does_not_fit_is_named(
    seeded: Workspace, node: str, lifecycle: dict[str, str] | None, fault: str
) -> None:
    seeded.restore()
    with _saying(seeded, node, {"lifecycle": lifecycle}):
        assert fault in _faults(seeded)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            "update policy.lifecycle_policies set delete_days = null where policy = 'rejects'",
            "raw.rejects is about people and has no limit",
        ),
        (
            "update policy.lifecycle_policies set anonymise_days = 1825 where policy = 'gold'",
            "documents.fct_document_analysis loses its people before raw.prism_analysis_results",
        ),
        (
            "update policy.lifecycle_policies set hot_days = 4000 where policy = 'gold'",
            "gold has limits out of order",
        ),
    ],
)
def test_a_policy_that_does_not_fit_is_named(seeded: Workspace, change: str, fault: str) -> None:
    seeded.restore()
    seeded.execute(change)
    assert fault in _faults(seeded)


def test_a_contract_s_own_policies_are_looked_at(seeded: Workspace) -> None:
    seeded.restore()
    backwards = {"data_class": "personal", "hot_days": 30, "warm_days": 10, "delete_days": 40}
    with _saying(
        seeded, "source.granary.prism.users", {"lifecycle_policies": {"notes": backwards}}
    ):
        assert "notes has limits out of order" in _faults(seeded)


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
