"""Every mart has readers, and they are named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestration.dbt.manifest import graph_manifest

# Marts that nobody reads, and why they are kept.
UNREAD = {
    "dim_applications": "names the applications for facts that hold several",
}


def test_every_mart_has_a_reader_or_a_reason() -> None:
    manifest = graph_manifest()
    marts = {
        unique_id: node["name"]
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    }
    read = {
        model for exposure in manifest["exposures"].values() for model in _read(manifest, exposure)
    }
    assert len(read) > 10
    unread = {name for unique_id, name in marts.items() if unique_id not in read}
    assert unread == set(UNREAD), "name their readers in models/exposures, or the reason here"
    assert read <= set(marts), "readers read marts"


def test_every_metric_has_a_reader() -> None:
    manifest = graph_manifest()
    read = {name for e in manifest["exposures"].values() for name in e["depends_on"]["nodes"]}
    assert manifest["metrics"]
    assert set(manifest["metrics"]) <= read


def test_exposures_say_who_and_what_for() -> None:
    for exposure in graph_manifest()["exposures"].values():
        assert exposure["description"]
        assert exposure["owner"]["name"]
        assert exposure["owner"].get("email") is None


def _read(manifest: dict[str, Any], node: dict[str, Any]) -> Iterator[str]:
    """Models a reader reads, straight or through metrics."""
    for above in node["depends_on"]["nodes"]:
        kind = above.split(".")[0]
        if kind in ("metric", "semantic_model"):
            yield from _read(manifest, manifest[f"{kind}s"][above])
        else:
            yield above
