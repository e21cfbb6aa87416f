"""Reading by SQL what has left the warehouse, together with what is still in it.

Whoever asks gets no more than rows: the engine reaches nothing but the warehouse, read-only, and
the tier store's files, and runs one query that calls no function which reaches further.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import duckdb

from orchestration.core.errors import without_values
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.lifecycle.errors import NOTHING_LOADED, NotBuilt, QueryRefused
from orchestration.lifecycle.layout import StoredTier
from orchestration.lifecycle.store import Store
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.duckdb import shut_in
from orchestration.warehouse.duckdb_files import engine_in
from orchestration.warehouse.on_postgres import SERVER

# Functions in place of a table that read nothing but what they are given, and the list of tables.
HARMLESS = {
    "unnest", "range", "generate_series", "json_each", "json_tree", "duckdb_tables",
    "duckdb_columns", "duckdb_views",
}  # fmt: skip


def answer(
    engine: duckdb.DuckDBPyConnection, query: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of columns, and rows, of one query over `history` and the warehouse.

    Raises:
        QueryRefused: it is no query, or would do more than read; or it failed.
    """
    _check(engine, query)
    try:
        found = engine.execute(query)
        return [column[0] for column in found.description or []], found.fetchall()
    except duckdb.Error as error:
        raise QueryRefused(f"the query failed: {without_values(error)}") from None


def _check(engine: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuse what is more than one query that reads tables, as DuckDB itself understands it."""
    [(text,)] = engine.execute("select json_serialize_sql($1::varchar)", [query]).fetchall()
    parsed = json.loads(text)
    if parsed["error"] and parsed["error_type"] == "parser":
        raise QueryRefused(f"the query cannot be read: {parsed['error_message']}")
    if parsed["error"] or len(parsed["statements"]) != 1:
        raise QueryRefused("history answers one select, and runs nothing else")
    for node in _nodes(parsed):
        if node.get("type") == "TABLE_FUNCTION":
            name = node["function"]["function_name"].lower()
            if name not in HARMLESS:
                raise QueryRefused(f"history does not run {name}(): name tables instead")
        elif node.get("type") == "BASE_TABLE" and SERVER in (
            node["catalog_name"].lower(),
            node["schema_name"].lower(),
        ):
            raise QueryRefused("history reads history.<table> and warehouse.<schema>.<table>")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        waiting += (
            node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        )


@contextlib.contextmanager
def open_history(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with a view `history.<table>` for each raw table: hot, warm and cold rows.

    Each row has a column `_tier`. Cold rows are left out where their key is not there, archived
    ones always: `granary lifecycle recall` brings them back. The warehouse is only read, whichever
    engine holds it; a DuckDB file stays closed to writers meanwhile. The engine opens no other file
    and no other database, loads no extension and keeps its settings.

    Raises:
        NotBuilt: there is none yet.
        WarehouseError: the warehouse cannot be read.
        KeyMissing: cold rows do not open with the key that is there.
    """
    warehouse = warehouse_of(settings)
    if not warehouse.exists():
        raise NotBuilt(NOTHING_LOADED)
    with engine_in(settings) as engine, warehouse.attach_to_read(engine):
        if not engine.execute(
            "select 1 from information_schema.tables where table_catalog = 'warehouse' "
            "and table_schema = 'governance' and table_name = 'tier_files'"
        ).fetchall():
            raise NotBuilt(NOTHING_LOADED)
        files_of = _files(engine)
        cold = [path for tiers in files_of.values() for path in tiers.get("cold", ())]
        store = Store(settings, engine, cold)
        engine.execute("create schema history")
        for relation, files in files_of.items():
            _create_view(engine, store, relation, files)
        listed = (path for tiers in files_of.values() for paths in tiers.values() for path in paths)
        shut_in(engine, [settings.tiers / path for path in listed])
        yield engine


def _files(engine: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[str]]]:
    """Paths by tier of every raw table."""
    found: dict[str, dict[str, list[str]]] = {
        f"raw.{table}": {}
        for (table,) in engine.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'warehouse' and table_schema = 'raw'"
        ).fetchall()
    }
    for relation, tier, path in engine.execute(
        "select relation, tier, path from warehouse.governance.tier_files order by path"
    ).fetchall():
        found.setdefault(relation, {}).setdefault(tier, []).append(path)
    return found


def _create_view(
    engine: duckdb.DuckDBPyConnection,
    store: Store,
    relation: str,
    files: dict[str, list[str]],
) -> None:
    parts = [f"select *, 'hot' as _tier from warehouse.{relation}"]
    if "warm" in files:
        parts.append(_part(store, "warm", files["warm"]))
    if "cold" in files and store.has_cold_key():
        parts.append(_part(store, "cold", files["cold"]))
    table = relation.split(".")[1]
    engine.execute(f"create view history.{table} as {' union all by name '.join(parts)}")


def _part(store: Store, tier: StoredTier, paths: list[str]) -> str:
    return f"select *, {literal(tier)} as _tier from {store.read(tier, paths)} as files"
