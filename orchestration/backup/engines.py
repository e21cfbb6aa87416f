"""The backup part of each engine; no other module asks which engine it is."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.backup.duckdb.part import DuckDBPart
from orchestration.backup.parts import WarehousePart
from orchestration.backup.postgres.part import PostgresPart
from orchestration.core.settings import Settings

PARTS: Mapping[str, type[WarehousePart]] = {part.name: part for part in (DuckDBPart, PostgresPart)}


def part_of(settings: Settings, engine: str | None = None) -> WarehousePart:
    """Return the part of an engine, by default of the one that the settings name.

    A manifest names its own, which may be another.
    """
    return PARTS[engine or settings.target](settings)
