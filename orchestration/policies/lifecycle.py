"""Read the lifecycle policies of seeds and contracts, and which relation follows which policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

import yaml

from orchestration.core.errors import ConfigurationError, GranaryError
from orchestration.core.settings import PROJECT_DIR
from orchestration.policies.seeds import rows_of

# Retention of an organization's rows where neither it nor the policy states one: seven years.
DEFAULT_RETENTION_DAYS = 2555

Tier = Literal["hot", "warm", "cold", "archive", "deleted"]
TIERS: tuple[Tier, ...] = ("hot", "warm", "cold", "archive", "deleted")


class UnknownRelation(GranaryError):
    """The relation is under no policy, or its rows do not age."""

    exit_code = 2


@dataclass(frozen=True)
class Policy:
    """How long rows stay in each tier, in days of age; None is no limit."""

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
        """The tiers after hot, each with the age in days at which rows enter it, in that order."""
        found: list[tuple[Tier, int]] = []
        if self.warm_days is not None and self.hot_days is not None:
            found.append(("warm", self.hot_days))
        if self.cold_days is not None and self.warm_days is not None:
            found.append(("cold", self.warm_days))
        # Rows that are destroyed at the end of the cold tier never enter the archive.
        if self.cold_days is not None and self.cold_days != self.delete_days:
            found.append(("archive", self.cold_days))
        return found

    @property
    def retention_days(self) -> int | None:
        """Age in days at which rows are destroyed, unless a stronger rule states another age."""
        if self.delete_days is not None:
            return self.delete_days
        return DEFAULT_RETENTION_DAYS if self.honours_organization else None


@dataclass(frozen=True)
class Ruled:
    """A relation, or a kind of file, and the policy it is under.

    Attributes:
        age_from: SQL expression of the day that age is counted from; empty if rows never age.
        limit_column: column that holds a row's own retention in days.
        minimum_days: days for which the law requires rows to be kept.
    """

    relation: str
    policy: Policy
    age_from: str
    organization_column: str
    document_column: str
    limit_column: str = ""
    minimum_days: int | None = None

    @property
    def is_files(self) -> bool:
        """Whether the policy is about files, not rows."""
        return self.relation.startswith("files.")

    @property
    def ages(self) -> bool:
        """Whether rows are ever moved, changed or destroyed because of their age."""
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
    """Return every policy by its name: the shared ones, then those of each contract."""
    found = {
        row["policy"]: _policy(row["policy"], row)
        for row in rows_of("lifecycle/lifecycle_policies")
    }
    for content in _files():
        for source in content.get("sources", []):
            own = _meta(source).get("lifecycle_policies", {})
            found |= {name: _policy(name, policy) for name, policy in own.items()}
    return found


@lru_cache
def ruled() -> Mapping[str, Ruled]:
    """Return every relation and kind of file that is under a policy, by name.

    Raises:
        ConfigurationError: a relation names an unknown policy or record class.
    """
    minima = {
        row["record_class"]: int(row["minimum_days"]) for row in rows_of("lifecycle/legal_minimums")
    }
    kinds = {
        f"files.{row['kind']}": {"policy": row["policy"]}
        for row in rows_of("lifecycle/file_policies")
    }
    found = {}
    for relation, declared in (*_declared(), *kinds.items()):
        policy, record_class = declared["policy"], declared.get("record_class")
        if policy not in policies() or (record_class and record_class not in minima):
            named = record_class if policy in policies() else f"policy {policy}"
            raise ConfigurationError(
                f"the lifecycle of {relation} names {named}, which neither seeds/lifecycle "
                "nor a contract defines"
            )
        found[relation] = Ruled(
            relation,
            policies()[policy],
            declared.get("age_from", ""),
            declared.get("organization_column", ""),
            declared.get("document_column", ""),
            declared.get("limit_column", ""),
            minima.get(record_class or ""),
        )
    return found


def chosen(table: str | None) -> list[Ruled]:
    """Return the relations whose rows age and the kinds of files: all, or the named one.

    Raises:
        UnknownRelation: the relation is under no policy, or its rows do not age.
    """
    ageing = [found for found in ruled().values() if found.ages or found.is_files]
    if table is None:
        return ageing
    named = [found for found in ageing if table in (found.relation, found.table)]
    if not named:
        raise UnknownRelation(
            f"no rows of {table!r} age: name a relation whose lifecycle has a limit, such as "
            f"{ageing[0].relation}"
        )
    return named


def day_before(as_of: date, days: int) -> date:
    """Return the last day whose rows are at least `days` old on `as_of`."""
    return as_of - timedelta(days=days)


def _policy(name: str, declared: Mapping[str, Any]) -> Policy:
    """Build a policy from a row of the seed or an entry of a contract."""

    def days(limit: str) -> int | None:
        return int(declared[limit]) if declared.get(limit) else None

    return Policy(
        name=name,
        data_class=declared["data_class"],
        legal_basis=declared.get("legal_basis") or "",
        hot_days=days("hot_days"),
        warm_days=days("warm_days"),
        cold_days=days("cold_days"),
        delete_days=days("delete_days"),
        anonymise_days=days("anonymise_days"),
        # A boolean in a contract's YAML, text in the seed's CSV.
        honours_organization=declared.get("honours_organization") in (True, "true"),
    )


def _declared() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each relation with the lifecycle in its YAML; a stream's rows age by `_event_date`."""
    for content in _files():
        for source in content.get("sources", []):
            for table in source["tables"]:
                meta, relation = _meta(table), table.get("identifier", table["name"])
                if "lifecycle" in meta:
                    own = {"age_from": "_event_date"} if "natural_key" in meta else {}
                    yield f"{source['schema']}.{relation}", own | meta["lifecycle"]
        for node in (*content.get("models", []), *content.get("snapshots", [])):
            if "lifecycle" in _meta(node):
                yield f"{content['schema']}.{node['name']}", _meta(node)["lifecycle"]


@lru_cache
def _files() -> tuple[Mapping[str, Any], ...]:
    """Read every YAML file of models and snapshots, adding the schema, which follows the folder."""
    found = []
    for path in sorted(
        (*PROJECT_DIR.glob("models/*/*/*.yml"), *PROJECT_DIR.glob("snapshots/*.yml"))
    ):
        folder, layer = path.parent.name, path.parent.parent.name
        schema = layer if layer in ("staging", "intermediate") else folder
        found.append(yaml.load(path.read_bytes(), yaml.CSafeLoader) | {"schema": schema})
    return tuple(found)


def _meta(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = entry.get("config", {}).get("meta", {})
    return found
