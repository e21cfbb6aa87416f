"""Anonymise rows: remove their pseudonyms and keep their measures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from orchestration.lifecycle.placing import Rows, placed
from orchestration.policies.lifecycle import Ruled, day_before

# The key of the unknown member (macro unknown_key), for columns that must not be null.
UNKNOWN = "cast('00000000-0000-0000-0000-000000000000' as uuid)"

Blanks = Mapping[str, str]
"""SQL of the value that stands for nobody, by column."""


def blanks(node: Mapping[str, Any]) -> Blanks:
    """Return the pseudonym columns of a node of dbt's manifest, with the value for nobody."""
    return {
        name: blank_of(column)
        for name, column in node.get("columns", {}).items()
        if column["config"]["meta"].get("class") == "pseudonym"
    }


def to_anonymise(ruled: Ruled, rows: Rows, blank: Blanks, as_of: date) -> str | None:
    """Return a query, in the form of `placed`, for the rows to anonymise; None if there are none.

    A row whose retention is decided by something other than the policy keeps its link to a person
    until it is destroyed.
    """
    if ruled.policy.anonymise_days is None or not blank:
        return None
    # Rows that are anonymised already must not be due again.
    still = " or ".join(f"r.{name} is distinct from {value}" for name, value in blank.items())
    own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
    return (
        f"select p.* from ({placed(ruled, rows, as_of)}) as p "
        f"join {rows.source} as r on {own} "
        "where p.due = 'hot' and not p.is_held and p.decided_by = 'policy' and p.lifecycle_day <= "
        f"date '{day_before(as_of, ruled.policy.anonymise_days)}' and ({still})"
    )


def set_clause(blank: Blanks) -> str:
    """Return the SET clause of the update that anonymises rows."""
    return ", ".join(f"{name} = {value}" for name, value in blank.items())


def blank_of(column: Mapping[str, Any]) -> str:
    """Return the value that stands for nobody in a column, as SQL: null where that is allowed."""
    is_required = any(constraint["type"] == "not_null" for constraint in column["constraints"])
    return UNKNOWN if is_required else "null"
