"""How many rows relations hold."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from orchestration.core.settings import Settings
from orchestration.warehouse import postgres


def row_counts(
    settings: Settings, relations: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Count the rows of relations, given as (schema, name), under the writer lock."""
    wanted = sorted(set(relations))
    if not wanted:
        return {}
    statement = " union all ".join(
        f'select {i}, count(*) from "{schema}"."{name}"' for i, (schema, name) in enumerate(wanted)
    )
    if settings.target == "duckdb":
        with duckdb.connect(str(settings.warehouse), read_only=True) as engine:
            rows = engine.execute(statement).fetchall()
    else:
        with postgres.connect() as server:
            rows = server.execute(statement.encode()).fetchall()
    return {wanted[i]: int(count) for i, count in rows}
