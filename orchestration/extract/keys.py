"""Detect rows that were deleted for good: compare the landed keys with those at the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from orchestration.core.errors import ConfigurationError
from orchestration.extract.columns import TEXT, Landing
from orchestration.extract.copying import query_of, read
from orchestration.extract.landed import living_keys
from orchestration.extract.sources import DELETIONS, Table
from orchestration.extract.writing import place_records
from orchestration.sources.declaring import Source

# Losing more than this share of more than this many keys is taken for the wrong database.
SMALL_TABLE_KEYS = 20
LARGEST_SHARE = 0.5


@dataclass(frozen=True)
class KeyComparison:
    """The keys of one table: landed ones against a snapshot of the source."""

    table: str
    landed: int
    gone: Sequence[str]
    """Keys that were landed, have no tombstone yet and are not at the source."""
    unknown: pa.ChunkedArray
    """Keys at the source that were never landed, or only before a tombstone."""

    def refuse_mass_deletion(self) -> None:
        """Refuse a source that lost most of its keys: it is probably the wrong database.

        Raises:
            ConfigurationError: all keys are gone, or more than half of more than 20.
        """
        gone = len(self.gone)
        many = self.landed > SMALL_TABLE_KEYS and gone > LARGEST_SHARE * self.landed
        if gone and (many or gone == self.landed):
            raise ConfigurationError(
                f"{gone:,} of {self.landed:,} {self.table} that were landed are not in the source "
                f"database: is it the right one? Nothing was marked as deleted. If they really "
                f"were deleted, run extract with --allow-mass-deletion"
            )


def compare_keys(
    connection: psycopg.Connection, landing: Path, source: Source, table: str
) -> KeyComparison:
    """Compare landed keys with those at the source.

    The landing zone is read first: a key that is landed meanwhile is then at most read again, and
    never taken for a deleted one.
    """
    landed = living_keys(landing, source.name, table)
    column = Landing("id", sql.SQL("id::text"), TEXT)
    batches = [rows["id"] for rows in read(connection, query_of(table, [column], None), [column])]
    present = pa.chunked_array([c for b in batches for c in b.chunks], TEXT)
    gone = landed.filter(pc.invert(pc.is_in(landed, value_set=present)))
    unknown = present.filter(pc.invert(pc.is_in(present, value_set=landed)))
    return KeyComparison(table, len(landed), gone.to_pylist(), unknown)


def land_tombstones(
    landing: Path, source: Source, table: Table, keys: Sequence[str], detected_at: datetime
) -> None:
    """Land a tombstone for each key."""
    records = [{"table_name": table.name, "id": k, "detected_at": detected_at} for k in keys]
    place_records(landing, (source.name, DELETIONS), detected_at, table.name, records)
