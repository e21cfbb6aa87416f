"""Define schema `raw`, for both engines: one table per stream, and the loader's own books."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.core.contracts import Stream
from orchestration.core.sql import identifier
from orchestration.warehouse import books
from orchestration.warehouse.protocol import Row, Writing

LEDGER = {
    "file_id": "bigint not null",
    "source": "varchar not null",
    "stream": "varchar not null",
    "path": "varchar not null",
    "size_bytes": "bigint not null",
    "modified_ns": "bigint not null",
    "sha256": "varchar not null",
    "line_count": "bigint not null",
    "row_count": "bigint not null",
    "reject_count": "bigint not null",
    "batch_id": "bigint not null",
    "started_at": "timestamp not null",
    "loaded_at": "timestamp not null",
    "landed_at": "timestamp",
}
REJECTS = {
    "file_id": "bigint not null",
    "source": "varchar not null",
    "stream": "varchar not null",
    "file": "varchar not null",
    "line": "bigint not null",
    "reason": "varchar not null",
    "text": "varchar",
    "batch_id": "bigint not null",
}
FAILED_FILES = {
    "path": "varchar not null",
    "reason": "varchar not null",
    "failed_at": "timestamp not null",
}
# The days each batch touched, which incremental models replace; see macros/materializations.
WINDOW_CHANGES = {
    "source": "varchar not null",
    "stream": "varchar not null",
    "window_date": "date not null",
    "batch_id": "bigint not null",
}
REJECTS_TABLE = "raw.rejects"
BOOKS = {
    "load_ledger": LEDGER,
    "rejects": REJECTS,
    "failed_files": FAILED_FILES,
    "window_changes": WINDOW_CHANGES,
}


@dataclass(frozen=True)
class LedgerEntry:
    """A loaded file, a row of `raw.load_ledger`."""

    file_id: int
    source: str
    stream: str
    path: str
    size_bytes: int
    modified_ns: int
    sha256: str
    line_count: int
    row_count: int
    reject_count: int
    batch_id: int
    started_at: datetime
    loaded_at: datetime
    landed_at: datetime | None

    @property
    def row(self) -> Row:
        """The values in the order of the table's columns."""
        return tuple(getattr(self, column) for column in LEDGER)


# The existing columns, as `create_statements` expects them. Raw tables get the prefix `raw.`: a
# stream's table may have the name of one in schema governance.
COLUMNS = (
    "select case when table_schema = 'raw' then 'raw.' else '' end || table_name, column_name "
    "from information_schema.columns where table_schema in ('raw', 'governance')"
)


def create_statements(
    streams: Sequence[Stream], there: Collection[tuple[str, str]] = frozenset()
) -> list[str]:
    """Return idempotent SQL that creates missing tables and adds columns new in a contract.

    Args:
        there: existing columns, as the query `COLUMNS` returns them.
    """
    statements = ["create schema if not exists raw", *books.create_statements(there)]
    wanted = {f"raw.{name}": columns for name, columns in BOOKS.items()}
    wanted |= {f"raw.{stream.table}": stream.raw_columns for stream in streams}
    tables = {table for table, _ in there}
    for table, columns in wanted.items():
        relation = ".".join(map(identifier, table.split(".")))
        listed = [f"{identifier(name)} {data_type}" for name, data_type in columns.items()]
        if table not in tables:
            statements.append(f"create table if not exists {relation} ({', '.join(listed)})")
            continue
        statements += [
            f"alter table {relation} add column if not exists {definition}"
            for name, definition in zip(columns, listed, strict=True)
            if (table, name) not in there
        ]
    return statements


def prepare(warehouse: Writing, streams: Sequence[Stream]) -> None:
    """Create the tables, columns and indexes that are missing in schema raw."""
    there = set(warehouse.query(COLUMNS))
    known = {table for table, _ in there}
    # For PostgreSQL. Unique: even loaders that lost the lock cannot load a file twice.
    indexes = ["create unique index if not exists load_ledger_path on raw.load_ledger (path)"]
    for stream in streams:
        if f"raw.{stream.table}" not in known:
            name = identifier(f"{stream.table}_event_date")
            indexes.append(f"create index if not exists {name} on {stream.relation} (_event_date)")
    warehouse.create(create_statements(streams, there), create_statements(streams), indexes)


def append(warehouse: Writing, book: str, rows: Sequence[Row]) -> None:
    """Append rows to one of the loader's books."""
    warehouse.append(f"raw.{book}", list(BOOKS[book]), rows)
