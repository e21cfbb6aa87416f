"""How many rows relations hold."""

from __future__ import annotations

from collections.abc import Iterable

from orchestration.core.settings import Settings
from orchestration.warehouse.configured import warehouse_of


def row_counts(
    settings: Settings, relations: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Count the rows of relations, given as (schema, name)."""
    wanted = sorted(set(relations))
    if not wanted:
        return {}
    statement = " union all ".join(
        f'select {i}, count(*) from "{schema}"."{name}"' for i, (schema, name) in enumerate(wanted)
    )
    with warehouse_of(settings).reading() as query:
        rows = query(statement)
    return {wanted[i]: int(count) for i, count in rows}
