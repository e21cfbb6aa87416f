"""What a table holds, as a number that does not depend on the order of its rows.

Every row is written as one text that no other row has, with its columns in the table's order, and
hashed with MD5; the two halves of the hashes are added up as whole numbers. A row that is lost,
added, doubled or changed changes the sums. Both engines compute them where the rows are. The sums
find damage, they do not resist forgery: that is what the sealed manifest is for.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb
import psycopg
from psycopg import sql

# Values of these types are written without a comma or a colon, so a comma ends them.
_PLAIN = {
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DATE", "UUID"),
}
_NESTED = ("STRUCT", "MAP", "UNION")
Count = Callable[[int, int], None]


@dataclass(frozen=True, order=True)
class TableContent:
    """Rows of a table and the two sums over their hashes."""

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
    tables: list[tuple[str, str]] = engine.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = $1 "
        "and not internal and not temporary order by all",
        [database],
    ).fetchall()
    found = []
    for number, (schema, name) in enumerate(tables):
        columns: list[tuple[str, str]] = engine.execute(
            "select column_name, data_type from duckdb_columns() where database_name = $1 "
            "and schema_name = $2 and table_name = $3 order by column_index",
            [database, schema, name],
        ).fetchall()
        text = ", ".join(_duckdb_text(column, data_type) for column, data_type in columns)
        table = f"{_quoted(database)}.{_quoted(schema)}.{_quoted(name)}"
        [(rows, upper, lower)] = engine.execute(
            "select count(*), coalesce(sum(md5_number_upper(line)), 0), "
            f"coalesce(sum(md5_number_lower(line)), 0) from (select concat({text}) as line "
            f"from {table})"
        ).fetchall()
        found.append(TableContent(schema, name, int(rows), int(upper), int(lower)))
        if progress is not None:
            progress(number + 1, len(tables))
    return found


def _duckdb_text(column: str, data_type: str) -> str:
    """SQL for a column's value as a text that cannot run into the next one; NULL is no value."""
    name = _quoted(column)
    if data_type in _PLAIN or data_type.startswith("DECIMAL"):
        return f"coalesce(cast({name} as varchar) || ',', '~')"
    if data_type == "TIMESTAMP":
        # Whole microseconds, but for the two infinities; the text costs five times as much.
        value = f"if(isfinite({name}), epoch_us({name})::varchar, {name}::varchar)"
        return f"coalesce({value} || ',', '~')"
    if data_type == "BLOB":
        value = f"hex({name})"
    elif data_type.endswith("]") or data_type.startswith(_NESTED):
        value = f"cast(to_json({name}) as varchar)"
    else:
        value = f"cast({name} as varchar)"
    return f"coalesce(strlen({value}) || ':' || {value}, '~')"


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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
