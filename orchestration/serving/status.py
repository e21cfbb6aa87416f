"""What the warehouse holds: streams, files that failed, the last publication."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from orchestration import books
from orchestration.clock import utc_now
from orchestration.reading import Query, reading
from orchestration.settings import Settings


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

    `published_at` is ISO 8601 in UTC, or None; `clock` says where the clock went back.
    """

    streams: list[StreamStatus]
    failed_files: list[dict[str, str]]
    published_at: str | None
    clock: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def read_status(settings: Settings) -> Status:
    """Read the loader's books and the publication.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    with reading(settings) as query:
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
        published = _published_at(settings, query)
        clock = books.clock_gone_back(query, now=utc_now())
    return Status(
        [StreamStatus(source, stream, *map(int, counts)) for source, stream, *counts in streams],
        [{"path": path, "reason": reason} for path, reason in failed],
        published,
        clock,
    )


def _published_at(settings: Settings, query: Query) -> str | None:
    if settings.target == "duckdb":
        if not settings.serving.exists():
            return None
        with duckdb.connect(str(settings.serving), read_only=True) as serving:
            rows = serving.execute("select published_at from governance.publication").fetchall()
    elif query("select 1 from pg_namespace where nspname = 'serving_governance'"):
        rows = query("select published_at from serving_governance.publication")
    else:
        return None
    return f"{rows[0][0].isoformat()}Z" if rows else None
