"""What a source's folder says of it, in `source.py`."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from orchestration.core.settings import Settings


@dataclass(frozen=True)
class Database:
    """Records are extracted from the application's own PostgreSQL database.

    Attributes:
        files: streams that are delivered as files nevertheless; every other one is a table.
    """

    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """An application, and how its records arrive: as files, unless it has a database."""

    name: str
    database: Database | None = None

    @property
    def variable(self) -> str:
        """The environment variable that holds the URL of its database."""
        return f"GRANARY_{self.name.upper()}_URL"

    def url(self, settings: Settings) -> SecretStr | None:
        """The URL of its database, where one is set."""
        return settings.source_urls.get(self.name)
