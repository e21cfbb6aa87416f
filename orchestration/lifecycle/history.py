"""Query raw rows by SQL, both those in the warehouse and those that have left it.

A query can only read rows: the engine reaches the warehouse (read-only) and the files of the tier
store, nothing else, and it runs one select without functions that could reach further.
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

# Table functions that read only their arguments or the catalog. All others are refused, since some
# read files.
HARMLESS = {
    "unnest", "range", "generate_series", "json_each", "json_tree", "duckdb_tables",
    "duckdb_columns", "duckdb_views",
}  # fmt: skip


def answer(
    engine: duckdb.DuckDBPyConnection, query: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one query over `history` and the warehouse; return column names and rows.

    Raises:
        QueryRefused: it is not a single select, it would do more than read tables, or it failed.
    """
    _check(engine, query)
    try:
        found = engine.execute(query)
        return [column[0] for column in found.description or []], found.fetchall()
    except duckdb.Error as error:
        raise QueryRefused(f"the query failed: {without_values(error)}") from None


def _check(engine: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuse anything but one select that reads tables, judged by DuckDB's own parse tree."""
    # This function parses without running, and serializes select statements only.
    [(text,)] = engine.execute("select json_serialize_sql($1::varchar)", [query]).fetchall()
    parsed = json.loads(text)
    if parsed["error"] and parsed["error_type"] == "parser":
        raise QueryRefused(f"the query cannot be read: {parsed['error_message']}")
    if parsed["error"] or len(parsed["statements"]) != 1:
        raise QueryRefused("history runs a single select and nothing else")
    for node in _nodes(parsed):
        if node.get("type") == "TABLE_FUNCTION":
            name = node["function"]["function_name"].lower()
            if name not in HARMLESS:
                raise QueryRefused(f"history does not run {name}(): name tables instead")
        # Behind the views is the attached server, which also holds tables that nobody may read.
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
    """Open DuckDB with a view `history.<table>` of the hot, warm and cold rows of each raw table.

    Each row has a column `_tier`. Cold rows are left out if their key is missing. Archived rows are
    always left out: `granary lifecycle recall` brings them back. The warehouse is opened read-only
    on either engine; a DuckDB file is closed to writers meanwhile. The engine cannot open another
    file or database, load an extension or change a setting.

    Raises:
        NotBuilt: there is no warehouse yet.
        WarehouseError: the warehouse cannot be read.
        KeyMissing: the key that is set does not open the cold rows.
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
    """Return the paths of tier files by relation and tier, with an entry for every raw table."""
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
    # By name: columns may have been added since a file was written.
    engine.execute(f"create view history.{table} as {' union all by name '.join(parts)}")


def _part(store: Store, tier: StoredTier, paths: list[str]) -> str:
    return f"select *, {literal(tier)} as _tier from {store.read(tier, paths)} as files"
