"""Cutting the link to a person: pseudonyms go, what was measured stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from orchestration.lifecycle.placing import Rows, placed
from orchestration.policies.lifecycle import Ruled, day_before

# What a column that must have a value points at: the member nobody is known of (unknown_key).
UNKNOWN = "cast('00000000-0000-0000-0000-000000000000' as uuid)"

Blanks = Mapping[str, str]
"""SQL for the value that names nobody, by column."""


def blanks(node: Mapping[str, Any]) -> Blanks:
    """The pseudonyms of a model, as dbt's manifest describes it."""
    return {
        name: blank_of(column)
        for name, column in node.get("columns", {}).items()
        if column["config"]["meta"].get("class") == "pseudonym"
    }


def linked(ruled: Ruled, rows: Rows, blank: Blanks, as_of: date) -> str | None:
    """A query for rows, as `placed` gives them, that are to lose their link; None for never.

    Where something else than the policy says how long a row stays, its link stays as long.
    """
    if ruled.policy.anonymise_days is None or not blank:
        return None
    still = " or ".join(f"r.{name} is distinct from {value}" for name, value in blank.items())
    own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
    return (
        f"select p.* from ({placed(ruled, rows, as_of)}) as p "
        f"join {rows.source} as r on {own} "
        "where p.due = 'hot' and not p.is_held and p.decided_by = 'policy' and p.lifecycle_day <= "
        f"date '{day_before(as_of, ruled.policy.anonymise_days)}' and ({still})"
    )


def blanking(blank: Blanks) -> str:
    """The SET part of an update."""
    return ", ".join(f"{name} = {value}" for name, value in blank.items())


def blank_of(column: Mapping[str, Any]) -> str:
    """SQL for the value of a key that names nobody, given the column in dbt's manifest."""
    is_required = any(constraint["type"] == "not_null" for constraint in column["constraints"])
    return UNKNOWN if is_required else "null"
