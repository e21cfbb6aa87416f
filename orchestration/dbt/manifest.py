"""The manifest the orchestrator draws its graph from, parsed anew when the project has changed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.core.files import read_json
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.artifacts import parse

GRAPH_DIR = PROJECT_DIR / "target" / "graph"
SOURCES = ("dbt_project.yml", "models", "macros", "seeds", "snapshots", "tests")


def graph_manifest() -> dict[str, Any]:
    """dbt's manifest of the project as it is on disk.

    It is the same for every engine, and parsing needs neither a key nor a database.

    Raises:
        BuildError: dbt cannot parse the project.
    """
    path = GRAPH_DIR / "manifest.json"
    GRAPH_DIR.mkdir(parents=True, exist_ok=True)
    with FileLock(GRAPH_DIR / "parse.lock"):
        is_new = path.exists() and path.stat().st_mtime >= _last_change()
        return (read_json(path) if is_new else None) or _parse(path)


def _last_change() -> float:
    """When a file of the project was last written, added or removed, in seconds."""
    return max(path.stat().st_mtime for name in SOURCES for path in _tree(PROJECT_DIR / name))


def _tree(path: Path) -> Iterator[Path]:
    if path.exists():
        yield path
    yield from path.rglob("*")


def _parse(path: Path) -> dict[str, Any]:
    started = time.time()
    # The lint target: an empty database in memory.
    parse(Settings(), path.parent, "--target", "lint")
    # What was edited while dbt read it counts as newer than the manifest.
    os.utime(path, (started, started))
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return manifest
