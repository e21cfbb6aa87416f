"""Find the columns that refer to a relation's rows, from dbt's `relationships` tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.lifecycle.anonymising import blank_of


@dataclass(frozen=True)
class Reference:
    """A foreign key: `relation.column` holds values of the referenced relation's `field`.

    `blank` is SQL of the value for a row that is gone.
    """

    relation: str
    column: str
    field: str
    blank: str


def references_to(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> list[Reference]:
    """Return the columns of other models that a `relationships` test ties to a model."""
    found = []
    for test in manifest["nodes"].values():
        about = test.get("test_metadata") or {}
        if about.get("name") != "relationships" or not node:
            continue
        # A test depends on both of its models; only the one in `to` is referred to.
        named = about["kwargs"]["to"]
        if node["unique_id"] not in test["depends_on"]["nodes"] or node["name"] not in named:
            continue
        holder = manifest["nodes"].get(test["attached_node"])
        if holder is None or holder["unique_id"] == node["unique_id"]:
            continue
        column = test["column_name"]
        blank = blank_of(holder["columns"][column])
        found.append(
            Reference(
                f"{holder['schema']}.{holder['alias']}", column, about["kwargs"]["field"], blank
            )
        )
    return found
