"""Checksum tables on PostgreSQL, by the MD5 of each row's text."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from orchestration.warehouse.hashing import Count, TableContent

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
