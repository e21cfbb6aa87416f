"""Publish on a PostgreSQL server: the rows of the serving tables change in one transaction.

The tables stay: one statement over several of them sees one version, which names that change
hands could not promise, and whatever readers built on them stays too. What they built on a
table that has to be another one keeps that table as it was, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
from psycopg import sql

from orchestration.core.clock import utc_now
from orchestration.core.fault_points import reached
from orchestration.warehouse import postgres
from orchestration.warehouse.lock import hold_server
from orchestration.warehouse.protocol import Publication, Query, Relation

SERVING_PREFIX = "serving_"
# Whoever is granted this role may read what is published; it is used where there is one.
READER = "granary_reader"
PUBLICATION = (
    "create table if not exists {} "
    "(published_at timestamp not null, relation_count bigint not null)"
)

Server = psycopg.Connection[tuple[object, ...]]


def publish(relations: Sequence[Relation], check: Callable[[Query], None]) -> Publication:
    """See `Warehouse.publish`."""
    now = utc_now()
    with postgres.connect() as server:
        hold_server(lambda query: server.execute(query.encode()).fetchall())
        schemas = sorted({mart.schema for mart in relations} | {"governance"})
        with server.transaction():
            # One snapshot for the check and the copies: a build that starts now changes neither.
            server.execute("set transaction isolation level repeatable read")
            # What the server says depends on a table, it names with its schema.
            server.execute("set local search_path = ''")
            check(lambda query: server.execute(query.encode()).fetchall())
            for schema in schemas:
                server.execute(sql.SQL("create schema if not exists {}").format(_serving(schema)))
            held_back: list[str] = []
            rows = sum(_copy(server, mart, held_back) for mart in relations)
            _withdraw(server, relations, held_back)
            reached("marts copied")
            _record(server, now, len(relations))
            _grant(server, schemas)
        for mart in relations:
            # Without truncation vacuum takes no lock that a reader would notice.
            server.execute(
                sql.SQL("vacuum (analyze, truncate false) {}").format(_serving_table(mart))
            )
    return Publication(
        "PostgreSQL schemas serving_*", now, len(relations), rows, held_back=held_back
    )


def _copy(server: Server, mart: Relation, held_back: list[str]) -> int:
    reached("mart next")
    source, target = sql.Identifier(mart.schema, mart.name), _serving_table(mart)
    if _columns(server, target) == _columns(server, source):
        server.execute(sql.SQL("delete from {}").format(target))
    else:
        # New, or its columns have changed: only then does a publication wait for readers.
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
            return 0
    for statement in _descriptions(server, source, target):
        server.execute(statement)
    return server.execute(
        sql.SQL("insert into {} select * from {}").format(target, source)
    ).rowcount


def _columns(server: Server, table: sql.Identifier) -> list[tuple[object, ...]]:
    """Names and types in order; none where the table does not exist."""
    return server.execute(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum",
        [table.as_string(server)],
    ).fetchall()


def _descriptions(
    server: Server, source: sql.Identifier, target: sql.Identifier
) -> list[sql.Composed]:
    """Comments that a serving table and its columns lack."""
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


def _withdraw(server: Server, relations: Sequence[Relation], held_back: list[str]) -> None:
    """Take away what was served and is in the project no more.

    That is a table of a serving schema that bears the name of a model which was once built, or of
    a table of the warehouse. What readers have built on keeps it from going: it is empty then.
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
    """What to do; the server names what depends on a table, and no value."""
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
    """Let the role of readers, where there is one, read the serving schemas."""
    if not server.execute("select 1 from pg_roles where rolname = %s", [READER]).fetchone():
        return
    for schema in map(_serving, schemas):
        for right in ("usage on schema {}", "select on all tables in schema {}"):
            server.execute(sql.SQL(f"grant {right} to {{}}").format(schema, sql.Identifier(READER)))


def _serving(schema: str) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + schema)


def _serving_table(mart: Relation) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + mart.schema, mart.name)
