"""Report what the warehouse holds: streams, failed files, the last publication."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb

from orchestration.core.clock import utc_now
from orchestration.core.errors import NothingPublished, WarehouseBusy, WarehouseError
from orchestration.core.settings import Settings
from orchestration.warehouse import books, status_cache
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import AT_WORK_SECONDS

KNOWN = "status"


@dataclass(frozen=True)
class StreamStatus:
    """Totals of one stream over all loaded files."""

    source: str
    stream: str
    files: int
    lines: int
    rows: int
    rejects: int


@dataclass(frozen=True)
class Status:
    """State of a warehouse.

    Attributes:
        published_at: time of the last publication, ISO 8601 in UTC.
        clock: warning that the clock went back.
        writing: the process that is writing to the warehouse.
        as_of: set if a writer keeps readers out: everything else is as of then, ISO 8601 in UTC.
    """

    streams: list[StreamStatus]
    failed_files: list[dict[str, str]]
    published_at: str | None
    clock: str | None = None
    writing: str | None = None
    as_of: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def read_status(settings: Settings) -> Status:
    """Read the loader's books and the publication, without waiting for a writer.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    warehouse = warehouse_of(settings)
    writing = warehouse.writer()
    try:
        if writing is None or not warehouse.is_closed_while_written():
            return replace(_read(settings, AT_WORK_SECONDS), writing=writing)
    except WarehouseBusy as busy:  # since a moment ago
        writing = str(busy)
    found = status_cache.known(settings, KNOWN)
    if found is None:
        return Status([], [], None, writing=writing)
    data = found.data | {"streams": [StreamStatus(**s) for s in found.data["streams"]]}
    return replace(Status(**data), writing=writing, as_of=f"{found.at.isoformat()}Z")


def keep_status(settings: Settings) -> None:
    """Cache the status for the time in which nobody can read the warehouse; never raises."""
    if warehouse_of(settings).is_closed_while_written():
        with contextlib.suppress(WarehouseError, duckdb.Error):
            status_cache.keep(settings, KNOWN, asdict(_read(settings, 0)))


def _read(settings: Settings, wait_seconds: float) -> Status:
    with warehouse_of(settings).reading(wait_seconds) as query:
        if not query(
            "select 1 from information_schema.tables "
            "where table_schema = 'raw' and table_name = 'load_ledger'"
        ):
            return Status([], [], None)
        streams = query(
            "select source, stream, count(*), sum(line_count), sum(row_count), sum(reject_count) "
            "from raw.load_ledger group by source, stream order by source, stream"
        )
        failed = query("select path, reason from raw.failed_files order by path")
        clock = books.clock_gone_back(query, now=utc_now())
    return Status(
        [StreamStatus(source, stream, *map(int, counts)) for source, stream, *counts in streams],
        [{"path": path, "reason": reason} for path, reason in failed],
        _published_at(settings),
        clock,
    )


def _published_at(settings: Settings) -> str | None:
    with contextlib.suppress(NothingPublished), warehouse_of(settings).published() as copy:
        rows = copy.ask(f"select published_at from {copy.schema_prefix}governance.publication").rows
        return f"{rows[0][0].isoformat()}Z" if rows else None
    return None
