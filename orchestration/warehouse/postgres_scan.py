"""Rows of a PostgreSQL server that DuckDB reads by its extension, every number as it is.

The extension reads a numeric that is none (NaN, infinite) as 0, and one without a precision as a
double (DuckDB 1.5.5). So the server writes numerics as text. One that is none is missing then, as
in every export; where no decimal of DuckDB holds all that a column may, its numbers stay text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from orchestration.core.sql import identifier, literal

# DuckDB's type of each numeric, and nothing for what arrives as it is.
FORM = (
    "case when udt_name = '_numeric' then 'varchar' when data_type <> 'numeric' then '' "
    "when numeric_precision <= 38 and numeric_scale between 0 and numeric_precision "
    "then format('decimal(%s, %s)', numeric_precision, numeric_scale) else 'varchar' end"
)
COLUMNS = (
    f"select concat(table_schema, '.', table_name), cast(column_name as text), {FORM} "
    "from information_schema.columns order by ordinal_position"
)
NONE = "('NaN', 'Infinity', '-Infinity')"


def forms_of(engine: duckdb.DuckDBPyConnection, database: str) -> Mapping[str, dict[str, str]]:
    """Columns of every relation of an attached server, by schema.name, with their form."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    columns = f"from postgres_query({literal(database)}, {literal(COLUMNS)})"
    for relation, name, form in engine.execute(columns).fetchall():
        found[relation][name] = form
    return found


def exact(database: str, query: str, forms: Mapping[str, str]) -> str:
    """SQL for DuckDB, to stand after `from`: what the server answers to a query.

    Args:
        database: the name the server is attached by.
        forms: the query's columns, with what `FORM` says of each.
    """
    names = {identifier(name): form for name, form in forms.items()}
    if not any(names.values()):
        return f"postgres_query({literal(database)}, {literal(query)})"
    sent = ", ".join(f"cast({n} as text) as {n}" if form else n for n, form in names.items())
    taken = ", ".join(
        f"case when {n} not in {NONE} then cast({n} as {form}) end as {n}" if form else n
        for n, form in names.items()
    )
    answer = literal(f"select {sent} from ({query}) as q")
    return f"(select {taken} from postgres_query({literal(database)}, {answer}))"
