"""The drawn schema is the project's."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.diagrams import (
    DiagramError,
    bus_matrix,
    diagram,
    documents,
    read_marts,
)
from orchestration.dbt.manifest import graph_manifest

FACT = "model.granary.fct_document_analysis"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return graph_manifest()


def test_committed_pages_show_the_models(manifest: dict[str, Any]) -> None:
    for path, text in documents(manifest).items():
        page = PROJECT_DIR / path
        is_current = page.exists() and page.read_text("utf-8") == text
        assert is_current, f"{path} is older than the models: run `make docs` and commit it"


def test_a_fact_is_marked_under_its_dimensions(manifest: dict[str, Any]) -> None:
    header, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in bus_matrix(read_marts(manifest)).splitlines()
    )
    marks = {row[1]: dict(zip(header, row, strict=True)) for row in rows}
    fact, people = marks["fct_document_analysis"], marks["active_users_daily"]
    assert fact["one row per"] == "analysis of a document or section"
    assert {fact[name] for name in ("dim_date", "dim_users", "dim_documents")} == {"x"}
    assert fact["dim_applications"] == ""
    assert people["dim_users"] == "v"
    assert not any(name.startswith("dim_") for name in marks)


def test_lines_end_as_the_keys_do(manifest: dict[str, Any]) -> None:
    drawn = diagram(read_marts(manifest), "documents")
    for line in (
        "fct_document_analysis }o--|| dim_users : user_version_key",
        "fct_document_analysis }o--o| dim_documents : document_id",
        "active_users_daily }o--o{ dim_users : user_key",
    ):
        assert line in drawn


def test_a_mart_that_names_a_thing_with_versions_says_how_to_join_it(
    manifest: dict[str, Any],
) -> None:
    told = 0
    for mart in read_marts(manifest):
        [node] = [n for n in manifest["nodes"].values() if n["name"] == mart.name]
        for column, current in (
            ("organization_id", "dim_organizations_current"), ("user_key", "dim_users_current"),
        ):  # fmt: skip
            if mart.domain == "documents" and column in mart.types:
                told += 1
                assert f"{current}` by `{column}`" in node["description"], mart.name
    assert told > 8


def test_a_relationship_that_goes_is_no_longer_drawn(manifest: dict[str, Any]) -> None:
    changed = copy.deepcopy(manifest)
    del changed["nodes"][FACT]["columns"]["document_id"]["config"]["meta"]["references"]
    line = "fct_document_analysis }o--o| dim_documents"
    assert line in diagram(read_marts(manifest), "documents")
    assert line not in diagram(read_marts(changed), "documents")


def test_a_reference_that_leads_nowhere_is_named(manifest: dict[str, Any]) -> None:
    changed = copy.deepcopy(manifest)
    meta = changed["nodes"][FACT]["columns"]["document_id"]["config"]["meta"]
    meta["references"] = "dim_documents.id"
    with pytest.raises(DiagramError, match=r"fct_document_analysis\.document_id .*dim_documents"):
        read_marts(changed)
