"""A build and a publication beside those of the version before, which a worktree of git holds."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import DAYS, Bench, Home
from benchmarks.measure import Spent, spent
from benchmarks.rows import Target
from orchestration.core.settings import PROJECT_DIR

BEFORE = "0866bbc"
"""The last commit whose builds knew no changes."""
ROUNDS = 3
GRANARY = (sys.executable, "-c", "from orchestration.cli import main; main()")
# An argument makes a build whole; this one changes nothing else.
WHOLE = ("build", "--no-fail-fast")
NAME = "beside the version before"


@dataclass(frozen=True)
class Side:
    """A version of the project, and a home that it works in."""

    project: Path
    home: Home

    def granary(self, *arguments: str) -> Spent:
        """Run the command of this version."""
        env = self.home.environment() | {"PYTHONPATH": str(self.project)}
        return spent([*GRANARY, *arguments], self.project, env)

    def measured(self, saved: str, *arguments: str) -> Spent:
        """Run it on a warehouse as it was kept."""
        self.home.restore(saved)
        return self.granary(*arguments)


def measure(bench: Bench) -> None:
    """Both versions in turn, from the same landing files; the median of each counts."""
    with _project_of(BEFORE, bench.folder / "project") as project, contextlib.ExitStack() as homes:
        if project is None:
            bench.notes.append(f"{NAME}: git has no commit {BEFORE} here, so nothing is compared.")
            return
        now, then = (
            Side(path, homes.enter_context(bench.home(name)))
            for name, path in (("now", PROJECT_DIR), ("then", project))
        )
        _prepare(bench, now, then)
        _compare(bench, "whole build", now, then, "built", WHOLE, 0.75)
        _compare(bench, "nothing new", now, then, "built", ("build",), 0.05)
        _compare(bench, "one source has a day", now, then, "day landed", ("build",), 0.5)
        _compare(bench, "its publication", now, then, "day built", ("publish",), 0.5)
    if bench.first:
        bench.notes.append(
            f"{NAME}: CPU seconds of whole processes, the median of {ROUNDS}, divided by those of "
            f"commit {BEFORE} on the same landing files of both sources; the memory is this one's."
        )


@contextlib.contextmanager
def _project_of(commit: str, folder: Path) -> Iterator[Path | None]:
    """A worktree of a commit; None where git cannot make one."""
    git = ["git", "-C", str(PROJECT_DIR), "worktree"]
    made = subprocess.run(
        [*git, "add", "--quiet", "--detach", str(folder), commit], capture_output=True, check=False
    )
    try:
        yield None if made.returncode else folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], capture_output=True, check=False)


def _prepare(bench: Bench, now: Side, then: Side) -> None:
    """Build all but the assistant's last day; keep that, the day loaded, and the day built."""
    now.granary("sample", "--days", str(DAYS), "--per-day", f"assistant={bench.size.rows_per_day}")
    shutil.copytree(now.home.settings.landing, then.home.settings.landing)
    for side in (now, then):
        bench.say(f"{NAME}: the first build {side.home.path.name}")
        asked = side.home.settings.landing / "assistant" / "interactions"
        last = max(path.name for path in asked.iterdir())
        held = Path(shutil.move(asked / last, side.home.path / "held"))
        for step in ("ingest", "build"):
            side.granary(step)
        side.home.save("built")
        side.granary("publish")
        shutil.move(held, asked / last)
        side.granary("ingest")
        side.home.save("day landed")
        side.granary("build")
        side.home.save("day built")


def _compare(
    bench: Bench,
    what: str,
    now: Side,
    then: Side,
    saved: str,
    arguments: tuple[str, ...],
    most: float,
) -> None:
    bench.say(f"{NAME}: {what}")
    of_now, of_then = [], []
    for _ in range(ROUNDS):
        of_then.append(then.measured(saved, *arguments))
        of_now.append(now.measured(saved, *arguments))
    mine, theirs = (statistics.median(r.cpu_seconds for r in runs) for runs in (of_now, of_then))
    peak = max(run.peak_mb for run in of_now)
    bench.add(f"{NAME}: {what}", mine, "CPU s", size=f"before {theirs:.2f} CPU s", peak_mb=peak)
    bench.add(f"{NAME}: {what}, ratio", mine / theirs, "ratio", target=Target(most, least=False))
