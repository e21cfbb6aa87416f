"""Published relations as dbt's manifest describes them: columns, descriptions and classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestration.core.errors import NothingPublished
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.export.errors import ColumnRefused
from orchestration.policies.reports import REGISTRY, registry


@dataclass(frozen=True)
class Column:
    """A column; `data_class` is empty if nobody has classified it."""

    name: str
    data_type: str
    description: str
    data_class: str
    required: bool = False


@dataclass(frozen=True)
class Relation:
    """A mart, or a governance log that is published beside the marts."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]

    def served(self, names: Sequence[str]) -> Relation:
        """Return the relation with the columns that are served, in the order dbt describes them.

        Raises:
            ColumnRefused: a column may not be exported, or dbt does not describe it.
        """
        known = {column.name for column in self.columns}
        for name in names:
            if name not in known:
                raise ColumnRefused(
                    f"not exported: column {self.name}.{name} is served but not described; "
                    f"run `granary build` and `granary publish`"
                )
        columns = tuple(column for column in self.columns if column.name in names)
        for column in columns:
            _check_class(self.name, column)
        return replace(self, columns=columns)

    @property
    def day_column(self) -> str | None:
        """The first required date or timestamp column, which a period selects by; None without."""
        for column in self.columns:
            if column.required and column.data_type in ("date", "timestamp"):
                return column.name
        return None


def _check_class(relation: str, column: Column) -> None:
    if column.data_class in registry().classes:
        return
    said = f"is of class {column.data_class}" if column.data_class else "has no class"
    raise ColumnRefused(
        f"not exported: column {relation}.{column.name} {said}, and only classes "
        f"{', '.join(sorted(registry().classes))} leave the warehouse "
        f"({REGISTRY.relative_to(PROJECT_DIR)}). Take the column out of the mart."
    )


def project_manifest(settings: Settings) -> dict[str, Any]:
    """Return dbt's manifest of the last build or, if nothing was built here, of the project."""
    from orchestration.dbt.artifacts import MANIFEST, artifact
    from orchestration.dbt.manifest import graph_manifest

    return artifact(settings, MANIFEST) or graph_manifest()


def mart(manifest: dict[str, Any], name: str) -> Relation:
    """Return a mart by its name.

    Raises:
        NothingPublished: the last build has no mart of that name.
    """
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["name"] == name:
            return relation_of(node)
    raise NothingPublished(f"the last build has no mart {name}: run `granary build` and publish")


def governance(manifest: dict[str, Any]) -> list[Relation]:
    """Return every relation that is published in schema governance, sorted by name."""
    marts = (
        relation_of(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    )
    books = (
        relation_of(source)
        for source in manifest["sources"].values()
        if source["config"]["meta"].get("published")
    )
    found = {r.name: r for r in (*marts, *books) if r.schema == "governance"}
    return [found[name] for name in sorted(found)]


def relation_of(node: dict[str, Any]) -> Relation:
    """Return the relation that a node of the manifest describes."""
    return Relation(
        node["schema"],
        node.get("alias") or node.get("identifier") or node["name"],
        " ".join(node["description"].split()),
        tuple(_columns(node["columns"].values())),
    )


def _columns(described: Iterable[dict[str, Any]]) -> Iterator[Column]:
    for column in described:
        meta = column["config"]["meta"]
        constraints = {constraint["type"] for constraint in column.get("constraints") or ()}
        yield Column(
            column["name"],
            column["data_type"] or "",
            " ".join(column["description"].split()),
            meta.get("class") or "",
            bool(meta.get("required")) or "not_null" in constraints,
        )
