"""Lifecycle policies, as the seeds state them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from orchestration.core.errors import GranaryError
from orchestration.core.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds" / "lifecycle"
# What an organization's data_retention_days are where neither it nor a policy says.
DEFAULT_RETENTION_DAYS = 2555

Tier = Literal["hot", "warm", "cold", "archive", "deleted"]
TIERS: tuple[Tier, ...] = ("hot", "warm", "cold", "archive", "deleted")


class UnknownRelation(GranaryError):
    """No policy names the relation."""

    exit_code = 2


@dataclass(frozen=True)
class Policy:
    """How long rows stay where; limits in days of age, None for no such limit."""

    name: str
    data_class: str
    legal_basis: str
    hot_days: int | None
    warm_days: int | None
    cold_days: int | None
    delete_days: int | None
    anonymise_days: int | None
    honours_organization: bool

    @property
    def entries(self) -> list[tuple[Tier, int]]:
        """Tiers after hot that rows enter, each with the age at which they do, youngest first."""
        found: list[tuple[Tier, int]] = []
        if self.warm_days is not None and self.hot_days is not None:
            found.append(("warm", self.hot_days))
        if self.cold_days is not None and self.warm_days is not None:
            found.append(("cold", self.warm_days))
        if self.cold_days is not None and self.cold_days != self.delete_days:
            found.append(("archive", self.cold_days))
        return found

    @property
    def retention_days(self) -> int | None:
        """Age at which rows are destroyed where nothing that goes before it states another."""
        if self.delete_days is not None:
            return self.delete_days
        return DEFAULT_RETENTION_DAYS if self.honours_organization else None


@dataclass(frozen=True)
class Ruled:
    """A relation, or a kind of file, under its policy; `minimum_days` are the law's."""

    relation: str
    policy: Policy
    age_from: str
    organization_column: str
    document_column: str
    limit_column: str = ""
    minimum_days: int | None = None

    @property
    def is_files(self) -> bool:
        """Whether these are files rather than rows."""
        return self.relation.startswith("files.")

    @property
    def ages(self) -> bool:
        """Whether its rows ever leave or change because of their age."""
        return bool(self.age_from)

    @property
    def schema(self) -> str:
        """Schema of the relation."""
        return self.relation.split(".")[0]

    @property
    def table(self) -> str:
        """Name of the relation in its schema."""
        return self.relation.split(".")[1]


@lru_cache
def policies() -> Mapping[str, Policy]:
    """Every policy by its name."""
    return {
        row["policy"]: Policy(
            name=row["policy"],
            data_class=row["data_class"],
            legal_basis=row["legal_basis"],
            hot_days=_days(row["hot_days"]),
            warm_days=_days(row["warm_days"]),
            cold_days=_days(row["cold_days"]),
            delete_days=_days(row["delete_days"]),
            anonymise_days=_days(row["anonymise_days"]),
            honours_organization=row["honours_organization"] == "true",
        )
        for row in _rows("lifecycle_policies")
    }


@lru_cache
def ruled() -> Mapping[str, Ruled]:
    """Every relation and kind of file under a policy, by name."""
    minima = {row["record_class"]: int(row["minimum_days"]) for row in _rows("legal_minimums")}
    return {
        row["relation"]: Ruled(
            row["relation"],
            policies()[row["policy"]],
            row["age_from"],
            row["organization_column"],
            row["document_column"],
            row["limit_column"],
            minima.get(row["record_class"]),
        )
        for row in _rows("relation_policies")
    }


def chosen(table: str | None) -> list[Ruled]:
    """Relations with rows that age, and kinds of files: all of them, or the one named.

    Raises:
        UnknownRelation: no policy names the relation, or its rows do not age.
    """
    ageing = [found for found in ruled().values() if found.ages or found.is_files]
    if table is None:
        return ageing
    named = [found for found in ageing if table in (found.relation, found.table)]
    if not named:
        raise UnknownRelation(
            f"no rows of {table!r} age: name a relation of seeds/lifecycle/relation_policies.csv "
            f"that has a limit, such as {ageing[0].relation}"
        )
    return named


def day_before(as_of: date, days: int) -> date:
    """The last day whose rows have reached an age of `days` on `as_of`."""
    return as_of - timedelta(days=days)


def _days(text: str) -> int | None:
    return int(text) if text else None


def _rows(seed: str) -> list[dict[str, str]]:
    with open(SEEDS / f"{seed}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
