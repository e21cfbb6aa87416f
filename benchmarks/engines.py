"""PostgreSQL beside DuckDB: CPU seconds of a load, a whole build and one more day."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from benchmarks.before import GRANARY
from benchmarks.bench import DAYS, Bench, Home
from benchmarks.measure import Spent, spent
from benchmarks.rows import Target
from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.workspace import PostgresServer

MOST_ON_POSTGRES = 1_000_000
# At most so many times DuckDB's CPU.
BOUNDS = {"ingest": 1.5, "whole build": 2.5, "one more day": 1.5}
NAME = "PostgreSQL beside DuckDB"


def measure(bench: Bench) -> None:
    """Take in and build the same files on both engines, then one more day of the assistant."""
    if bench.size.interactions > MOST_ON_POSTGRES:
        return
    with bench.home("source") as source:
        bench.say(f"{NAME}: writing a sample")
        size = f"assistant={bench.size.rows_per_day}"
        _granary(source.environment(), (), "sample", "--days", str(DAYS), "--per-day", size)
        with bench.home("on-duckdb") as home:
            embedded = _steps(bench, source, home, home.environment(), ())
        with bench.home("on-postgres") as home, PostgresServer.start() as server:
            env = home.environment() | server.create_database() | {"GRANARY_TARGET": "postgres"}
            postmaster = int((Path(server.host) / "postmaster.pid").read_text("utf-8").split()[0])
            served = _steps(bench, source, home, env, (postmaster,))
    for step, bound in BOUNDS.items():
        mine, theirs = served[step], embedded[step]
        size = f"{theirs.cpu_seconds:.1f} CPU s on DuckDB"
        bench.add(f"{NAME}: {step}", mine.cpu_seconds, "CPU s", size=size, peak_mb=mine.peak_mb)
        ratio = mine.cpu_seconds / theirs.cpu_seconds
        bench.add(f"{NAME}: {step}, ratio", ratio, "ratio", target=Target(bound, least=False))
    if bench.first:
        bench.notes.append(
            f"{NAME}: CPU seconds of the command and of the server; memory that processes of the "
            "server share counts once for each."
        )


def _steps(
    bench: Bench, source: Home, home: Home, env: Mapping[str, str], servers: tuple[int, ...]
) -> dict[str, Spent]:
    """Measure each step on one engine; the last day of the assistant is landed for the last."""
    landing = home.settings.landing
    home.link(source, "*/*/*/*")
    asked = landing / "assistant" / "interactions"
    last = max(path.name for path in asked.iterdir())
    held = Path(shutil.move(asked / last, home.path / "held"))
    found = {}
    for step, verb in (("ingest", "ingest"), ("whole build", "build")):
        bench.say(f"{NAME}: {step}, {home.path.name}")
        found[step] = _granary(env, servers, verb)
    shutil.move(held, asked / last)
    _granary(env, servers, "ingest")
    bench.say(f"{NAME}: one more day, {home.path.name}")
    found["one more day"] = _granary(env, servers, "build")
    return found


def _granary(env: Mapping[str, str], servers: tuple[int, ...], *arguments: str) -> Spent:
    return spent([*GRANARY, *arguments], PROJECT_DIR, env, servers)
