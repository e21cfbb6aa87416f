"""The whole pipeline, from landing files to published marts."""

from __future__ import annotations

import shutil

from benchmarks import work
from benchmarks.bench import TEN_MILLION, Bench
from benchmarks.measure import best
from benchmarks.rows import Target

SPEED = Target(150_000, least=True, counts_from=TEN_MILLION, label=" at 10M")
MEMORY = Target(6 * 1024, least=False, counts_from=TEN_MILLION, label=" at 10M")


def measure(bench: Bench) -> None:
    """Measure every stream from scratch: without a warehouse and without a parsed project."""
    runs = []
    with bench.home("pipeline") as home:
        home.link(bench.sample, "assistant/*/*/*")
        for number in range(1, bench.size.rounds + 1):
            bench.say(f"landing to published marts, round {number} of {bench.size.rounds}")
            home.clear()
            shutil.rmtree(home.settings.target_path, ignore_errors=True)
            runs.append(home.run(work.whole_pipeline))
    run = best(runs)
    name = "landing to published marts"
    bench.add(name, run.result["rows"] / run.seconds, "rows/s", target=SPEED, peak_mb=run.peak_mb)
    bench.add(f"{name}: interactions", run.result["interactions"] / run.seconds, "interactions/s")
    bench.add(f"{name}: peak memory", run.peak_mb, "MiB", target=MEMORY, peak_mb=run.peak_mb)
    for step in ("ingest", "build", "publish"):
        bench.add(f"{name}: of which {step}", run.result[step], "s")
    if bench.first:
        bench.notes.append(
            "landing to published marts: rows are the loaded rows of all streams; the time "
            "includes dbt's parsing of the project."
        )
