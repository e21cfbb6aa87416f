"""The catalog: one file, everything in it described and classed."""

from __future__ import annotations

import json
import re

import pytest

from orchestration.dbt.catalog import DOCS, CatalogIncomplete, check_complete
from orchestration.serving.gate import read_manifest
from orchestration.tests.serving.conftest import Built


def test_numbers_have_the_precision_that_is_declared(built: Built) -> None:
    """dbt's contracts compare it on DuckDB only."""
    manifest = read_manifest(built.workspace.settings)
    declared = {
        (node["schema"], node["alias"], column["name"]): tuple(map(int, found.groups()))
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
        for column in node["columns"].values()
        if (found := re.fullmatch(r"(?:numeric|decimal)\((\d+), ?(\d+)\)", column["data_type"]))
    }
    assert declared
    held = {
        (schema, table, column): (precision, scale)
        for schema, table, column, precision, scale in built.workspace.query(
            "select table_schema, table_name, column_name, numeric_precision, numeric_scale "
            "from information_schema.columns"
        )
    }
    assert {place: held.get(place) for place in declared} == declared


def test_catalog_is_one_described_file(on_duckdb: Built) -> None:
    assert on_duckdb.workspace.dbt(*DOCS).success

    target = on_duckdb.workspace.settings.target_path
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    catalog = json.loads((target / "catalog.json").read_text("utf-8"))
    ours = [
        node
        for kind in ("nodes", "sources")
        for node in manifest[kind].values()
        if node["resource_type"] in ("model", "seed", "snapshot", "source")
    ]
    assert len(ours) > 25
    undescribed, unclassed = [], []
    for node in ours:
        built = catalog["nodes" if node["resource_type"] != "source" else "sources"]
        columns = built.get(node["unique_id"], {"columns": {}})["columns"]
        loaded = {name for name in columns if name.startswith("_")}
        for column in set(columns) - loaded:
            described = node["columns"].get(column, {})
            if not described.get("description"):
                undescribed.append(f"{node['name']}.{column}")
            if not described.get("config", {}).get("meta", {}).get("class"):
                unclassed.append(f"{node['name']}.{column}")
        if not node["description"]:
            undescribed.append(node["name"])
    # An engine's own form of a macro is described with the macro.
    undescribed += [
        macro["name"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == "granary"
        and not macro["name"].startswith(("default__", "duckdb__", "postgres__"))
        and not macro["description"]
    ]
    assert undescribed == []
    assert unclassed == []

    # dbt omits what nobody declared without a word.
    check_complete(on_duckdb.workspace.settings)
    on_duckdb.workspace.execute("create table assistant.undeclared as select 1 as n")
    with pytest.raises(CatalogIncomplete, match=r"assistant\.undeclared"):
        check_complete(on_duckdb.workspace.settings)

    page = (target / "static_index.html").read_text("utf-8")
    assert "query_performance" in page
    assert "Bus matrix" in page
    loads = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="?(https?://[^" >]+)', page)
    assert loads == []
