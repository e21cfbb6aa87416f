"""History of people (SCD2): compare a day with few changes with the full build."""

from __future__ import annotations

import json

from benchmarks import prism_rows, work
from benchmarks.bench import Bench
from benchmarks.rows import Target
from benchmarks.star import MODELS, stage
from orchestration.core.contracts import load_contracts
from orchestration.core.settings import Settings
from orchestration.warehouse.configured import warehouse_of

CHANGED = 0.01
MOST_PEOPLE = 1_000_000
HISTORY = ("path:snapshots", "int_prism__user_hours", "dim_organizations", "dim_users")
NODES = ("snapshot.granary.snap_prism__users", "model.granary.dim_users")
OF_FULL = Target(15, least=False)
CHANGE = """
    select * replace ('owner' as role, timestamp '2026-06-01 09:00:00' as updated_at)
    from ({people})"""


def measure(bench: Bench) -> None:
    """Measure with as many people as the size, at most a million, of whom 1 % change."""
    people = min(MOST_PEOPLE, bench.size.interactions)
    with bench.home("history") as home:
        bench.say(f"history of {people:,} people")
        home.run(prism_rows.fill, 1_000, people, 1)
        home.run(stage)
        full = home.run(build_history)
        home.run(change, round(people * CHANGED))
        home.run(stage)
        few = home.run(build_history)
    name = "history of people"
    size = f"{people:,} people"
    bench.add(f"{name}: snapshot and dimension", full.result, "s", size=size, sized=False)
    bench.add(f"{name}: 1 % changed", few.result, "s", size=size, sized=False)
    share = few.result / full.result * 100
    bench.add(
        f"{name}: of the full build", share, "%", size=size, sized=False, target=OF_FULL,
        peak_mb=full.peak_mb,
    )  # fmt: skip


def build_history() -> float:
    """Build snapshot and dimension; return the seconds the two took according to dbt."""
    work.run_dbt("--select", *HISTORY, *MODELS)
    path = Settings().target_path / "run_results.json"
    results = json.loads(path.read_text("utf-8"))["results"]
    return sum(float(r["execution_time"]) for r in results if r["unique_id"] in NODES)


def change(count: str) -> int:
    """Load a new version of that many people as one batch."""
    with warehouse_of(Settings()).writing() as warehouse:
        prism_rows.create_macros(warehouse)
        people = prism_rows.query("users", analyses=1_000, users=int(count), versions=1)
        stream = load_contracts()["prism", "users"]
        return prism_rows.put(warehouse, stream, 100, CHANGE.format(people=people))
