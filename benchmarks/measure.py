"""Run a function in a process of its own and measure its time and peak memory."""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from orchestration.core.errors import GranaryError
from orchestration.core.settings import PROJECT_DIR

SAMPLE_SECONDS = 0.02
TREE_SECONDS = 0.25
"""How often to look for new child processes, which reads the whole process table."""


class WorkFailed(GranaryError):
    """The function failed; the message holds the end of its standard error."""


@dataclass(frozen=True)
class Measured:
    """Time and memory of one process; `peak_mb` is the peak resident memory of its tree, in MiB."""

    seconds: float
    peak_mb: float
    result: Any


@dataclass(frozen=True)
class Timed:
    """The result of a function that has timed only the part of itself that counts."""

    seconds: float
    result: Any


@dataclass(frozen=True)
class Spent:
    """CPU seconds, user's and system's, of a process and all it started, and their memory."""

    cpu_seconds: float
    peak_mb: float


class Memory:
    """Peak resident memory of process trees; pages that processes share count once for each."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots
        self._members: dict[int, psutil.Process] = {}
        self._looked = float("-inf")
        self.peak_bytes = 0

    def sample(self) -> None:
        """Add up the trees' memory now and update the peak."""
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
    """Sample the memory of the trees below `roots` in a background thread."""
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
    """Call a function in a new process and measure it.

    The process times the function itself, so that starting Python and importing do not count.

    Args:
        work: a function of a module; it returns something that JSON can hold, or a `Timed`.
        arguments: its arguments, as text.
        env: the whole environment of the process.
        servers: ids of server processes that work for it, whose memory counts too.

    Raises:
        WorkFailed: the function failed.
    """
    command = [sys.executable, "-m", "benchmarks.child", work.__module__, work.__name__]
    # A file, not a pipe: a pipe that nobody reads would fill up and block the process.
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
    # The function may print, too: the result is the last line.
    seconds, result = json.loads(output.strip().splitlines()[-1])
    return Measured(seconds, memory.peak_bytes / 2**20, result)


def spent(
    command: Sequence[str], folder: Path, env: Mapping[str, str], servers: Sequence[int] = ()
) -> Spent:
    """Run a command to its end and measure it, starting and importing included.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        env: its whole environment.
        servers: ids of server processes that work for it, whose CPU and memory count too.

    Raises:
        WorkFailed: it ended with an error.
    """
    before = _cpu_of_children() + sum(map(_cpu_of_tree, servers))
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(
            command, cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        ) as process,
    ):
        with watched(process.pid, *servers) as memory:
            process.wait()
        if process.returncode:
            said.seek(0)
            raise WorkFailed(f"{' '.join(command[-2:])}: {said.read()[-3000:].strip()}")
    cpu = _cpu_of_children() + sum(map(_cpu_of_tree, servers)) - before
    return Spent(cpu, memory.peak_bytes / 2**20)


def _cpu_of_children() -> float:
    """Return the CPU seconds of all children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu_of_tree(root: int) -> float:
    """Return the CPU seconds of a server, its living children and those that have ended."""
    server = psutil.Process(root)
    own = server.cpu_times()
    seconds = own.user + own.system + own.children_user + own.children_system
    for child in server.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            seconds += child.cpu_times().user + child.cpu_times().system
    return float(seconds)


def stop(pid: int) -> None:
    """Kill a process that we started, and all its descendants."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        # Listed before the root dies: its orphans would no longer count as its children.
        for process in (*root.children(recursive=True), root):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def best(runs: Sequence[Measured]) -> Measured:
    """Return the fastest run, with the highest peak memory of all runs."""
    fastest = min(runs, key=lambda m: m.seconds)
    return Measured(fastest.seconds, max(m.peak_mb for m in runs), fastest.result)


def fastest_of(passes: int, work: Callable[[], Any]) -> Timed:
    """Run a function several times in this process; return the fastest time and last result."""
    seconds = float("inf")
    for _ in range(passes):
        started = time.perf_counter()
        result = work()
        seconds = min(seconds, time.perf_counter() - started)
    return Timed(seconds, result)
