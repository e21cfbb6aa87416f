"""Reading processes at work during a test."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from orchestration.tests.serving import reader
from orchestration.tests.serving.conftest import NUMBERED, Built


def version_query(built: Built) -> str:
    """One statement over several marts of several schemas: their version numbers."""
    prefix = "serving_" if built.postgres else ""
    return " union ".join(
        f"select cast({name} as bigint) from {prefix}{mart}" for mart, name in NUMBERED.items()
    )


@contextlib.contextmanager
def readers(count: int, built: Built, stop: Path) -> Iterator[list[reader.Seen]]:
    """Readers at work; what they saw is in the list when the block has ended."""
    given = {**built.readable(), "query": version_query(built), "stop": str(stop)}
    command = [sys.executable, reader.__file__, json.dumps(given)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    seen: list[reader.Seen] = []
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield seen
        stop.touch()
        for process in processes:
            printed, _ = process.communicate(timeout=300)
            assert process.returncode == 0
            seen.append(reader.Seen(**json.loads(printed)))
    finally:
        for process in processes:
            process.kill()
            process.communicate()
