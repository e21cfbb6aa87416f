"""A report's file is whole or not there, and no other file is lost to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.report.errors import ReportError
from orchestration.report.write import write_report

KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.report.write import write_report

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_report(Path(sys.argv[1]), "half", force=sys.argv[2] == "force")
"""


@pytest.mark.parametrize("there", [None, "old"])
def test_a_killed_write_leaves_the_final_name_alone(tmp_path: Path, there: str | None) -> None:
    path = tmp_path / "report.html"
    if there:
        path.write_text(there)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), "force" if there else ""], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (path.read_text() if path.exists() else None) == there


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match="No space left"):
        write_report(tmp_path / "report.html", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(ReportError, match="--force"):
        write_report(path, "report")
    assert path.read_text() == "mine"
    write_report(path, "report", force=True)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["report"]
