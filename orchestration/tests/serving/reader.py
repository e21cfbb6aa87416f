"""A process that reads the published marts in a loop, as a dashboard would.

Run with one argument, JSON: `serving` (a DuckDB file) or PG* settings, `query`, and `stop`, a file
that ends the loop. Prints `ready` after the first read, JSON with what it saw at the end. Imports
little: eight of it must start on a small machine.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import duckdb
import psycopg

# Eight readers that open a file more often would leave a small machine no time to publish.
SECONDS_BETWEEN_FILES = 0.5
SECONDS_BETWEEN_QUERIES = 0.2


@dataclass(frozen=True)
class Seen:
    """What one reader saw: version numbers in order, torn versions, errors."""

    reads: int
    versions: list[int]
    torn: list[list[int]]
    errors: list[str]


def read_duckdb(path: str, query: str) -> Callable[[], list[int]]:
    """Open, read and close, every time."""

    def read() -> list[int]:
        with duckdb.connect(path, read_only=True, config={"threads": 1}) as connection:
            return [row[0] for row in connection.execute(query).fetchall()]

    return read


def read_postgres(settings: Mapping[str, str], query: LiteralString) -> Callable[[], list[int]]:
    """One session, prepared statements included."""
    session: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
        host=settings["PGHOST"],
        dbname=settings["PGDATABASE"],
        user=settings["PGUSER"],
        autocommit=True,
        prepare_threshold=3,
    )
    return lambda: [row[0] for row in session.execute(query).fetchall()]


def main(settings: dict[str, str]) -> None:
    """Read until told to stop."""
    query = settings["query"]
    if "serving" in settings:
        read, pause = read_duckdb(settings["serving"], query), SECONDS_BETWEEN_FILES
    else:
        read = read_postgres(settings, query)
        pause = SECONDS_BETWEEN_QUERIES
    stop = Path(settings["stop"])
    versions: list[int] = []
    torn: list[list[int]] = []
    errors: list[str] = []
    reads = 0
    while not stop.exists():
        try:
            found = read()
        except (duckdb.Error, psycopg.Error) as error:
            errors.append(f"{type(error).__name__}: {error}")
        else:
            if len(found) != 1:
                torn.append(found)
            elif versions[-1:] != found:
                versions += found
        reads += 1
        if reads == 1:
            print("ready", flush=True)
        time.sleep(pause)
    print(json.dumps(Seen(reads, versions, torn, errors).__dict__))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
