"""The star schema as a bus matrix and as entity-relationship diagrams, drawn from dbt's manifest.

A foreign key is a `relationships` test or, where a key may lead nowhere, a column's meta
`references: <mart>.<column>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.core.errors import GranaryError
from orchestration.core.settings import PROJECT_DIR

BUS_MATRIX = Path("docs/reference/bus-matrix.md")
DIAGRAMS = Path("docs/reference/entity-relationships.md")
OVERVIEW = Path("models/docs/overview.md")
# dbt's own pages: between these lines the overview holds the matrix.
MATRIX_START, MATRIX_END = "<!-- bus matrix: make docs -->", "<!-- end of bus matrix -->"
MADE = "<!-- Made by `make docs` from the project's models; edit those. -->"
MARKS = (
    "`x` the row names one row of the dimension; `v` it names the thing itself, whose versions lie "
    "in the dimension."
)
# Readers of these marts look at loads, not at the business.
LEFT_OUT = {"governance"}


class DiagramError(GranaryError):
    """A column refers to a mart or a column that does not exist."""


@dataclass(frozen=True)
class ForeignKey:
    """A column that names a row, or by a key of several versions a thing, of another mart."""

    column: str
    to: str
    to_column: str
    required: bool
    of_one_row: bool


@dataclass
class Mart:
    """A mart with its keys; `grain` is what one row stands for."""

    name: str
    domain: str
    grain: str
    types: dict[str, str]
    primary_key: list[str]
    foreign_keys: list[ForeignKey] = field(default_factory=list)

    @property
    def is_dimension(self) -> bool:
        """Whether its name marks it as a dimension."""
        return self.name.startswith("dim_")


def read_marts(manifest: Mapping[str, Any]) -> list[Mart]:
    """Marts by domain and name, with their keys.

    Raises:
        DiagramError: a `references` leads nowhere.
    """
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["fqn"][1] == "marts"
        and node["fqn"][2] not in LEFT_OUT
    }
    unique = _unique_keys(manifest)
    marts = {
        node["name"]: Mart(
            name=node["name"],
            domain=node["fqn"][2],
            grain=_grain(node["description"]),
            types={name: column["data_type"] for name, column in node["columns"].items()},
            primary_key=next(iter(unique.get(unique_id, [])), []),
        )
        for unique_id, node in nodes.items()
    }
    keys_of = {
        nodes[unique_id]["name"]: keys for unique_id, keys in unique.items() if unique_id in nodes
    }
    for unique_id, column, to, to_column in (*_tested(manifest), *_declared(nodes)):
        if unique_id not in nodes:
            continue
        node = nodes[unique_id]
        if to not in marts or to_column not in marts[to].types:
            raise DiagramError(
                f"{node['name']}.{column} refers to {to}.{to_column}: no such column"
            )
        constraints = {c["type"] for c in node["columns"][column]["constraints"]}
        of_one_row = [to_column] in keys_of[to]
        marts[node["name"]].foreign_keys.append(
            ForeignKey(column, to, to_column, "not_null" in constraints, of_one_row)
        )
    for mart in marts.values():
        mart.foreign_keys.sort(key=lambda key: list(mart.types).index(key.column))
    return sorted(marts.values(), key=lambda mart: (mart.domain, mart.name))


def _unique_keys(manifest: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """Columns that tell rows apart, by model: those of its grain first."""
    found: dict[str, list[list[str]]] = {}
    for test in manifest["nodes"].values():
        kind = (test.get("test_metadata") or {}).get("name")
        if kind == "grain":
            columns = test["test_metadata"]["kwargs"]["columns"]
            found.setdefault(test["attached_node"], []).insert(0, columns)
        elif kind == "unique":
            found.setdefault(test["attached_node"], []).append([test["column_name"]])
    return found


def _tested(manifest: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    """Model, column, mart and column referred to, of each `relationships` test."""
    for test in manifest["nodes"].values():
        if (test.get("test_metadata") or {}).get("name") == "relationships":
            arguments = test["test_metadata"]["kwargs"]
            to = re.search(r"ref\('(\w+)'\)", arguments["to"])
            if to:
                yield test["attached_node"], test["column_name"], to[1], arguments["field"]


def _declared(nodes: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    """The same of each column with meta `references`."""
    for unique_id, node in nodes.items():
        for name, column in node["columns"].items():
            references = column["config"]["meta"].get("references")
            if references:
                to, _, to_column = references.partition(".")
                yield unique_id, name, to, to_column


def _grain(description: str) -> str:
    """The grain: what a description says one row stands for."""
    found = re.match(r"One row per ([^.:]+)", description)
    return found[1].strip() if found else description.split(".", maxsplit=1)[0]


def bus_matrix(marts: list[Mart], link: str = "{}") -> str:
    """A Markdown table: what is measured, a row each, by the dimensions it can be looked at.

    Args:
        marts: all marts.
        link: how a mart's name is shown; `{}` stands for the name.
    """
    dimensions = [mart.name for mart in marts if mart.is_dimension]
    shown = [link.replace("{}", name) for name in dimensions]
    rows = [["domain", "mart", "one row per", *shown], ["---"] * 3 + [":-:"] * len(dimensions)]
    for mart in marts:
        if not mart.is_dimension:
            marks = [_mark(mart, dimension) for dimension in dimensions]
            rows.append([mart.domain, link.replace("{}", mart.name), mart.grain, *marks])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _mark(mart: Mart, dimension: str) -> str:
    to = [key for key in mart.foreign_keys if key.to == dimension]
    return "x" if any(key.of_one_row for key in to) else "v" if to else ""


def diagram(marts: list[Mart], domain: str) -> str:
    """A Mermaid `erDiagram` of a domain's marts, their keys and what these refer to."""
    drawn = [mart for mart in marts if mart.domain == domain]
    keys = [(mart.name, key) for mart in drawn for key in mart.foreign_keys]
    names = {mart.name for mart in drawn} | {key.to for _, key in keys}
    lines = ["erDiagram"]
    for mart in sorted(marts, key=lambda mart: (mart.domain != domain, mart.name)):
        if mart.name not in names:
            continue
        kinds = {
            "PK": set(mart.primary_key),
            "FK": {key.column for name, key in keys if name == mart.name},
            "": {key.to_column for _, key in keys if key.to == mart.name},
        }
        lines.append(f"    {mart.name} {{")
        for column, data_type in mart.types.items():
            held = [kind for kind, columns in kinds.items() if column in columns]
            if held:
                marks = ", ".join(filter(None, held))
                lines.append(f"        {data_type} {column} {marks}".rstrip())
        lines.append("    }")
    for name, key in keys:
        end = ("||" if key.required else "o|") if key.of_one_row else "o{"
        lines.append(f"    {name} }}o--{end} {key.to} : {key.column}")
    return "\n".join(lines)


