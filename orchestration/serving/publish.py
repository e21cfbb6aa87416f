"""Publish the marts: readers see the whole new version or the whole old one, and never wait.

DuckDB: a new serving file is written beside and renamed over the old one. PostgreSQL: the marts are
copied into new schemas, which take the names of the old ones in one transaction.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from orchestration.dbt.run import exclusive
from orchestration.errors import PublishRefused, WarehouseError
from orchestration.serving.gate import Mart, check, marts, read_manifest
from orchestration.settings import Settings

SERVING_PREFIX = "serving_"
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
        WarehouseError: the warehouse cannot be reached.
    """
    manifest = read_manifest(settings.target_path)
    if settings.target == "postgres":
        return _publish_postgres(manifest_marts=marts(manifest), manifest=manifest)
    if not settings.warehouse.exists():
        raise PublishRefused("nothing is built yet: run `granary build` first")
    with exclusive(settings):
        return _publish_duckdb(settings, manifest)


def _publish_duckdb(settings: Settings, manifest: dict[str, object]) -> Publication:
    _remove_leftovers(settings.serving)
    beside = settings.serving.with_name(f"{settings.serving.name}.{uuid.uuid4().hex}.tmp")
    engine = duckdb.connect()
    try:
        engine.execute(f"attach '{_escaped(settings.warehouse)}' as warehouse (read_only)")
    except duckdb.Error:
        raise WarehouseError(
            f"{settings.warehouse} is in use by another process; try again when it has ended"
        ) from None
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = 0
    relations = marts(manifest)
    try:
        with engine:
            engine.execute("use warehouse")
            check(lambda q: engine.execute(q).fetchall(), manifest)
            engine.execute(f"attach '{_escaped(beside)}' as serving")
            for schema in sorted({mart.schema for mart in relations} | {"governance"}):
                engine.execute(f'create schema serving."{schema}"')
            for mart in relations:
                rows += _copy_duckdb(engine, mart)
            engine.execute(PUBLICATION.format("serving.governance.publication"))
            engine.execute(
                "insert into serving.governance.publication values (?, ?)", [now, len(relations)]
            )
            engine.execute("detach serving")
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, settings.serving)
    finally:
        for leftover in (beside, beside.with_name(beside.name + ".wal")):
            leftover.unlink(missing_ok=True)
    return Publication(str(settings.serving), now, len(relations), rows)


def _copy_duckdb(engine: duckdb.DuckDBPyConnection, mart: Mart) -> int:
    name = f'"{mart.schema}"."{mart.name}"'
    rows = engine.execute(f"create table serving.{name} as from {name}").fetchall()[0][0]
    of_mart = (
        "where database_name = 'warehouse' and schema_name = $1 and table_name = $2 "
        "and comment is not null"
    )
    described = engine.execute(
        f"select null, comment from duckdb_tables() {of_mart} union all "
        f"select column_name, comment from duckdb_columns() {of_mart}",
        [mart.schema, mart.name],
    ).fetchall()
    for column, comment in described:
        what = f'column serving.{name}."{column}"' if column else f"table serving.{name}"
        engine.execute(f"comment on {what} is '{_escaped(comment)}'")
    return int(rows)


def _remove_leftovers(serving: Path) -> None:
    """Files of a publish that was killed; the writer lock is held, so none is in use."""
    for path in serving.parent.glob(f"{serving.name}.*.tmp*"):
        path.unlink(missing_ok=True)


def _publish_postgres(manifest_marts: list[Mart], manifest: dict[str, object]) -> Publication:
    try:
        server = psycopg.connect(autocommit=True)
    except psycopg.OperationalError:
        raise WarehouseError("cannot connect to PostgreSQL: check PGHOST, PGPORT, PGUSER") from None
    now = datetime.now(UTC).replace(tzinfo=None)
    with server:
        server.execute("select pg_advisory_lock(hashtext('granary publish'))")
        _drop_retired(server)
        schemas = sorted({mart.schema for mart in manifest_marts} | {"governance"})
        with server.transaction():
            # One snapshot for the check and the copies: a build that starts now changes neither.
            server.execute("set transaction isolation level repeatable read")
            check(lambda q: list(server.execute(q).fetchall()), manifest)
            for schema in schemas:
                server.execute(sql.SQL("create schema {}").format(_next(schema)))
            rows = sum(_copy_postgres(server, mart) for mart in manifest_marts)
            server.execute(
                sql.SQL(PUBLICATION).format(sql.SQL("{}.publication").format(_next("governance")))
            )
            server.execute(
                sql.SQL("insert into {}.publication values (%s, %s)").format(_next("governance")),
                [now, len(manifest_marts)],
            )
            _swap(server, schemas)
        _drop_retired(server)
    return Publication("PostgreSQL schemas serving_*", now, len(manifest_marts), rows)


def _copy_postgres(server: psycopg.Connection[tuple[object, ...]], mart: Mart) -> int:
    source = sql.Identifier(mart.schema, mart.name)
    target = sql.SQL("{}.{}").format(_next(mart.schema), sql.Identifier(mart.name))
    server.execute(sql.SQL("create table {} (like {} including all)").format(target, source))
    described = server.execute(
        "select obj_description(to_regclass(%s))", [source.as_string(server)]
    ).fetchone()
    if described and described[0]:
        # LIKE takes the columns' comments along, not the table's.
        server.execute(
            sql.SQL("comment on table {} is {}").format(target, sql.Literal(described[0]))
        )
    return server.execute(
        sql.SQL("insert into {} select * from {}").format(target, source)
    ).rowcount


def _swap(server: psycopg.Connection[tuple[object, ...]], schemas: list[str]) -> None:
    """Give the new schemas the names of the old. Renaming locks no table: readers go on."""
    retired = uuid.uuid4().hex[:12]
    for schema in schemas:
        serving = sql.Identifier(SERVING_PREFIX + schema)
        if server.execute(
            "select 1 from pg_namespace where nspname = %s", [SERVING_PREFIX + schema]
        ).fetchone():
            old = sql.Identifier(f"retired_{retired}_{schema}")
            server.execute(sql.SQL("alter schema {} rename to {}").format(serving, old))
        server.execute(sql.SQL("alter schema {} rename to {}").format(_next(schema), serving))
        for role in _readers(server):
            server.execute(
                sql.SQL("grant usage on schema {} to {}").format(serving, sql.Identifier(role))
            )
            server.execute(
                sql.SQL("grant select on all tables in schema {} to {}").format(
                    serving, sql.Identifier(role)
                )
            )


def _readers(server: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    rows = server.execute("select rolname from pg_roles where rolname = 'granary_reader'")
    return [str(row[0]) for row in rows.fetchall()]


def _drop_retired(server: psycopg.Connection[tuple[object, ...]]) -> None:
    """Drop versions no reader uses any more; one still in use stays for the next publish."""
    rows = server.execute(
        r"select nspname from pg_namespace where nspname like 'retired\_%'"
        r" or nspname like 'next\_serving\_%'"
    ).fetchall()
    for (name,) in rows:
        try:
            with server.transaction():
                server.execute("set local lock_timeout = '500ms'")
                server.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(str(name))))
        except psycopg.errors.LockNotAvailable:
            continue


def _next(schema: str) -> sql.Identifier:
    return sql.Identifier(f"next_{SERVING_PREFIX}{schema}")


def _escaped(text: object) -> str:
    return str(text).replace("'", "''")
