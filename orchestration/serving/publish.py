"""Publish the marts: readers see the whole new version or the whole old one, and never wait.

DuckDB: a new serving file is written beside and renamed over the old one; it is read-only also for
the file system, because what a reader writes into it would be lost. PostgreSQL: the rows of the
serving tables are replaced in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import psycopg
from psycopg import sql

from orchestration.core.errors import PublishRefused
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.serving.gate import Mart, check, read_manifest
from orchestration.serving.gate import published as published_relations
from orchestration.warehouse import postgres
from orchestration.warehouse.duckdb import not_opened
from orchestration.warehouse.duckdb_files import check_room, engine_in, written_anew
from orchestration.warehouse.lock import exclusive, hold_server
from orchestration.warehouse.stages import stage

SERVING_PREFIX = "serving_"
# Whoever is granted this role may read what is published; it is used where there is one.
READER = "granary_reader"
PUBLICATION_TABLE = "governance.publication"
PUBLICATION = "create table {} (published_at timestamp not null, relation_count bigint not null)"

Server = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Publication:
    """One published version.

    `held_back` says what to do about each serving table that could not be changed, because readers
    have built on it: they see it as it was, or empty where its mart is withdrawn.
    """

    location: str
    published_at: datetime
    relations: int
    rows: int
    held_back: list[str] = field(default_factory=list)


def publish(settings: Settings) -> Publication:
    """Publish the marts if the last build passed.

    Raises:
        PublishRefused: the gate is closed; the last good version stays.
        WarehouseError: the warehouse cannot be reached, or the disk is full.
    """
    with stage(settings, "publish") as noted:
        published = _publish(settings)
        noted.records_out = published.rows
        if settings.target == "duckdb":
            noted.size_bytes = settings.serving.stat().st_size
    return published


def _publish(settings: Settings) -> Publication:
    manifest = read_manifest(settings)
    if settings.target == "postgres":
        return _publish_postgres(published_relations(manifest), manifest)
    if not settings.warehouse.exists():
        raise PublishRefused("nothing is built yet: run `granary build` first")
    with exclusive(settings):
        return _publish_duckdb(settings, manifest)


def _publish_duckdb(settings: Settings, manifest: dict[str, object]) -> Publication:
    now = datetime.now(UTC).replace(tzinfo=None)
    relations = published_relations(manifest)
    names = {f"{mart.schema}.{mart.name}" for mart in relations}
    with engine_in(settings) as engine:
        try:
            engine.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
        except duckdb.Error as error:
            raise not_opened(settings.warehouse, error) from None
        engine.execute("use warehouse")
        check(lambda q: engine.execute(q).fetchall(), manifest)
        check_room(settings.root, _bytes_of(engine, relations), "publishing")
        with written_anew(
            engine, settings.serving, "warehouse", names, {PUBLICATION_TABLE}, 0o400
        ) as new:
            for schema in sorted({mart.schema for mart in relations} | {"governance"}):
                engine.execute(f'create schema {new}."{schema}"')
            rows = sum(_copy_duckdb(engine, mart, new) for mart in relations)
            _copy_comments(engine, relations, new)
            engine.execute(PUBLICATION.format(f"{new}.{PUBLICATION_TABLE}"))
            engine.execute(
                f"insert into {new}.{PUBLICATION_TABLE} values (?, ?)", [now, len(relations)]
            )
    return Publication(str(settings.serving), now, len(relations), rows)


def _bytes_of(engine: duckdb.DuckDBPyConnection, relations: list[Mart]) -> int:
    """Bytes of the blocks that relations of the warehouse are in."""
    blocks = " union all ".join(
        f"select block_id from pragma_storage_info({literal(f'{mart.schema}.{mart.name}')})"
        for mart in relations
    )
    [(size,)] = engine.execute(
        f"select count(distinct block_id) * (select block_size from pragma_database_size() "
        f"where database_name = 'warehouse') from ({blocks}) where block_id >= 0"
    ).fetchall()
    return int(size)


def _copy_duckdb(engine: duckdb.DuckDBPyConnection, mart: Mart, new: str) -> int:
    name = f'"{mart.schema}"."{mart.name}"'
    return int(engine.execute(f"create table {new}.{name} as from {name}").fetchall()[0][0])


def _copy_comments(engine: duckdb.DuckDBPyConnection, relations: list[Mart], new: str) -> None:
    described = "from {} where database_name = 'warehouse' and comment is not null"
    found = engine.execute(
        f"select schema_name, table_name, null, comment {described.format('duckdb_tables()')} "
        "union all select schema_name, table_name, column_name, comment "
        f"{described.format('duckdb_columns()')}"
    ).fetchall()
    engine.execute("begin")
    for schema, table, column, comment in found:
        if Mart(schema, table) in relations:
            name = f'{new}."{schema}"."{table}"'
            what = f'column {name}."{column}"' if column else f"table {name}"
            engine.execute(f"comment on {what} is {literal(comment)}")
    engine.execute("commit")


def _publish_postgres(relations: list[Mart], manifest: dict[str, object]) -> Publication:
    """Replace the rows of the serving tables in one transaction.

    The tables stay: one statement over several of them sees one version, which names that change
    hands could not promise, and whatever readers built on them stays too. What they built on a
    table that has to be another one keeps that table as it was, and no other.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    with postgres.connect() as server:
        hold_server(lambda query: server.execute(query.encode()).fetchall())
        schemas = sorted({mart.schema for mart in relations} | {"governance"})
        with server.transaction():
            # One snapshot for the check and the copies: a build that starts now changes neither.
            server.execute("set transaction isolation level repeatable read")
            # What the server says depends on a table, it names with its schema.
            server.execute("set local search_path = ''")
            check(lambda q: list(server.execute(q).fetchall()), manifest)
            for schema in schemas:
                server.execute(sql.SQL("create schema if not exists {}").format(_serving(schema)))
            held_back: list[str] = []
            rows = sum(_copy_postgres(server, mart, held_back) for mart in relations)
            _withdraw(server, relations, held_back)
            _record_postgres(server, now, len(relations))
            _grant(server, schemas)
        for mart in relations:
            # Without truncation vacuum takes no lock that a reader would notice.
            server.execute(
                sql.SQL("vacuum (analyze, truncate false) {}").format(_serving_table(mart))
            )
    return Publication("PostgreSQL schemas serving_*", now, len(relations), rows, held_back)


