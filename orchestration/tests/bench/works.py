"""Work for the tests to measure: a module that imports little, for each runs in a new process."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import Timed
from orchestration.core.errors import GranaryError

HOLD_200_MB = "import time; held = bytearray(b'x') * (200 << 20); time.sleep(0.8)"


def in_a_child() -> str:
    """Work that leaves the memory to a process of its own."""
    subprocess.run([sys.executable, "-c", HOLD_200_MB], check=True)
    return "done"


def idle() -> Timed:
    """Work that counts a part of itself."""
    return Timed(12.5, {"rows": 3})


def fail(message: str) -> None:
    """Work that ends as expected failures do."""
    raise GranaryError(message)
