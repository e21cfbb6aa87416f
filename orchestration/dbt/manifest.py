"""The manifest the orchestrator draws its graph from, parsed anew when the project has changed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.dbt.run import DBT
from orchestration.errors import BuildError
from orchestration.settings import PROJECT_DIR

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
        if not path.exists() or path.stat().st_mtime < _last_change():
            _parse(path)
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return manifest


def _last_change() -> float:
    """When a file of the project was last written, added or removed, in seconds."""
    return max(path.stat().st_mtime for name in SOURCES for path in _tree(PROJECT_DIR / name))


def _tree(path: Path) -> Iterator[Path]:
    if path.exists():
        yield path
    yield from path.rglob("*")


def _parse(path: Path) -> None:
    started = time.time()
    # The lint target: an empty database in memory.
    command = [*DBT, "parse", "--target", "lint"]
    environment = os.environ | {
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(GRAPH_DIR),
        "DBT_LOG_PATH": str(GRAPH_DIR),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    result = subprocess.run(
        command,
        cwd=PROJECT_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise BuildError(f"dbt cannot parse the project:\n{result.stdout[-4000:]}")
    # What was edited while dbt read it counts as newer than the manifest.
    os.utime(path, (started, started))