def _copy_postgres(server: Server, mart: Mart, held_back: list[str]) -> int:
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


def _withdraw(server: Server, relations: list[Mart], held_back: list[str]) -> None:
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
    for gone in sorted({Mart(str(schema), str(name)) for schema, name in served} - {*relations}):
        table = _serving_table(gone)
        try:
            with server.transaction():
                server.execute(sql.SQL("drop table {}").format(table))
        except psycopg.errors.DependentObjectsStillExist as error:
            server.execute(sql.SQL("delete from {}").format(table))
            held_back.append(_held_back(error, gone, "is withdrawn, and served empty"))


def _held_back(error: psycopg.Error, mart: Mart, how: str) -> str:
    """What to do; the server names what depends on a table, and no value."""
    depends = ", ".join((error.diag.message_detail or "something depends on it").splitlines())
    return (
        f"{SERVING_PREFIX}{mart.schema}.{mart.name} {how}: {depends}. Drop that, run "
        "`granary publish`, and make it anew."
    )


def _record_postgres(server: Server, now: datetime, relations: int) -> None:
    table = sql.SQL("{}.publication").format(_serving("governance"))
    server.execute(sql.SQL(PUBLICATION.replace("table", "table if not exists")).format(table))
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


def _serving_table(mart: Mart) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + mart.schema, mart.name)
