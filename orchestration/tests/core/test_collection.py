"""No test is left out because of the name of its folder."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from orchestration.core.settings import PROJECT_DIR

TESTS = PROJECT_DIR / "orchestration" / "tests"


def test_every_folder_with_tests_is_entered(pytestconfig: pytest.Config) -> None:
    parts = {part for test in TESTS.rglob("test_*.py") for part in test.relative_to(TESTS).parts}
    left_out = {p for p in parts for no in pytestconfig.getini("norecursedirs") if fnmatch(p, no)}
    assert not left_out
