"""The data dictionary and the lineage of a compliance bundle, from dbt's manifest."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any, NamedTuple

from orchestration.export.marts import Relation, relation_of
from orchestration.export.neutral import neutralised

KINDS = ("source", "seed", "snapshot", "model")
STYLE = (
    "body{font:14px/1.5 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}"
)


class Entry(NamedTuple):
    """A relation in the dictionary: its layer, dbt's resource type, and its columns."""

    layer: str
    kind: str
    relation: Relation


def entries(manifest: dict[str, Any]) -> list[Entry]:
    """Return every relation of the project, sorted by layer, schema and name."""
    found = [
        Entry(_layer(node), node["resource_type"], relation_of(node))
        for node in (*manifest["sources"].values(), *manifest["nodes"].values())
        if node["resource_type"] in KINDS
    ]
    return sorted(found, key=lambda e: (e.layer, e.relation.schema, e.relation.name))


def _layer(node: dict[str, Any]) -> str:
    if node["resource_type"] == "model":
        # The top folder below models/.
        return str(node["fqn"][1])
    layers = {"seed": "policy", "snapshot": "snapshots"}
    return layers.get(str(node["resource_type"]), str(node["schema"]))


def dictionary_csv(found: list[Entry]) -> str:
    """Return the dictionary as CSV, one line per column."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["layer", "kind", "schema", "relation", "relation_description", "column",
                    "type", "class", "required", "description"])  # fmt: skip
    for layer, kind, r in found:
        for c in r.columns:
            lines.writerow(map(neutralised, (
                layer, kind, r.schema, r.name, r.description, c.name, c.data_type, c.data_class,
                "yes" if c.required else "no", c.description,
            )))  # fmt: skip
    return text.getvalue()


def dictionary_html(found: list[Entry]) -> str:
    """Return the dictionary as an HTML page without scripts."""
    body = "".join(_page(found))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Data dictionary</title>'
        f"<style>{STYLE}</style><h1>Data dictionary</h1>{body}</html>\n"
    )


def _page(found: list[Entry]) -> Iterator[str]:
    for layer, of_layer in groupby(found, key=lambda e: e.layer):
        yield f"<h2>{escape(layer)}</h2>"
        for _, kind, r in of_layer:
            yield f"<h3>{escape(r.schema)}.{escape(r.name)}</h3>"
            yield f"<p>{escape(kind)}. {escape(r.description)}</p>"
            yield "<table><tr><th>column<th>type<th>class<th>description</tr>"
            for c in r.columns:
                cells = (c.name, c.data_type, c.data_class, c.description)
                yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
            yield "</table>"


def lineage(manifest: dict[str, Any]) -> str:
    """Return the lineage graph, from sources to exposures, as JSON with `nodes` and `edges`."""
    nodes = {
        unique_id: node
        for part in ("sources", "nodes", "exposures")
        for unique_id, node in manifest[part].items()
        if node["resource_type"] in (*KINDS, "exposure")
    }
    listed = [
        {
            "id": unique_id,
            "kind": node["resource_type"],
            "schema": node.get("schema"),
            "name": node["name"],
            "description": " ".join(node["description"].split()),
        }
        for unique_id, node in sorted(nodes.items())
    ]
    edges = [
        {"from": above, "to": unique_id}
        for unique_id, node in sorted(nodes.items())
        for above in sorted(set(node.get("depends_on", {}).get("nodes", ())))
        if above in nodes
    ]
    return json.dumps({"nodes": listed, "edges": edges}, ensure_ascii=False, indent=1) + "\n"
