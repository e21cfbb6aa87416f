"""What has left a warehouse, as its books have it: for a backup to hold, and to explain by."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestration.warehouse.protocol import Query


@dataclass(frozen=True)
class Left:
    """Paths of the tier store's files, and how many rows of schema raw were ever moved or ended."""

    tier_files: list[str] = field(default_factory=list)
    removed_rows: int = 0


def what_left(query: Query) -> Left:
    """Read the books of a warehouse, by a way to ask it."""
    known = query(
        "select table_name from information_schema.tables where table_schema = 'governance' "
        "and table_name in ('tier_files', 'lifecycle_log')"
    )
    if len({name for (name,) in known}) < 2:
        return Left()
    files = query("select path from governance.tier_files")
    [(rows,)] = query(
        "select coalesce(sum(row_count), 0) from governance.lifecycle_log "
        "where relation like 'raw.%' and from_tier = 'hot' and to_tier <> 'hot'"
    )
    return Left([str(path) for (path,) in files], int(rows))
