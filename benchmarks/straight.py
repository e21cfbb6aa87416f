"""Run the SQL that dbt compiled, in dbt's order, with DuckDB alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb

from orchestration.core.settings import Settings
from orchestration.secrecy.pseudonyms import pads


def location(settings: Settings) -> Path:
    """Return the file in which the SQL runs."""
    # DuckDB names a database by its file, and compiled SQL contains that name.
    return settings.root / "straight" / settings.warehouse.name


def prepare(settings: Settings, raw: Path) -> None:
    """Copy a warehouse in which nothing has been built yet."""
    location(settings).parent.mkdir(exist_ok=True)
    shutil.copyfile(raw, location(settings))


def run_straight() -> dict[str, int]:
    """Run what the last `dbt build` ran, which must have been a full build.

    Models become views or tables as configured, the failures of tests are counted, and seeds are
    copied from the warehouse.

    Returns:
        The number of rows of each table.
    """
    settings = Settings()
    manifest = _read(settings, "manifest.json")
    nodes: dict[str, Any] = manifest["nodes"]
    rows: dict[str, int] = {}
    inner, outer = pads(settings.read_key())
    with duckdb.connect(str(location(settings))) as engine:
        engine.execute(f"attach '{settings.warehouse}' as built (read_only)")
        engine.execute("set timezone = 'UTC'")
        engine.execute("set variable granary_inner_pad = $1::blob", [inner])
        engine.execute("set variable granary_outer_pad = $1::blob", [outer])
        for result in _read(settings, "run_results.json")["results"]:
            node = nodes.get(result["unique_id"], {"resource_type": None})
            sql = result.get("compiled_code")
            if node["resource_type"] == "operation" and "on-run-start" in node["tags"] and sql:
                engine.execute(sql)
            elif node["resource_type"] == "test":
                engine.execute(f"select count(*) from ({sql}) as failures").fetchall()
            elif node["resource_type"] in ("model", "seed", "snapshot"):
                name = f'"{node["schema"]}"."{node["alias"]}"'
                engine.execute(f'create schema if not exists "{node["schema"]}"')
                if node["config"]["materialized"] == "view":
                    engine.execute(f"create view {name} as {sql}")
                    continue
                if node["resource_type"] == "snapshot":
                    # Only for its cost. The table itself is copied below, because dbt adds columns
                    # to a snapshot that models read.
                    engine.execute(f"create temp table versions as {sql}")
                    engine.execute("drop table versions")
                source = sql if node["resource_type"] == "model" else f"from built.{name}"
                [(count,)] = engine.execute(f"create table {name} as {source}").fetchall()
                rows[f"{node['schema']}.{node['alias']}"] = int(count)
    return rows


def _read(settings: Settings, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((settings.target_path / name).read_text("utf-8"))
    return content
