"""The process in which work is measured: `python -m benchmarks.child <module> <function> …`."""

from __future__ import annotations

import importlib
import json
import sys
import time

from benchmarks.measure import Timed
from orchestration.core.errors import GranaryError


def main(module: str, function: str, *arguments: str) -> None:
    """Run the function; print its time in seconds and its result as JSON, on the last line."""
    work = getattr(importlib.import_module(module), function)
    started = time.perf_counter()
    result = work(*arguments)
    seconds = time.perf_counter() - started
    if isinstance(result, Timed):
        seconds, result = result.seconds, result.result
    print("\n" + json.dumps([seconds, result]))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except GranaryError as error:
        sys.exit(str(error))
