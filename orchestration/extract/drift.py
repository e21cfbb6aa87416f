"""Detect schema drift: differences between a source's tables and their contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from orchestration.core.contracts import Column
from orchestration.extract.columns import SourceColumn, holds, is_exact
from orchestration.extract.landed import Difference, last_differences
from orchestration.extract.sources import SCHEMA_DRIFT, Table, lands
from orchestration.extract.writing import place_records
from orchestration.sources.declaring import Source

ADDED, MISSING, CHANGED = "column_added", "column_missing", "type_changed"
TABLE_MISSING, RESOLVED = "table_missing", "resolved"

Shapes = Mapping[str, Mapping[str, SourceColumn] | None]


def differences(tables: list[Table], shapes: Shapes) -> dict[tuple[str, str], Difference]:
    """Return every current difference, by (table, column).

    Args:
        shapes: the columns of each table, by name; None for a table that does not exist.
    """
    found = []
    for table in tables:
        shape = shapes[table.name]
        if shape is None:
            found.append(Difference(table.name, "", TABLE_MISSING, None, None, True))
            continue
        contract = {column.name: column for column in table.stream.columns}
        for name in [*contract, *(n for n in shape if n not in contract)]:
            difference = _difference(table.name, name, contract.get(name), shape.get(name))
            if difference is not None:
                found.append(difference)
    return {(d.table_name, d.column_name): d for d in found}


def _difference(
    table: str, name: str, contract: Column | None, source: SourceColumn | None
) -> Difference | None:
    if contract is None:
        assert source is not None
        return Difference(table, name, ADDED, None, source.data_type, False)
    if source is None:
        return Difference(table, name, MISSING, contract.data_type, None, contract.required)
    if is_exact(contract.kind, source):
        return None
    breaks = not holds(contract.kind, source)
    return Difference(table, name, CHANGED, contract.data_type, source.data_type, breaks)


def land_changes(
    landing: Path, source: Source, tables: list[Table], shapes: Shapes, detected_at: datetime
) -> list[Difference]:
    """Land and return the differences that are new, changed or resolved since the last ones landed.

    Differences of a missing table's columns stay open, because nothing is known about them. If the
    contract has no stream `schema_drift`, nothing is landed and every difference is returned each
    time.
    """
    now = differences(tables, shapes)
    before = last_differences(landing, source.name)
    changes = [difference for place, difference in now.items() if before.get(place) != difference]
    contracts = {
        (table.name, column.name): column.data_type
        for table in tables
        for column in table.stream.columns
    }
    looked_at = {table.name for table in tables}
    for (table, column), _ in before.items():
        shape = shapes.get(table)
        if table not in looked_at or (table, column) in now or (shape is None and column):
            continue
        present = shape.get(column) if shape is not None else None
        source_type = present.data_type if present else None
        contract_type = contracts.get((table, column))
        changes.append(Difference(table, column, RESOLVED, contract_type, source_type, False))
    if changes and lands(source, SCHEMA_DRIFT):
        records = [vars(change) | {"detected_at": detected_at} for change in changes]
        place_records(landing, (source.name, SCHEMA_DRIFT), detected_at, "drift", records)
    return changes
