"""Compare ingest with DuckDB's bare scan of the same files."""

from __future__ import annotations

import duckdb

from benchmarks import work
from benchmarks.bench import Bench
from benchmarks.measure import best
from benchmarks.rows import Target
from orchestration.core.contracts import load_contracts
from orchestration.core.settings import Settings

STREAM = "interactions"
SHARE = Target(0.7, least=True)


def measure(bench: Bench) -> None:
    """Load one stream both ways in turn, each into a new file; the fastest of each counts."""
    with bench.home("ingest") as home:
        home.link(bench.sample, f"assistant/{STREAM}/*/*")
        ours, bare = [], []
        rounds = bench.size.rounds + 1
        for number in range(1, rounds + 1):
            bench.say(f"ingest and bare scan, round {number} of {rounds}")
            home.clear()
            ours.append(home.run(work.load))
            home.clear()
            bare.append(home.run(bare_scan))
    of_ours, of_bare = best(ours), best(bare)
    speed = of_ours.result["rows"] / of_ours.seconds
    bare_speed = of_bare.result["rows"] / of_bare.seconds
    bench.add("ingest", speed, "rows/s", peak_mb=of_ours.peak_mb)
    bench.add("ingest: bare scan", bare_speed, "rows/s", peak_mb=of_bare.peak_mb)
    bench.add("ingest: share of the bare scan", speed / bare_speed, "ratio", target=SHARE)
    if bench.first:
        bench.notes.append(
            "ingest: both read the stream interactions only. The sample holds malformed lines, so "
            "the bare scan runs with ignore_errors = true and counts them as rows of nulls; ingest "
            "counts rows without rejects."
        )


def bare_scan() -> dict[str, int]:
    """Read the files straight into a table with the contract's columns and types."""
    settings = Settings()
    columns = {c.name: c.data_type for c in load_contracts()["assistant", STREAM].columns}
    files = sorted(map(str, (settings.landing / "assistant" / STREAM).glob("*/*")))
    with duckdb.connect(str(settings.root / "bare.duckdb")) as engine:
        [(rows,)] = engine.execute(
            f"create table bare as select * from read_json({files}, "
            f"format = 'newline_delimited', columns = {columns}, ignore_errors = true)"
        ).fetchall()
    return {"rows": int(rows)}
