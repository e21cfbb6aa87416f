"""Processes of a test's own: the `granary` command, dbt, and what is to be killed.

Most are forked from a server that has imported what they need: an interpreter that starts anew
takes half a second to two, and the tests start hundreds.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from dbt.cli.main import cli as dbt

from orchestration.cli import main
from orchestration.core import fault_points
from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.quick import not_if_quick

INSTALLED = Path(sys.executable).with_name("granary")

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "orchestration.tests.processes",
        "orchestration.tests.workspace",
        "orchestration.extract.run",
        "orchestration.lifecycle.apply",
        "orchestration.operations.maintenance.maintain",
        "orchestration.serving.metrics",
        "pytest",  # a function to start may be in a test module
    ]
)


def start(
    act: Callable[..., None], *arguments: Any, changes: Mapping[str, str | None] | None = None
) -> ForkServerProcess:
    """Start a function in a process of its own, in the present environment with changes."""
    not_if_quick("it starts a process")
    process = _SERVER.Process(target=_act, args=(environment_for(changes), act, arguments))
    process.start()
    return process


class Command:
    """A command at work, `granary` if not told otherwise; files hold what it prints."""

    def __init__(
        self,
        *arguments: str,
        changes: Mapping[str, str | None] | None = None,
        before: str = "",
        act: Callable[[], None] | None = None,
    ) -> None:
        self._arguments = arguments
        self._printed = tempfile.TemporaryDirectory(prefix="granary-printed-")
        self._out, self._err = (Path(self._printed.name) / name for name in ("out", "err"))
        for file in (self._out, self._err):
            file.touch()
        given = act or _granary, arguments, self._out, self._err, before
        self._process = start(_command, *given, changes=changes)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.is_alive()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """What it has printed so far, on both streams."""
        return self._out.read_text("utf-8") + self._err.read_text("utf-8")

    def kill(self) -> subprocess.CompletedProcess[str]:
        """End it at once, as a power failure would."""
        self._process.kill()
        return self.wait()

    def wait(self, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            self._process.kill()
            raise subprocess.TimeoutExpired(self._arguments, seconds)
        with self._printed:
            return subprocess.CompletedProcess(
                self._arguments,
                self._process.exitcode,
                self._out.read_text("utf-8"),
                self._err.read_text("utf-8"),
            )


def granary(
    *arguments: str, changes: Mapping[str, str | None] | None = None, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command and return what it printed.

    `before` is Python that the process runs first; None in `changes` removes a variable.
    """
    return Command(*arguments, changes=changes, before=before).wait()


def installed(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as it is installed, in an interpreter that starts anew."""
    return subprocess.run(
        [INSTALLED, *arguments],
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
    return dbt_at_work(*arguments, changes=changes).wait()


def dbt_at_work(
    *arguments: str, changes: Mapping[str, str | None] | None = None, before: str = ""
) -> Command:
    """Start dbt as a person would, in the project's folder."""
    return Command(*arguments, changes=changes, before=before, act=_dbt)


def limited(size_bytes: int) -> str:
    """What a process runs `before`, so that no file of its may grow beyond a size."""
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size_bytes},) * 2)"


def dying(point: str, call: int = 1) -> str:
    """What a process runs `before`, so that it dies when it reaches a named point that often."""
    return f"from orchestration.tests.processes import die_at; die_at({point!r}, {call})"


def die_at(point: str | None, call: int = 1) -> None:
    """Let this process die when it reaches a named point that often; None: any of them."""
    calls = itertools.count(1)

    def die(reached: str) -> None:
        if point in (reached, None) and next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)

    fault_points.watch(die)


def environment_for(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The present environment with changes; None removes a variable."""
    changed = {**os.environ, "PYTHONPATH": str(PROJECT_DIR), **(changes or {})}
    return {name: value for name, value in changed.items() if value is not None}


def _act(environment: dict[str, str], act: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    act(*arguments)


def _command(
    act: Callable[[], None], arguments: tuple[str, ...], out: Path, err: Path, before: str
) -> None:
    for descriptor, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY), descriptor)
    exec(before, {})
    sys.argv[1:] = arguments
    act()


def _granary() -> None:
    sys.argv[0] = "granary"
    main()


def _dbt() -> None:
    sys.argv[0] = "dbt"
    os.chdir(PROJECT_DIR)
    dbt()
