"""Which tables of an application's database are extracted."""

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
    """A table that is extracted, and how it tells what is new."""

    stream: Stream
    cursor: str
    """The column that grows when a row is written."""

    @property
    def name(self) -> str:
        """Its name, at the source and in the landing zone."""
        return self.stream.name

    @property
    def keyed(self) -> bool:
        """Whether rows may be deleted for good: extraction compares their keys."""
        return self.stream.keyed


def source_named(name: str) -> Source:
    """Return the source of that name.

    Raises:
        ConfigurationError: there is none, or it has no database.
    """
    if name not in databases():
        choices = ", ".join(databases())
        raise ConfigurationError(f"no database {name!r} is extracted; there is: {choices}")
    return databases()[name]


def is_extracted(stream: Stream) -> bool:
    """Whether extraction lands a stream: a table of a database, or what it found out of one."""
    source = databases().get(stream.source)
    return (
        source is not None
        and source.database is not None
        and (stream.name not in source.database.files)
    )


def is_configured(source: str, settings: Settings) -> bool:
    """Whether a source's records come from its database, here and now."""
    return source in databases() and databases()[source].url(settings) is not None


def streams_of(source: Source) -> list[Stream]:
    """Every stream that extraction lands, in the contract's order."""
    return [
        stream
        for stream in load_contracts().values()
        if stream.source == source.name and is_extracted(stream)
    ]


def tables_of(source: Source) -> list[Table]:
    """Every table that is read, in the contract's order."""
    return [
        Table(stream, _cursor(stream))
        for stream in streams_of(source)
        if stream.name not in (DELETIONS, SCHEMA_DRIFT)
    ]


def lands(source: Source, name: str) -> bool:
    """Whether the source's contract has a stream for what extraction finds out by itself."""
    return (source.name, name) in load_contracts()


def _cursor(stream: Stream) -> str:
    """updated_at where rows change, else created_at, else the time of the event."""
    names = {column.name for column in stream.columns}
    known = (name for name in ("updated_at", "created_at") if name in names)
    return next(known, stream.event_time)
