"""What a table holds, as numbers that do not depend on the order of its rows.

Every row is hashed, column by column in the table's order, and the hashes are added up as whole
numbers. A row that is lost, added, doubled or changed changes the sums. Both engines compute them
where the rows are: PostgreSQL by MD5 of a row's text, DuckDB by its own 64-bit hash, which is
twenty times as fast and may change with the engine's version; the manifest names that. The sums
find damage, they do not resist forgery: that is what the sealed manifest is for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import duckdb
import psycopg
from psycopg import sql

from orchestration.core.sql import identifier, literal

# Values of these types hash alike though they differ (-0.0 and 0.0, a month and thirty days), so
# they are hashed as text.
_AS_TEXT = ("FLOAT", "DOUBLE", "INTERVAL", "TIME WITH TIME ZONE")
_NESTED = ("STRUCT", "MAP", "UNION")
Count = Callable[[int, int], None]


@dataclass(frozen=True, order=True)
class TableContent:
    """Rows of a table and two sums over their hashes."""

    schema: str
    name: str
    rows: int
    upper: int
    lower: int

    @property
    def relation(self) -> str:
        """Schema and table, with a dot between."""
        return f"{self.schema}.{self.name}"

    def digest(self, secret: bytes) -> str:
        """The content under a backup's secret, hexadecimal.

        Without the secret nobody can try out what a small table may hold.
        """
        message = f"{self.schema}\0{self.name}\0{self.rows}\0{self.upper}\0{self.lower}"
        return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()


def duckdb_contents(
    engine: duckdb.DuckDBPyConnection, database: str, progress: Count | None = None
) -> list[TableContent]:
    """Every table of an attached database, in order of name."""
    engine.execute("set timezone = 'UTC'")
    tables = _duckdb_tables(engine, database)
    found = []
    for number, (schema, name, names, types) in enumerate(tables):
        values = ", ".join(map(_duckdb_value, names, types))
        table = f"{identifier(database)}.{identifier(schema)}.{identifier(name)}"
        # Two sums: what cancels out in the one does not in the other.
        [(rows, upper, lower)] = engine.execute(
            f"select count(*), coalesce(sum(hash({values})), 0), "
            f"coalesce(sum(hash('granary', {values})), 0) from {table}"
        ).fetchall()
        found.append(TableContent(schema, name, int(rows), int(upper), int(lower)))
        if progress is not None:
            progress(number + 1, len(tables))
    return found


def _duckdb_tables(
    engine: duckdb.DuckDBPyConnection, database: str
) -> list[tuple[str, str, list[str], list[str]]]:
    """Schema, name, columns and their types of every table, in order of name."""
    # All at once: for the columns of one table DuckDB looks through every table.
    tables: list[tuple[str, str, list[str], list[str]]] = engine.execute(
        "select t.schema_name, t.table_name, list(c.column_name order by c.column_index), "
        "list(c.data_type order by c.column_index) from duckdb_tables() as t "
        "join duckdb_columns() as c using (database_oid, table_oid) "
        "where t.database_name = $1 and not t.internal and not t.temporary "
        "group by all order by all",
        [database],
    ).fetchall()
    return tables


def duckdb_sums(
    engine: duckdb.DuckDBPyConnection, database: str, only: Collection[str] | None = None
) -> dict[str, tuple[object, ...]]:
    """Columns, rows and one sum of every table of an attached database, by schema.name.

    All in one query, for comparing two files at once: a third of the time of `duckdb_contents`.

    Args:
        only: these tables.
    """
    found: dict[str, tuple[object, ...]] = {}
    queries = []
    for schema, name, names, types in _duckdb_tables(engine, database):
        relation = f"{schema}.{name}"
        if only is None or relation in only:
            found[relation] = (tuple(names), tuple(types))
            values = ", ".join(map(_duckdb_value, names, types))
            table = f"{identifier(database)}.{identifier(schema)}.{identifier(name)}"
            queries.append(
                f"select {literal(relation)}, count(*), sum(hash({values})) from {table}"
            )
    if queries:
        for relation, *sums in engine.execute(" union all ".join(queries)).fetchall():
            found[relation] += tuple(sums)
    return found


def _duckdb_value(column: str, data_type: str) -> str:
    """SQL for what is hashed of a column."""
    name = identifier(column)
    if data_type.endswith("]") or data_type.startswith(_NESTED):
        return f"cast(to_json({name}) as varchar)"
    return f"cast({name} as varchar)" if data_type in _AS_TEXT else name


# How values are written depends on these.
_POSTGRES_FORMS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
}
# Whatever holds rows, wherever: partitions count as part of their table.
POSTGRES_TABLES = (
    "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
    "where c.relkind in ('r', 'p', 'm') and not c.relispartition and c.relpersistence = 'p' "
    "and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_' "
    'order by n.nspname collate "C", c.relname collate "C"'
)


def postgres_contents(
    server: psycopg.Connection[tuple[object, ...]], progress: Count | None = None
) -> list[TableContent]:
    """Every table of the database a connection is in, in order of name, in its transaction."""
    for name, value in _POSTGRES_FORMS.items():
        server.execute("select set_config(%s, %s, false)", [name, value])
    tables = server.execute(POSTGRES_TABLES).fetchall()
    return list(_postgres_contents(server, [(str(s), str(t)) for s, t in tables], progress))


def _postgres_contents(
    server: psycopg.Connection[tuple[object, ...]],
    tables: list[tuple[str, str]],
    progress: Count | None,
) -> Iterator[TableContent]:
    # A row as text tells NULL from '' and quotes what needs it. A half is a signed number.
    statement = (
        "select count(*), coalesce(sum(('x' || left(digest, 16))::bit(64)::bigint), 0), "
        "coalesce(sum(('x' || right(digest, 16))::bit(64)::bigint), 0) "
        "from (select md5(t::text) as digest from {} t) as digests"
    )
    for number, (schema, name) in enumerate(tables):
        row = server.execute(sql.SQL(statement).format(sql.Identifier(schema, name))).fetchone()
        assert row is not None
        rows, upper, lower = (int(str(value)) for value in row)
        yield TableContent(schema, name, rows, upper, lower)
        if progress is not None:
            progress(number + 1, len(tables))
