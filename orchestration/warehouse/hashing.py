"""Checksum tables independently of the order of their rows.

Every row is hashed, and the hashes are added as integers, so that equal rows do not cancel out as
they would with XOR. A lost, added, doubled or altered row changes the sum.

The engine that holds the rows computes it: PostgreSQL from the MD5 of a row's text, DuckDB from its
own 64-bit hash, which is twenty times as fast but may change between versions of the engine; a
backup's manifest names the version. Checksums detect damage, not forgery; against that the manifest
is sealed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import psycopg
from psycopg import sql

from orchestration.core.sql import identifier, literal

# DuckDB's hash gives some different values of these types the same hash (-0.0 and 0.0, a month and
# thirty days), so they are hashed as text.
_AS_TEXT = ("FLOAT", "DOUBLE", "INTERVAL", "TIME WITH TIME ZONE")
_NESTED = ("STRUCT", "MAP", "UNION")
Count = Callable[[int, int], None]


@dataclass(frozen=True, order=True)
class TableContent:
    """Content of a table: its number of rows and two independent sums of their hashes."""

    schema: str
    name: str
    rows: int
    upper: int
    lower: int

    @property
    def relation(self) -> str:
        """The table as `schema.name`."""
        return f"{self.schema}.{self.name}"

    def digest(self, secret: bytes) -> str:
        """Return the HMAC-SHA-256 of the content under a backup's secret, hexadecimal.

        Without a secret, the content of a small table could be guessed by trying.
        """
        message = f"{self.schema}\0{self.name}\0{self.rows}\0{self.upper}\0{self.lower}"
        return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()


def duckdb_contents(
    engine: duckdb.DuckDBPyConnection, database: str, progress: Count | None = None
) -> list[TableContent]:
    """Checksum every table of an attached database, ordered by name.

    `progress` is called with the numbers of tables done and in all.
    """
    engine.execute("set timezone = 'UTC'")
    tables = _duckdb_tables(engine, database)
    found = []
    for number, (schema, name, names, types) in enumerate(tables):
        values = ", ".join(map(_duckdb_value, names, types))
        table = f"{identifier(database)}.{identifier(schema)}.{identifier(name)}"
        # Two sums of differently salted hashes: changes that cancel in one do not in the other.
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
    """Return (schema, name, columns, types) of every table, ordered by name."""
    # One query for all: DuckDB scans its whole catalog for the columns of a single table, too.
    tables: list[tuple[str, str, list[str], list[str]]] = engine.execute(
        "select t.schema_name, t.table_name, list(c.column_name order by c.column_index), "
        "list(c.data_type order by c.column_index) from duckdb_tables() as t "
        "join duckdb_columns() as c using (database_oid, table_oid) "
        "where t.database_name = $1 and not t.internal and not t.temporary "
        "group by all order by all",
        [database],
    ).fetchall()
    return tables


@dataclass(frozen=True)
class DaySums:
    """A table's columns, and by day the number of rows and the sum of their hashes.

    A table that no day divides has one entry, under None, as rows without a day have.
    """

    columns: tuple[tuple[str, str], ...]
    days: dict[date | None, tuple[int, int]]


def duckdb_sums(
    engine: duckdb.DuckDBPyConnection,
    database: str,
    day_columns: Mapping[str, str | None] | None = None,
    conditions: Mapping[str, str] | None = None,
) -> dict[str, DaySums]:
    """Sum up the rows of tables, by `schema.name`.

    This is for comparing two files on the spot. One query for all tables takes a third of the time
    of `duckdb_contents`.

    Args:
        day_columns: the tables, each with the column whose day divides it, if one does; by default
            all tables, undivided.
        conditions: by table, a condition in SQL that restricts its rows.
    """
    found: dict[str, DaySums] = {}
    queries = []
    for schema, name, names, types in _duckdb_tables(engine, database):
        relation = f"{schema}.{name}"
        if day_columns is not None and relation not in day_columns:
            continue
        found[relation] = DaySums(tuple(zip(names, types, strict=True)), {})
        values = ", ".join(map(_compared_value, names, types))
        table = f"{identifier(database)}.{identifier(schema)}.{identifier(name)}"
        column = (day_columns or {}).get(relation)
        queries.append(
            f"select {literal(relation)}, cast({identifier(column) if column else 'null'} as date) "
            f"as granary_day, count(*), sum(hash({values})) from {table} "
            f"where {(conditions or {}).get(relation, 'true')} group by granary_day"
        )
    if queries:
        for relation, day, rows, hashes in engine.execute(" union all ".join(queries)).fetchall():
            found[relation].days[day] = (int(rows), int(hashes))
    return found


def differing(engine: duckdb.DuckDBPyConnection, database: str, other: str) -> list[str]:
    """Name the tables that differ between two attached databases, or are in one of them alone."""
    one, two = duckdb_sums(engine, database), duckdb_sums(engine, other)
    return [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)]


def _duckdb_value(column: str, data_type: str) -> str:
    """Return the SQL expression that is hashed for a column."""
    name = identifier(column)
    if data_type.endswith("]") or data_type.startswith(_NESTED):
        return f"cast(to_json({name}) as varchar)"
    return f"cast({name} as varchar)" if data_type in _AS_TEXT else name


def _compared_value(column: str, data_type: str) -> str:
    """Return the SQL expression that is hashed for a column where no manifest keeps the hash."""
    if data_type in ("FLOAT", "DOUBLE"):
        # The sign tells -0.0 from 0.0 in a tenth of the time that their text takes.
        return f"{identifier(column)}, signbit({identifier(column)})"
    return _duckdb_value(column, data_type)


# Settings that decide how PostgreSQL writes values as text.
_POSTGRES_FORMS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
}
# Everything that stores rows; partitions count as part of their table.
POSTGRES_TABLES = (
    "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
    "where c.relkind in ('r', 'p', 'm') and not c.relispartition and c.relpersistence = 'p' "
    "and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_' "
    'order by n.nspname collate "C", c.relname collate "C"'
)


def postgres_contents(
    server: psycopg.Connection[tuple[object, ...]], progress: Count | None = None
) -> list[TableContent]:
    """Checksum every table of a connection's database, ordered by name, in its transaction."""
    for name, value in _POSTGRES_FORMS.items():
        server.execute("select set_config(%s, %s, false)", [name, value])
    tables = server.execute(POSTGRES_TABLES).fetchall()
    return list(_postgres_contents(server, [(str(s), str(t)) for s, t in tables], progress))


def _postgres_contents(
    server: psycopg.Connection[tuple[object, ...]],
    tables: list[tuple[str, str]],
    progress: Count | None,
) -> Iterator[TableContent]:
    # A row's text form tells NULL from '' and quotes where needed. Each half of the MD5 is cast to
    # a signed 64-bit integer.
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
