"""Read which reports can be exported (`reports.yml`) and how long exports are kept."""

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
    """A mart in a report; `day` is the column whose UTC day must be within the period."""

    mart: str
    day: str


@dataclass(frozen=True)
class Report:
    """A named selection of marts."""

    name: str
    description: str
    tables: tuple[Table, ...]

    def only(self, mart: str) -> Report:
        """Return this report with only one of its marts.

        Raises:
            WrongRequest: the mart is not part of the report.
        """
        found = tuple(table for table in self.tables if table.mart == mart)
        if not found:
            held = ", ".join(table.mart for table in self.tables)
            raise WrongRequest(f"--table {mart}: {self.name} holds {held}")
        return Report(self.name, self.description, found)


@dataclass(frozen=True)
class Registry:
    """All of `reports.yml`.

    Attributes:
        reports: reports by name.
        classes: classes of columns that may leave the warehouse.
        quality: relations whose figures describe the quality of an export.
    """

    reports: Mapping[str, Report]
    classes: frozenset[str]
    quality: frozenset[str]

    def report(self, name: str) -> Report:
        """Return a report by its name.

        Raises:
            WrongRequest: there is no such report.
        """
        if name not in self.reports:
            raise WrongRequest(f"no report {name!r}; choose from: {', '.join(self.names)}")
        return self.reports[name]

    @property
    def names(self) -> list[str]:
        """Everything that can be exported, including the compliance bundle."""
        return [*self.reports, COMPLIANCE]


@lru_cache
def registry() -> Registry:
    """Read `reports.yml`."""
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
    """Return for how many days an export is kept, by its policy in seeds/lifecycle.

    Raises:
        ConfigurationError: the policy sets no limit.
    """
    days = ruled()[FILES].policy.retention_days
    if days is None:
        raise ConfigurationError(
            f"exports have no limit: set delete_days of the policy of {FILES} in seeds/lifecycle"
        )
    return days
