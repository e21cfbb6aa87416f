"""Which engine holds the warehouse: the one place that asks."""

from __future__ import annotations

from orchestration.core.settings import Settings
from orchestration.warehouse.on_duckdb import DuckDBWarehouse
from orchestration.warehouse.on_postgres import PostgresWarehouse
from orchestration.warehouse.protocol import Warehouse

ENGINES: dict[str, type[Warehouse]] = {
    engine.name: engine for engine in (DuckDBWarehouse, PostgresWarehouse)
}


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that the settings name; nothing is opened yet."""
    return ENGINES[settings.target](settings)
