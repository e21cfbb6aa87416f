"""Compare a Dagster run that refreshes the warehouse with the same steps run without Dagster."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta

from benchmarks import work
from benchmarks.bench import DAYS, Bench
from benchmarks.measure import Timed, best
from orchestration.core.errors import GranaryError
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.defs.jobs import refresh_warehouse
from orchestration.dev import dev_environment

DEFINITIONS = "orchestration.definitions"
# The last delivery day of the sample: its partition also loads all days before.
LAST_DAY = work.START + timedelta(days=DAYS - 1)


def measure(bench: Bench) -> None:
    """Measure both from landed files to published marts, with the project parsed beforehand."""
    by_dagster, by_hand = [], []
    with bench.home("dagster") as home:
        home.link(bench.sample, "assistant/*/*/*")
        home.run(work.parse)
        rounds = bench.size.rounds
        for number in range(1, rounds + 1):
            bench.say(f"Dagster run and the same steps by hand, round {number} of {rounds}")
            home.clear()
            by_hand.append(home.run(work.whole_pipeline))
            home.clear()
            by_dagster.append(home.run(refresh))
    dagster, hand = best(by_dagster), best(by_hand)
    build = min(float(run.result["build"]) for run in by_hand)
    bench.add("Dagster: refresh_warehouse", dagster.seconds, "s", peak_mb=dagster.peak_mb)
    bench.add(
        "Dagster: ingest, dbt build, publish by hand", hand.seconds, "s", peak_mb=hand.peak_mb
    )
    bench.add("Dagster: run / by hand", dagster.seconds / hand.seconds, "ratio")
    bench.add("Dagster: run / plain dbt build", dagster.seconds / build, "ratio")


def refresh() -> Timed:
    """Run the job that loads, builds, publishes and writes the report, in its own processes."""
    settings = Settings()
    log = settings.root / "dagster.log"
    environment = dev_environment(settings)
    command = [
        *(sys.executable, "-m", "dagster", "job", "execute", "-m", DEFINITIONS),
        *("-j", refresh_warehouse.name),
        *("--tags", json.dumps({"dagster/partition": LAST_DAY.isoformat()})),
    ]
    with open(log, "w", encoding="utf-8") as output:
        started = time.perf_counter()
        status = subprocess.run(
            command,
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
        seconds = time.perf_counter() - started
    if status:
        raise GranaryError(f"the Dagster run failed:\n{log.read_text('utf-8')[-2500:]}")
    return Timed(seconds, {})
