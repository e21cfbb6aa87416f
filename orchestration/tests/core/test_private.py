"""Nobody else reads a home: after every verb, no file or folder lets group or others in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.secrecy import keys
from orchestration.tests.processes import granary, plain_dbt
from orchestration.tests.workspace import Workspace, environment

# Kinds of what is written into a home, on either engine.
WRITTEN = {"landing", "truth", "target", "logs", "exports", "tmp", "operations", "catalog.html"}


def _open_to_others(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)} {path.stat().st_mode & 0o777:o}"
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o077
    ]


def _use(out: Path) -> None:
    """What a day does with a home, and who asks it."""
    period = "--from 2026-01-01 --to 2026-01-02"
    for command in (
        "sample --days 2 --per-day assistant=20 --per-day prism=20 --start 2026-01-01",
        "maintain",
        "status",
        f"export summary {period} --out {out / 'summary.zip'}",
        f"export interactions {period} --format xlsx",
        f"export compliance {period}",
        f"report executive --as-of 2026-01-02 --days 2 --format json --out {out / 'report.json'}",
    ):
        ended = granary(*command.split())
        # Of a maintenance some steps fail: nobody has archived a server's log here.
        assert ended.returncode == 0 or command == "maintain", (command, ended.stderr)
    assert plain_dbt("run", "--select", "dim_time").returncode == 0


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_a_home_is_private_after_every_verb(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    recipient = keys.write_identity(tmp_path / "backup.key")
    home, out = tmp_path / "home", tmp_path / "out"
    out.mkdir()
    opened = (
        Workspace.on_duckdb(home)
        if engine == "duckdb"
        else Workspace.on_postgres(home, request.getfixturevalue("postgres"))
    )
    before = os.umask(0o077)
    try:
        with environment({"GRANARY_BACKUP_RECIPIENTS": recipient}), opened as workspace:
            workspace.parse()
            # As most accounts have it.
            os.umask(0o022)
            home.chmod(0o755)
            _use(out)
            assert {path.name for path in home.iterdir()} > WRITTEN
            assert {path.name for path in out.iterdir()} > {"summary.zip", "report.json"}
            assert _open_to_others(home) == []
            assert _open_to_others(out)[1:] == []
    finally:
        os.umask(before)