def documents(manifest: Mapping[str, Any], project: Path = PROJECT_DIR) -> dict[Path, str]:
    """Content of every page that shows the schema, by its path within the project.

    Raises:
        DiagramError: a `references` leads nowhere.
    """
    marts = read_marts(manifest)
    overview = (project / OVERVIEW).read_text("utf-8")
    before, _, rest = overview.partition(MATRIX_START)
    after = rest.partition(MATRIX_END)[2]
    linked = bus_matrix(marts, "[{}](#!/model/model.granary.{})")
    domains = sorted({mart.domain for mart in marts}, key=lambda domain: (domain != "core", domain))
    diagrams = "\n\n".join(
        f"## {domain}\n\n```mermaid\n{diagram(marts, domain)}\n```" for domain in domains
    )
    return {
        BUS_MATRIX: f"# Bus matrix\n\n{MADE}\n\n{MARKS}\n\n{bus_matrix(marts)}\n",
        DIAGRAMS: "# Entities and relationships\n\n"
        f"{MADE}\n\nPrimary and foreign keys; a line is labelled with the column that refers. A "
        "line that ends in a fork leads to a thing with several versions.\n\n"
        f"{diagrams}\n",
        OVERVIEW: f"{before}{MATRIX_START}\n\n{linked}\n\n{MATRIX_END}{after}",
    }
