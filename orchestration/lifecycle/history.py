"""Reading by SQL what has left the warehouse, together with what is still in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb

from orchestration.duckdb_files import engine_in
from orchestration.engine import literal
from orchestration.errors import WarehouseError
from orchestration.lifecycle.layout import StoredTier
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.warehouse import attach_warehouse
from orchestration.lock import exclusive
from orchestration.settings import Settings


@contextlib.contextmanager
def open_history(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with a view `history.<table>` for each raw table: hot, warm and cold rows.

    Each row has a column `_tier`. Cold rows are left out where their key is not there, archived
    ones always: `granary lifecycle recall` brings them back. The warehouse is only read, whichever
    engine holds it; a DuckDB file stays closed to writers meanwhile.

    Raises:
        WarehouseError: the warehouse cannot be read.
        KeyMissing: cold rows do not open with the key that is there.
    """
    alone = exclusive(settings) if settings.target == "duckdb" else contextlib.nullcontext()
    with alone, engine_in(settings) as engine:
        try:
            attach_warehouse(engine, settings)
        except duckdb.Error:
            raise WarehouseError(
                "the warehouse cannot be opened: is something else writing to it?"
            ) from None
        files_of = _files(engine)
        cold = [path for tiers in files_of.values() for path in tiers.get("cold", ())]
        store = Store(settings, engine, cold)
        engine.execute("create schema history")
        for relation, files in files_of.items():
            _create_view(engine, store, relation, files)
        yield engine


def _files(engine: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[str]]]:
    """Paths by tier of every raw table."""
    found: dict[str, dict[str, list[str]]] = {
        f"raw.{table}": {}
        for (table,) in engine.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'warehouse' and schema_name = 'raw'"
        ).fetchall()
    }
    for relation, tier, path in engine.execute(
        "select relation, tier, path from warehouse.governance.tier_files order by path"
    ).fetchall():
        found.setdefault(relation, {}).setdefault(tier, []).append(path)
    return found


def _create_view(
    engine: duckdb.DuckDBPyConnection, store: Store, relation: str, files: dict[str, list[str]]
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
