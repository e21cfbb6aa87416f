"""Publish on PostgreSQL: replace the days that differ in serving tables, in one transaction.

The tables themselves stay. Renaming new tables over them would let one statement mix two versions,
and would break views that readers have built. A table whose columns change must be recreated; if a
reader's view depends on it, that one table keeps its old version.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from orchestration.core.clock import utc_now
from orchestration.core.fault_points import reached
from orchestration.warehouse import postgres
from orchestration.warehouse.lock import hold_server
from orchestration.warehouse.protocol import Publication, Query, Relation

SERVING_PREFIX = "serving_"
# Role that may read the serving schemas. It is optional: rights are granted where it exists.
READER = "granary_reader"
PUBLICATION = (
    "create table if not exists {} "
    "(published_at timestamp not null, relation_count bigint not null)"
)

Server = psycopg.Connection[tuple[object, ...]]


def publish(
    relations: Mapping[Relation, str | None], check: Callable[[Query], None]
) -> Publication:
    """See `Warehouse.publish`."""
    now = utc_now()
    with postgres.connect() as server:
        hold_server(lambda query: server.execute(query.encode()).fetchall())
        schemas = sorted({mart.schema for mart in relations} | {"governance"})
        with server.transaction():
            # One snapshot for the gate and the copies: a build that commits meanwhile is not seen.
            server.execute("set transaction isolation level repeatable read")
            # With an empty search_path, errors name dependent objects with their schema.
            server.execute("set local search_path = ''")
            check(lambda query: server.execute(query.encode()).fetchall())
            for schema in schemas:
                server.execute(sql.SQL("create schema if not exists {}").format(_serving(schema)))
            held_back: list[str] = []
            copied = [_copy(server, mart, column, held_back) for mart, column in relations.items()]
            _withdraw(server, relations, held_back)
            reached("marts copied")
            _record(server, now, len(relations))
            _grant(server, schemas)
        for mart, copy in zip(relations, copied, strict=True):
            if copy.is_changed:
                # Truncating the file needs an exclusive lock, for which readers would have to wait.
                server.execute(
                    sql.SQL("vacuum (analyze, truncate false) {}").format(_serving_table(mart))
                )
    return Publication(
        "PostgreSQL schemas serving_*",
        now,
        len(relations),
        sum(copy.rows for copy in copied),
        rows_written=sum(copy.written for copy in copied),
        held_back=held_back,
    )


@dataclass(frozen=True)
class _Copy:
    """Rows of a serving table, how many were written, and whether any were written or deleted."""

    rows: int
    written: int
    is_changed: bool


def _copy(server: Server, mart: Relation, column: str | None, held_back: list[str]) -> _Copy:
    reached("mart next")
    source, target = sql.Identifier(mart.schema, mart.name), _serving_table(mart)
    expected = _day_sums(server, source, column)
    if _columns(server, target) == _columns(server, source):
        days = {day for day, *_ in {*expected} ^ {*_day_sums(server, target, column)}}
        where = _on_days(column, days)
        if days:
            server.execute(sql.SQL("delete from {} where {}").format(target, where))
        is_changed = bool(days)
    else:
        # Dropping a table waits for readers; deleting does not.
        where, is_changed = sql.SQL("true"), True
        try:
            with server.transaction():
                server.execute(sql.SQL("drop table if exists {}").format(target))
                server.execute(
                    sql.SQL("create table {} (like {} including all)").format(target, source)
                )
        except psycopg.errors.DependentObjectsStillExist as error:
            held_back.append(
                _held_back(error, mart, "is served as it was, for its columns changed")
            )
            return _Copy(0, 0, False)
    for statement in _descriptions(server, source, target):
        server.execute(statement)
    written = 0
    if is_changed:
        insert = sql.SQL("insert into {} select * from {} where {}")
        written = server.execute(insert.format(target, source, where)).rowcount
    return _Copy(sum(rows for _, rows, _ in expected), written, is_changed)


def _day_sums(
    server: Server, table: sql.Identifier, column: str | None
) -> list[tuple[date | None, int, int]]:
    """Return (day, rows, sum of the hashes of their text); without a column, all rows at once."""
    day = sql.SQL("null") if column is None else sql.Identifier(column)
    query = sql.SQL(
        "select cast({} as date), count(*), sum(hashtextextended(t::text, 0)) "
        "from {} as t group by 1"
    ).format(day, table)
    found: list[tuple[Any, ...]] = server.execute(query).fetchall()
    return [(day, int(rows), int(hashes)) for day, rows, hashes in found if rows]


def _on_days(column: str | None, days: set[date | None]) -> sql.Composable:
    """The condition for rows of these days."""
    if column is None:
        return sql.SQL("true")
    return sql.SQL("(cast({0} as date) = any({1}::date[]) or ({0} is null and {2}))").format(
        sql.Identifier(column), [day for day in days if day is not None], None in days
    )


def _columns(server: Server, table: sql.Identifier) -> list[tuple[object, ...]]:
    """Return (name, type, not null) of a table's columns in order; empty if it does not exist."""
    return server.execute(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum",
        [table.as_string(server)],
    ).fetchall()


