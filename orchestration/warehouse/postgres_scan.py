"""Read numerics exactly when DuckDB scans a PostgreSQL server through its extension.

The extension (DuckDB 1.5.5) reads NaN and infinity as 0, and a numeric without precision as a
rounded double. So the server sends numerics as text, and DuckDB casts them. NaN and infinity become
NULL, as in every export. Columns that may exceed DuckDB's decimals (38 digits) stay text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from orchestration.core.sql import identifier, literal

# The type that DuckDB casts a column to; '' for a column that the extension reads correctly.
FORM = (
    "case when udt_name = '_numeric' then 'varchar' when data_type <> 'numeric' then '' "
    "when numeric_precision <= 38 and numeric_scale between 0 and numeric_precision "
    "then format('decimal(%s, %s)', numeric_precision, numeric_scale) else 'varchar' end"
)
COLUMNS = (
    f"select concat(table_schema, '.', table_name), cast(column_name as text), {FORM} "
    "from information_schema.columns order by ordinal_position"
)
# Numerics that are not numbers.
NONE = "('NaN', 'Infinity', '-Infinity')"


def forms_of(engine: duckdb.DuckDBPyConnection, database: str) -> Mapping[str, dict[str, str]]:
    """Return the columns of every relation of an attached server, by `schema.name`.

    Each column has its `FORM`.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    columns = f"from postgres_query({literal(database)}, {literal(COLUMNS)})"
    for relation, name, form in engine.execute(columns).fetchall():
        found[relation][name] = form
    return found


def exact(database: str, query: str, forms: Mapping[str, str]) -> str:
    """Return a DuckDB table expression for the result of a query that the server runs.

    Args:
        database: name under which the server is attached.
        query: the query, in PostgreSQL's SQL.
        forms: the query's columns in order, each with its `FORM`.
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
