"""Determine which tables of an application's database are extracted, and by which cursor."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.core.contracts import Stream, load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings
from orchestration.sources.declaring import Source
from orchestration.sources.found import databases

DELETIONS, SCHEMA_DRIFT = "deletions", "schema_drift"


@dataclass(frozen=True)
class Table:
    """A table to extract, and the cursor column that tells what is new."""

    stream: Stream
    cursor: str
    """Column whose value grows whenever a row is written."""

    @property
    def name(self) -> str:
        """Name of the table, at the source and in the landing zone."""
        return self.stream.name

    @property
    def keyed(self) -> bool:
        """Whether rows may be deleted for good, so that extraction compares keys."""
        return self.stream.keyed


def source_named(name: str) -> Source:
    """Return a source by its name.

    Raises:
        ConfigurationError: the source is unknown or has no database.
    """
    if name not in databases():
        choices = ", ".join(databases())
        raise ConfigurationError(f"no database {name!r}; choose from: {choices}")
    return databases()[name]


def is_extracted(stream: Stream) -> bool:
    """Whether extraction lands a stream: a database's table, its deletions or its schema drift."""
    source = databases().get(stream.source)
    return (
        source is not None
        and source.database is not None
        and (stream.name not in source.database.files)
    )


def is_configured(source: str, settings: Settings) -> bool:
    """Whether a source has a database and its URL is set."""
    return source in databases() and databases()[source].url(settings) is not None


def streams_of(source: Source) -> list[Stream]:
    """Return every stream that extraction lands, in the contract's order."""
    return [
        stream
        for stream in load_contracts().values()
        if stream.source == source.name and is_extracted(stream)
    ]


def tables_of(source: Source) -> list[Table]:
    """Return every table to read, in the contract's order."""
    return [
        Table(stream, _cursor(stream))
        for stream in streams_of(source)
        if stream.name not in (DELETIONS, SCHEMA_DRIFT)
    ]


def lands(source: Source, name: str) -> bool:
    """Whether the contract has a stream of this name, such as `deletions` or `schema_drift`."""
    return (source.name, name) in load_contracts()


def _cursor(stream: Stream) -> str:
    """Choose the cursor: updated_at, else created_at, else the event time."""
    names = {column.name for column in stream.columns}
    known = (name for name in ("updated_at", "created_at") if name in names)
    return next(known, stream.event_time)
