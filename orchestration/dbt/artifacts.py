"""What dbt leaves in its target folder. A kill or a full disk may leave half of it: then it is made
anew.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from orchestration.core.errors import BuildError
from orchestration.core.files import read_json, sweep, working_folder
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.run import DBT, dbt_environment

MANIFEST, SEMANTIC_MANIFEST = "manifest.json", "semantic_manifest.json"


def artifact(settings: Settings, name: str) -> dict[str, Any] | None:
    """`manifest.json` or `semantic_manifest.json` of the last build; None where nothing was built.

    Raises:
        BuildError: it is broken, and dbt cannot parse the project.
    """
    path = settings.target_path / name
    if not path.exists():
        return None
    return read_json(path) or _made_anew(settings, name)


def parse(settings: Settings, folder: Path, *arguments: str) -> None:
    """Have dbt write its manifests of the project as it is on disk into a folder.

    Raises:
        BuildError: dbt cannot parse the project.
    """
    environment = dbt_environment(settings) | {
        "DBT_TARGET_PATH": str(folder),
        "DBT_LOG_PATH": str(folder),
    }
    ended = subprocess.run(
        [*DBT, "parse", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BuildError(f"dbt cannot parse the project:\n{ended.stdout[-4000:]}")


def _made_anew(settings: Settings, name: str) -> dict[str, Any] | None:
    # Beside: a build may be writing its own.
    sweep(settings.target_path.glob("parse-*"))
    with working_folder(settings.target_path, "parse") as folder:
        parse(settings, Path(folder))
        for made in (MANIFEST, SEMANTIC_MANIFEST):
            os.replace(Path(folder) / made, settings.target_path / made)
    return read_json(settings.target_path / name)
