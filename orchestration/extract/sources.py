"""Which databases are extracted, and which of their tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from orchestration.core.contracts import Stream, load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings

DELETIONS, SCHEMA_DRIFT = "deletions", "schema_drift"


@dataclass(frozen=True)
class Source:
    """An application's PostgreSQL database."""

    name: str
    variable: str
    """The environment variable that holds its URL."""
    url: Callable[[Settings], SecretStr | None]


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


SOURCES = {
    source.name: source
    for source in (
        Source(
            name="prism",
            variable="GRANARY_PRISM_URL",
            url=lambda settings: settings.prism_url,
        ),
    )
}


def source_named(name: str) -> Source:
    """Return the source of that name.

    Raises:
        ConfigurationError: there is none.
    """
    if name not in SOURCES:
        choices = ", ".join(sorted(SOURCES))
        raise ConfigurationError(f"no database {name!r} is extracted; there is: {choices}")
    return SOURCES[name]


def is_extracted(source: str, settings: Settings) -> bool:
    """Whether a source's records come from its database, here and now."""
    return source in SOURCES and SOURCES[source].url(settings) is not None


def tables_of(source: Source) -> list[Table]:
    """Every table that a contract describes, in the contract's order."""
    return [
        Table(stream, _cursor(stream))
        for (origin, name), stream in load_contracts().items()
        if origin == source.name and name not in (DELETIONS, SCHEMA_DRIFT)
    ]


def _cursor(stream: Stream) -> str:
    """updated_at where rows change, else created_at."""
    names = {column.name for column in stream.columns}
    return next(name for name in ("updated_at", "created_at") if name in names)