def _descriptions(
    server: Server, source: sql.Identifier, target: sql.Identifier
) -> list[sql.Composed]:
    """Return statements for the comments in which a serving table differs from its mart."""
    found = server.execute(
        "with described as ("
        "select attrelid, attname, col_description(attrelid, attnum) as said from pg_attribute "
        "where attnum > 0 and not attisdropped "
        "union all select oid, '', obj_description(oid, 'pg_class') from pg_class) "
        "select new.attname, new.said from described as new join described as old using (attname) "
        "where new.attrelid = to_regclass(%s) and old.attrelid = to_regclass(%s) "
        "and new.said is distinct from old.said",
        [source.as_string(server), target.as_string(server)],
    ).fetchall()
    return [
        sql.SQL("comment on column {}.{} is {}").format(target, sql.Identifier(str(name)), comment)
        if name else sql.SQL("comment on table {} is {}").format(target, comment)
        for name, comment in ((name, sql.Literal(comment)) for name, comment in found)
    ]  # fmt: skip


def _withdraw(server: Server, relations: Collection[Relation], held_back: list[str]) -> None:
    """Drop serving tables whose mart is no longer published.

    Only tables named like a model that was once built, or like a table of the warehouse, count: a
    serving schema may hold tables of others. A table that a reader's view depends on cannot be
    dropped; it is emptied instead.
    """
    served = server.execute(
        "select substr(schemaname, %(length)s), tablename from pg_tables as t "
        "where starts_with(schemaname, %(prefix)s) and ("
        "to_regclass(format('%%I.%%I', substr(schemaname, %(length)s), tablename)) is not null "
        "or exists (select 1 from governance.node_results as r "
        "where starts_with(r.unique_id, 'model.') "
        "and split_part(r.unique_id, '.', 3) = t.tablename)) order by 1, 2",
        {"prefix": SERVING_PREFIX, "length": len(SERVING_PREFIX) + 1},
    ).fetchall()
    for gone in sorted(
        {Relation(str(schema), str(name)) for schema, name in served} - {*relations}
    ):
        table = _serving_table(gone)
        try:
            with server.transaction():
                server.execute(sql.SQL("drop table {}").format(table))
        except psycopg.errors.DependentObjectsStillExist as error:
            server.execute(sql.SQL("delete from {}").format(table))
            held_back.append(_held_back(error, gone, "is withdrawn, and served empty"))


def _held_back(error: psycopg.Error, mart: Relation, how: str) -> str:
    """Return a message for a table that was held back; it names dependent objects, no values."""
    return (
        f"{SERVING_PREFIX}{mart} {how}: {postgres.depends_on(error)}. Drop that, run "
        "`granary publish`, and make it anew."
    )


def _record(server: Server, now: datetime, relations: int) -> None:
    table = sql.SQL("{}.publication").format(_serving("governance"))
    server.execute(sql.SQL(PUBLICATION).format(table))
    server.execute(sql.SQL("delete from {}").format(table))
    server.execute(sql.SQL("insert into {} values (%s, %s)").format(table), [now, relations])


def _grant(server: Server, schemas: list[str]) -> None:
    """Grant the serving schemas to the readers' role, if it exists."""
    if not server.execute("select 1 from pg_roles where rolname = %s", [READER]).fetchone():
        return
    for schema in map(_serving, schemas):
        for right in ("usage on schema {}", "select on all tables in schema {}"):
            server.execute(sql.SQL(f"grant {right} to {{}}").format(schema, sql.Identifier(READER)))


def _serving(schema: str) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + schema)


def _serving_table(mart: Relation) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + mart.schema, mart.name)
