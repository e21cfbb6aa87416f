"""The reports that can be exported, read from `reports.yml`, and how long exports are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.core.errors import ConfigurationError, WrongRequest
from orchestration.core.located import read_yaml
from orchestration.policies.lifecycle import ruled

REGISTRY = Path(__file__).parent / "reports.yml"
FILES = "files.exports"
COMPLIANCE = "compliance"


@dataclass(frozen=True)
class Table:
    """A mart in a report, and the column whose UTC day decides whether a row is in the period."""

    mart: str
    day: str


@dataclass(frozen=True)
class Report:
    """What a report holds."""

    name: str
    description: str
    tables: tuple[Table, ...]

    def only(self, mart: str) -> Report:
        """The same with one of its tables.

        Raises:
            WrongRequest: it does not hold that table.
        """
        found = tuple(table for table in self.tables if table.mart == mart)
        if not found:
            held = ", ".join(table.mart for table in self.tables)
            raise WrongRequest(f"--table {mart}: {self.name} holds {held}")
        return Report(self.name, self.description, found)


@dataclass(frozen=True)
class Registry:
    """All reports by name, the classes that may be exported, the relations that tell quality."""

    reports: Mapping[str, Report]
    classes: frozenset[str]
    quality: frozenset[str]

    def report(self, name: str) -> Report:
        """A report by its name.

        Raises:
            WrongRequest: there is none of that name.
        """
        if name not in self.reports:
            raise WrongRequest(f"no report {name!r}; choose from: {', '.join(self.names)}")
        return self.reports[name]

    @property
    def names(self) -> list[str]:
        """What can be exported, the compliance bundle included."""
        return [*self.reports, COMPLIANCE]


@lru_cache
def registry() -> Registry:
    """What `reports.yml` says."""
    read: dict[str, Any] = read_yaml(REGISTRY)
    return Registry(
        {
            name: Report(name, report["description"], tuple(Table(**t) for t in report["tables"]))
            for name, report in read["reports"].items()
        },
        frozenset(read["classes"]),
        frozenset(read["quality"]),
    )


def retention_days() -> int:
    """Days an export is kept, by its policy in seeds/lifecycle.

    Raises:
        ConfigurationError: the policy sets no limit.
    """
    days = ruled()[FILES].policy.retention_days
    if days is None:
        raise ConfigurationError(
            f"exports have no limit: set delete_days of the policy of {FILES} in seeds/lifecycle"
        )
    return days
