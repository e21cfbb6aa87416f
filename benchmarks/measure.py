"""Run a piece of work in a process of its own and measure its time and peak memory."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from orchestration.core.errors import GranaryError
from orchestration.core.settings import PROJECT_DIR

SAMPLE_SECONDS = 0.02
TREE_SECONDS = 0.25
"""How often new child processes are looked for; that reads the whole process table."""


class WorkFailed(GranaryError):
    """A piece of work ended with an error; the message holds the end of what it wrote."""


@dataclass(frozen=True)
class Measured:
    """What one process took. `peak_mb` is the resident memory of its whole tree in MiB."""

    seconds: float
    peak_mb: float
    result: Any


@dataclass(frozen=True)
class Timed:
    """What work returns that has timed the part of itself that counts."""

    seconds: float
    result: Any


class Memory:
    """Peak resident memory of process trees; pages they share count once for each process."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots
        self._members: dict[int, psutil.Process] = {}
        self._looked = float("-inf")
        self.peak_bytes = 0

    def sample(self) -> None:
        """Take the trees' memory now."""
        if time.monotonic() - self._looked > TREE_SECONDS:
            self._look()
        total = 0
        for process in self._members.values():
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        self.peak_bytes = max(self.peak_bytes, total)

    def _look(self) -> None:
        found = {}
        for root in self._roots:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(root)
                for member in (process, *process.children(recursive=True)):
                    found[member.pid] = self._members.get(member.pid, member)
        self._members = found
        self._looked = time.monotonic()


@contextlib.contextmanager
def watched(*roots: int) -> Iterator[Memory]:
    """Sample the memory of the trees under `roots` in the background."""
    memory, done = Memory(roots), threading.Event()

    def watch() -> None:
        while not done.is_set():
            memory.sample()
            done.wait(SAMPLE_SECONDS)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def run(
    work: Callable[..., Any],
    *arguments: str,
    env: Mapping[str, str],
    servers: Sequence[int] = (),
) -> Measured:
    """Call a function of a module in a new process.

    The process times the work itself, so that starting Python and importing do not count.

    Args:
        work: the function; what it returns must have a JSON form, or be `Timed`.
        arguments: its arguments, as texts.
        env: the whole environment of the process.
        servers: processes that work for it, whose memory counts too.

    Raises:
        WorkFailed: it ended with an error.
    """
    command = [sys.executable, "-m", "benchmarks.child", work.__module__, work.__name__]
    # A file, not a pipe: nobody needs to read it while the work runs.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=PROJECT_DIR,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            with watched(process.pid, *servers) as memory:
                output, _ = process.communicate()
        except BaseException:
            stop(process.pid)
            process.wait()
            raise
        if process.returncode:
            errors.seek(0)
            raise WorkFailed(f"{work.__name__}: {errors.read()[-3000:].strip()}")
    seconds, result = json.loads(output.strip().splitlines()[-1])
    return Measured(seconds, memory.peak_bytes / 2**20, result)


def stop(pid: int) -> None:
    """End a process of ours and all it has started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (*root.children(recursive=True), root):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def best(runs: Sequence[Measured]) -> Measured:
    """The fastest run, with the highest memory any of them took."""
    fastest = min(runs, key=lambda m: m.seconds)
    return Measured(fastest.seconds, max(m.peak_mb for m in runs), fastest.result)


def fastest_of(passes: int, work: Callable[[], Any]) -> Timed:
    """Run work several times in this process; the fastest time and the last result."""
    seconds = float("inf")
    for _ in range(passes):
        started = time.perf_counter()
        result = work()
        seconds = min(seconds, time.perf_counter() - started)
    return Timed(seconds, result)
