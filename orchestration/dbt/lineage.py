"""Fits dbt's manifest to the orchestrator's graph: which asset a node hangs on."""

from __future__ import annotations

from typing import Any

from orchestration.core.contracts import Contracts


def fit_lineage(manifest: dict[str, Any], contracts: Contracts) -> dict[str, Any]:
    """Change a manifest so that one graph reaches from the streams to the last mart; returns it.

    The engine is left out: the graph is the same on both.
    """
    manifest["metadata"]["adapter_type"] = None
    _let_books_follow_streams(manifest, contracts)
    _give_tests_a_model(manifest)
    return manifest


def _let_books_follow_streams(manifest: dict[str, Any], contracts: Contracts) -> None:
    """A model that reads the loader's books depends on every stream: each load writes them."""
    streams = [
        unique_id
        for unique_id, source in manifest["sources"].items()
        if (source["source_name"], source["name"]) in contracts
    ]
    books = {
        unique_id
        for unique_id, source in manifest["sources"].items()
        if source["schema"] == "raw" and unique_id not in streams
    }
    for node in manifest["nodes"].values():
        above = node["depends_on"].get("nodes", [])
        if node["resource_type"] == "model" and books.intersection(above):
            kept = [unique_id for unique_id in above if unique_id not in books]
            node["depends_on"]["nodes"] = sorted({*kept, *streams})


def _give_tests_a_model(manifest: dict[str, Any]) -> None:
    """Choose the model that a test of several models is shown as a check of.

    dagster-dbt shows such a test only where its meta names a model. The one that comes last in the
    flow of data is taken: a test that compares a mart with staging is a check of the mart.
    """
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test" or node.get("attached_node"):
            continue
        read = node["depends_on"]["nodes"]
        models = [unique_id for unique_id in read if unique_id in manifest["nodes"]]
        if models and len(read) > 1:
            last = max(models, key=lambda unique_id: (_depth(manifest, unique_id), unique_id))
            reference = {"name": manifest["nodes"][last]["name"]}
            meta = node["config"].setdefault("meta", {})
            meta.setdefault("dagster", {}).setdefault("ref", reference)


def _depth(manifest: dict[str, Any], unique_id: str) -> int:
    """The longest chain of models that a node is built from."""
    if unique_id not in manifest["nodes"]:
        return 0
    above = manifest["nodes"][unique_id]["depends_on"].get("nodes", [])
    return 1 + max((_depth(manifest, parent) for parent in above), default=0)
