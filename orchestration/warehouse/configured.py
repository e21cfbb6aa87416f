"""Choose the engine that the settings name: the one place that asks which it is."""

from __future__ import annotations

from orchestration.core.settings import Settings
from orchestration.warehouse.on_duckdb import DuckDBWarehouse
from orchestration.warehouse.on_postgres import PostgresWarehouse
from orchestration.warehouse.protocol import Warehouse

ENGINES: dict[str, type[Warehouse]] = {
    engine.name: engine for engine in (DuckDBWarehouse, PostgresWarehouse)
}


def warehouse_of(settings: Settings) -> Warehouse:
    """Return the warehouse that GRANARY_TARGET names, without opening it."""
    return ENGINES[settings.target](settings)
