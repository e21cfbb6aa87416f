"""Publish the marts: readers see the whole new version or the whole old one, and never wait.

DuckDB: a new serving file is written beside and renamed over the old one; it is read-only also for
the file system, because what a reader writes into it would be lost. PostgreSQL: the rows of the
serving tables are replaced in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import psycopg
from psycopg import sql

from orchestration import postgres
from orchestration.duckdb_files import check_room, engine_in, written_anew
from orchestration.engine import literal
from orchestration.errors import PublishRefused, WarehouseError
from orchestration.lock import exclusive, hold_server
from orchestration.serving.gate import Mart, check, read_manifest
from orchestration.serving.gate import published as published_relations
from orchestration.settings import Settings
from orchestration.stages import stage

SERVING_PREFIX = "serving_"
PUBLICATION_TABLE = "governance.publication"
PUBLICATION = "create table {} (published_at timestamp not null, relation_count bigint not null)"


@dataclass(frozen=True)
class Publication:
    """One published version."""

    location: str
    published_at: datetime
    relations: int
    rows: int


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
    manifest = read_manifest(settings.target_path)
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
        except duckdb.Error:
            raise WarehouseError(
                f"{settings.warehouse} is in use by another process; try again when it has ended"
            ) from None
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
    hands could not promise, and whatever readers built on them stays too.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    with postgres.connect() as server:
        hold_server(lambda query: server.execute(query.encode()).fetchall())
        schemas = sorted({mart.schema for mart in relations} | {"governance"})
        with server.transaction():
            # One snapshot for the check and the copies: a build that starts now changes neither.
            server.execute("set transaction isolation level repeatable read")
            check(lambda q: list(server.execute(q).fetchall()), manifest)
            for schema in schemas:
                server.execute(sql.SQL("create schema if not exists {}").format(_serving(schema)))
            rows = sum(_copy_postgres(server, mart) for mart in relations)
            _record_postgres(server, now, len(relations))
            _grant(server, schemas)
        for mart in relations:
            # Without truncation vacuum takes no lock that a reader would notice.
            server.execute(
                sql.SQL("vacuum (analyze, truncate false) {}").format(_serving_table(mart))
            )
    return Publication("PostgreSQL schemas serving_*", now, len(relations), rows)


def _copy_postgres(server: psycopg.Connection[tuple[object, ...]], mart: Mart) -> int:
    source, target = sql.Identifier(mart.schema, mart.name), _serving_table(mart)
    if _columns(server, SERVING_PREFIX + mart.schema, mart.name) == _columns(
        server, mart.schema, mart.name
    ):
        server.execute(sql.SQL("delete from {}").format(target))
    else:
        # New, or its columns have changed: only then does a publication wait for readers.
        server.execute(sql.SQL("drop table if exists {}").format(target))
        server.execute(sql.SQL("create table {} (like {} including all)").format(target, source))
    described = server.execute(
        "select obj_description(to_regclass(%s))", [source.as_string(server)]
    ).fetchone()
    # LIKE takes the columns' comments along, not the table's.
    comment = sql.Literal(described[0] if described else None)
    server.execute(sql.SQL("comment on table {} is {}").format(target, comment))
    return server.execute(
        sql.SQL("insert into {} select * from {}").format(target, source)
    ).rowcount


def _columns(
    server: psycopg.Connection[tuple[object, ...]], schema: str, name: str
) -> list[tuple[object, ...]]:
    """Names, types and comments in order; none where the table does not exist."""
    return server.execute(
        "select attname, format_type(atttypid, atttypmod), attnotnull, "
        "col_description(attrelid, attnum) from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum",
        [sql.Identifier(schema, name).as_string(server)],
    ).fetchall()


def _record_postgres(
    server: psycopg.Connection[tuple[object, ...]], now: datetime, relations: int
) -> None:
    table = sql.SQL("{}.publication").format(_serving("governance"))
    server.execute(sql.SQL(PUBLICATION.replace("table", "table if not exists")).format(table))
    server.execute(sql.SQL("delete from {}").format(table))
    server.execute(sql.SQL("insert into {} values (%s, %s)").format(table), [now, relations])


def _grant(server: psycopg.Connection[tuple[object, ...]], schemas: list[str]) -> None:
    """Let the role `granary_reader`, where there is one, read the serving schemas."""
    if not server.execute("select 1 from pg_roles where rolname = 'granary_reader'").fetchone():
        return
    for schema in map(_serving, schemas):
        server.execute(sql.SQL("grant usage on schema {} to granary_reader").format(schema))
        server.execute(
            sql.SQL("grant select on all tables in schema {} to granary_reader").format(schema)
        )


def _serving(schema: str) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + schema)


def _serving_table(mart: Mart) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + mart.schema, mart.name)
