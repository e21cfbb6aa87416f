"""`pytest --quick`: what answers within a minute.

Left out is whatever needs PostgreSQL, runs dbt, or starts a process. Nobody lists those tests: one
that asks for a server by its fixtures or parameters is not collected, and one that comes to a
process or to dbt skips itself there.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

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
    """Whether a test is not marked long, and asks for no server by a fixture or a parameter."""
    fixtures = getattr(item, "fixturenames", ())
    chosen = getattr(item, "callspec", None)
    asked = [*fixtures, *(chosen.params.values() if chosen else ())]
    needs_server = any("postgres" in name for name in asked if isinstance(name, str))
    return not needs_server and item.get_closest_marker("long") is None
