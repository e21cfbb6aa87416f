"""Publish from DuckDB: write a new serving file and atomically rename it over the old one.

The file's permissions are read-only, too: whatever a reader wrote into it, the next publication
would discard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb

from orchestration.core.clock import utc_now
from orchestration.core.fault_points import reached
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.warehouse.duckdb import not_opened
from orchestration.warehouse.duckdb_files import check_room, engine_in, written_anew
from orchestration.warehouse.protocol import Publication, Query, Relation

PUBLICATION_TABLE = "governance.publication"
# The oldest storage format that DuckDB can write, so that readers' own tools can open the file.
READABLE = "storage_version 'v1.0.0'"
PUBLICATION = "create table {} (published_at timestamp not null, relation_count bigint not null)"


def publish(
    settings: Settings, relations: Sequence[Relation], check: Callable[[Query], None]
) -> Publication:
    """See `Warehouse.publish`. The caller holds the writer lock."""
    now = utc_now()
    names = set(map(str, relations))
    with engine_in(settings) as engine:
        try:
            engine.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
        except duckdb.Error as error:
            raise not_opened(settings.warehouse, error) from None
        engine.execute("use warehouse")
        check(lambda query: engine.execute(query).fetchall())
        check_room(settings.root, _bytes_of(engine, relations), "publishing")
        with written_anew(
            engine, settings.serving, "warehouse", names, {PUBLICATION_TABLE}, 0o400, READABLE
        ) as new:
            for schema in sorted({mart.schema for mart in relations} | {"governance"}):
                engine.execute(f'create schema {new}."{schema}"')
            rows = sum(_copy(engine, mart, new) for mart in relations)
            _copy_comments(engine, relations, new)
            engine.execute(PUBLICATION.format(f"{new}.{PUBLICATION_TABLE}"))
            engine.execute(
                f"insert into {new}.{PUBLICATION_TABLE} values (?, ?)", [now, len(relations)]
            )
    size = settings.serving.stat().st_size
    return Publication(str(settings.serving), now, len(relations), rows, size)


def _bytes_of(engine: duckdb.DuckDBPyConnection, relations: Sequence[Relation]) -> int:
    """Return the bytes of the warehouse's blocks that hold the relations."""
    blocks = " union all ".join(
        f"select block_id from pragma_storage_info({literal(mart)})" for mart in relations
    )
    [(size,)] = engine.execute(
        f"select count(distinct block_id) * (select block_size from pragma_database_size() "
        f"where database_name = 'warehouse') from ({blocks}) where block_id >= 0"
    ).fetchall()
    return int(size)


def _copy(engine: duckdb.DuckDBPyConnection, mart: Relation, new: str) -> int:
    reached("mart next")
    name = f'"{mart.schema}"."{mart.name}"'
    return int(engine.execute(f"create table {new}.{name} as from {name}").fetchall()[0][0])


def _copy_comments(
    engine: duckdb.DuckDBPyConnection, relations: Sequence[Relation], new: str
) -> None:
    described = "from {} where database_name = 'warehouse' and comment is not null"
    found = engine.execute(
        f"select schema_name, table_name, null, comment {described.format('duckdb_tables()')} "
        "union all select schema_name, table_name, column_name, comment "
        f"{described.format('duckdb_columns()')}"
    ).fetchall()
    engine.execute("begin")
    for schema, table, column, comment in found:
        if Relation(schema, table) in relations:
            name = f'{new}."{schema}"."{table}"'
            what = f'column {name}."{column}"' if column else f"table {name}"
            engine.execute(f"comment on {what} is {literal(comment)}")
    engine.execute("commit")
