"""`pytest --quick`: what answers within a minute.

Left out is whatever needs PostgreSQL, runs dbt, or starts a process. Nobody lists those tests: one
that asks for a server by its fixtures or parameters is not collected, and one that comes to a
process or to dbt skips itself there.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Generator
from typing import Any

import pytest

# Calls by which a test starts a process or dbt; a helper may hide one, which is noticed as it runs.
CALLS = re.compile(
    r"\b(granary|installed|plain_dbt|dbt_at_work|start|Command)\(|\.(build|build_models|dbt|parse)\("
)
# What Python says before it starts a process.
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}


class Quick:
    """A plugin of pytest: while a test runs, it skips itself before it starts a process."""

    is_on = False

    def __init__(self) -> None:
        sys.addaudithook(self._look)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None]:
        """Look on while fixtures are made."""
        return (yield from self._watched())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        """Look on while the test itself runs."""
        return (yield from self._watched())

    def _watched(self) -> Generator[None]:
        Quick.is_on = True
        try:
            yield
        finally:
            Quick.is_on = False

    def _look(self, event: str, _: tuple[Any, ...]) -> None:
        if event in STARTS:
            not_if_quick("it starts a process")


def not_if_quick(what: str) -> None:
    """Skip the test that has come this far."""
    if Quick.is_on:
        pytest.skip(f"not quick: {what}")


def is_quick(item: pytest.Item) -> bool:
    """Whether a test is worth starting: not marked long, and with none of those needs in sight.

    What a fixture or a parameter asks for is in sight, and what the test itself calls. Tests that
    share a module's warehouse may need what another of them has built.
    """
    fixtures = getattr(item, "fixturenames", ())
    chosen = getattr(item, "callspec", None)
    asked = [*fixtures, *(chosen.params.values() if chosen else ())]
    names = {name for name in asked if isinstance(name, str)}
    needs_server = any("postgres" in name for name in names)
    function = getattr(item, "function", None)
    calls = function is not None and CALLS.search(inspect.getsource(function)) is not None
    return not (
        needs_server or calls or "module_workspace" in names or item.get_closest_marker("long")
    )
