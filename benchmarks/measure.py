"""Run a piece of work in a process of its own and measure its time and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None where no target is set."""

    name: str
    size: str
    value: float
    unit: str
    target: str
    met: bool | None
    peak_mb: float | None


@dataclass(frozen=True)
class Measured:
    """What one process took. `peak_mb` is the resident memory of its whole tree."""

    seconds: float
    peak_mb: float
    result: Any


def run(work: str, *arguments: str, env: Mapping[str, str] | None = None) -> Measured:
    """Call `benchmarks.work:<work>(*arguments)` in a new process.

    The process times the work itself, so that starting Python and importing do not count.
    """
    code = (
        "import json, sys, time\n"
        "from benchmarks import work\n"
        "function = getattr(work, sys.argv[1])\n"
        "started = time.perf_counter()\n"
        "result = function(*sys.argv[2:])\n"
        "print('\\n' + json.dumps([time.perf_counter() - started, result]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, work, *arguments],
        env=os.environ | dict(env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = _watch(process)
    output, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{work} failed:\n{errors[-3000:]}")
    seconds, result = json.loads(output.strip().splitlines()[-1])
    return Measured(seconds, peak[0] / 2**20, result)


def _watch(process: subprocess.Popen[str]) -> list[int]:
    """Sample the tree's resident memory in the background; the list's one item is the peak."""
    peak = [0]

    def sample() -> None:
        while process.poll() is None:
            try:
                root = psutil.Process(process.pid)
                tree = [root, *root.children(recursive=True)]
                total = 0
                for member in tree:
                    try:
                        total += member.memory_info().rss
                    except psutil.NoSuchProcess:
                        continue
                peak[0] = max(peak[0], total)
            except psutil.NoSuchProcess:
                return
            time.sleep(SAMPLE_SECONDS)

    threading.Thread(target=sample, daemon=True).start()
    return peak


def best(runs: Sequence[Measured]) -> Measured:
    """The fastest run, with the highest memory any of them took."""
    fastest = min(runs, key=lambda m: m.seconds)
    return Measured(fastest.seconds, max(m.peak_mb for m in runs), fastest.result)


def write(rows: Sequence[Row], path: Path) -> None:
    """Write `bench.json`, whole or not at all."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", "utf-8")
    beside.replace(path)
