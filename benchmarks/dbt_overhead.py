"""Compare `dbt build` with the same compiled SQL run directly by DuckDB."""

from __future__ import annotations

from benchmarks import straight, work
from benchmarks.bench import TEN_MILLION, Bench
from benchmarks.measure import best
from benchmarks.rows import Target

RATIO = Target(1.3, least=False, counts_from=TEN_MILLION, label=" at 10M")


def measure(bench: Bench) -> None:
    """Build everything from the same raw tables both ways in turn; the fastest of each counts."""
    through_dbt, directly = [], []
    with bench.home("dbt") as home:
        home.link(bench.sample, "assistant/*/*/*")
        bench.say("ingest, and dbt parses the project")
        home.run(work.load)
        home.save("raw")
        home.run(work.parse)
        for number in range(1, bench.size.rounds + 1):
            bench.say(f"dbt build and the same SQL, round {number} of {bench.size.rounds}")
            home.restore("raw")
            through_dbt.append(home.run(work.run_dbt))
            straight.prepare(home.settings, home.path / "saved" / "raw" / "warehouse.duckdb")
            directly.append(home.run(straight.run_straight))
    dbt, direct = best(through_dbt), best(directly)
    count = dbt.result["node_count"]
    bench.add("dbt build", dbt.seconds, "s", size=f"{count} nodes", peak_mb=dbt.peak_mb)
    bench.add("dbt build: the same SQL straight", direct.seconds, "s", peak_mb=direct.peak_mb)
    bench.add("dbt build: ratio", dbt.seconds / direct.seconds, "ratio", target=RATIO)
    bench.add("dbt build: start and end", dbt.seconds - dbt.result["elapsed"], "s")
    a_node = (dbt.result["elapsed"] - direct.seconds) / count * 1000
    bench.add("dbt build: fixed cost a node", a_node, "ms")
    if bench.first:
        bench.notes.append(
            "dbt build: one process from start to end, with the project parsed beforehand. The "
            "same SQL straight includes the data tests; neither side runs unit tests."
        )
