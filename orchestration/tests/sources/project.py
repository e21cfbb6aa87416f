"""A copy of the project that a test may change, driven by its own commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.run import DBT
from orchestration.tests.workspace import Workspace

PARTS = (
    "models", "macros", "seeds", "snapshots", "tests", "orchestration", "dbt_project.yml",
    "profiles.yml", "dbt_granary.py", "pyproject.toml", ".sqlfluff",
)  # fmt: skip
GRANARY = [sys.executable, "-c", "from orchestration.cli import main; main()"]


@dataclass(frozen=True)
class Project:
    """A copy in a folder of its own, with the home and engine of a workspace."""

    folder: Path
    workspace: Workspace

    @classmethod
    def copied(cls, folder: Path, workspace: Workspace) -> Project:
        """Copy the project, without the tests of Python."""
        for part in PARTS:
            if (PROJECT_DIR / part).is_dir():
                shutil.copytree(
                    PROJECT_DIR / part,
                    folder / part,
                    ignore=shutil.ignore_patterns("__pycache__", "tests")
                    if part == "orchestration"
                    else None,
                )
            else:
                shutil.copy(PROJECT_DIR / part, folder / part)
        return cls(folder, workspace)

    def files(self) -> dict[str, bytes]:
        """Every file of the project, by its path."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and not {"__pycache__", "target", "logs"} & set(path.parts)
        }

    def granary(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a `granary` command."""
        return self.run([*GRANARY, *arguments], **variables)

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt as a person does, from the project's folder."""
        return self.run([*DBT, *arguments, "--target-path", str(self.folder / "target")])

    def run(self, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy, with the workspace's environment."""
        with self.workspace.activate():
            return subprocess.run(
                command,
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(self.folder), "NO_COLOR": "1"} | variables,
                capture_output=True,
                text=True,
                check=False,
            )

    def done(self, *arguments: str, **variables: str) -> str:
        """Run a `granary` command that must succeed; what it printed."""
        ended = self.granary(*arguments, **variables)
        assert ended.returncode == 0, f"{arguments}: {ended.stdout[-3000:]}{ended.stderr[-3000:]}"
        return ended.stdout
