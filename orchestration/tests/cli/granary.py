"""The `granary` command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from orchestration.settings import PROJECT_DIR

COMMAND = [sys.executable, "-c", "from orchestration.cli import main; main()"]


def environment_for(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The present environment with changes; None removes a variable."""
    changed = {**os.environ, "PYTHONPATH": str(PROJECT_DIR), **(changes or {})}
    return {name: value for name, value in changed.items() if value is not None}


def granary(
    *arguments: str,
    changes: Mapping[str, str | None] | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command, from another folder if given, and return what it printed."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment_for(changes),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def plain_dbt(
    *arguments: str, changes: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run dbt as a person would, in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments],
        env=environment_for({"PYTHONWARNINGS": "ignore", **(changes or {})}),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
