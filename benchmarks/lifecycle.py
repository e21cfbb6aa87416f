"""Retention: moving rows to a tier; on PostgreSQL, dropping whole months compared with DELETE."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from benchmarks import star, work
from benchmarks.bench import Bench
from benchmarks.measure import run
from orchestration.core.settings import Settings
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.warehouse import open_warehouse
from orchestration.tests.workspace import PostgresServer

MOST = 1_000_000
MOVED = "raw.prism_analysis_results"
# On this day every row has passed its 90 hot days but not its 730 warm ones.
AS_OF = date(2026, 12, 1)
NEEDED = ("--select", "+legal_holds", "+retention_limits", "+document_limits",
          "+path:models/marts/documents", "dim_ai_models")  # fmt: skip
MONTHS = 24
ROWS_GONE = "select tableoid, ctid from {} where event_date < date '2025-01-01'"


def measure(bench: Bench) -> None:
    """Measure with as many analyses as the size, at most a million."""
    count = min(MOST, bench.size.interactions)
    with bench.home("lifecycle") as home:
        bench.say(f"{count:,} rows to the warm tier")
        star.fill_and_stage(home, count)
        home.run(build)
        moved = home.run(move)
    size = f"{count:,} rows"
    bench.add("lifecycle: rows moved to the warm tier", count / moved.result, "rows/s", size=size,
              sized=False, peak_mb=moved.peak_mb)  # fmt: skip
    with bench.home("lifecycle-postgres") as home, PostgresServer.start() as server:
        env = home.environment() | server.create_database() | {"GRANARY_TARGET": "postgres"}
        postmaster = int((Path(server.host) / "postmaster.pid").read_text("utf-8").split()[0])
        bench.say(f"{count:,} rows of whole months on PostgreSQL")
        ended = run(end_months, str(count), env=env, servers=[postmaster]).result
    bench.add("lifecycle: whole months by DELETE", ended["delete"], "s", size=size, sized=False)
    bench.add("lifecycle: by dropping partitions", ended["drop"], "s", size=size, sized=False)
    bench.add("lifecycle: DELETE / drop", ended["delete"] / ended["drop"], "ratio", size=size,
              sized=False)  # fmt: skip


def build() -> None:
    """Build everything that a lifecycle plan reads."""
    work.run_dbt(*NEEDED, *star.MODELS)


def move() -> float:
    """Return the seconds that the move takes: write, read back, remove and compact the file."""
    started = time.monotonic()
    report = apply(Settings(), MOVED, AS_OF)
    assert {step.transition for step in report.steps} == {"warm"}, report.steps
    return time.monotonic() - started


def end_months(count: str) -> dict[str, float]:
    """Return the seconds to remove half of two equal tables, one of them partitioned by month."""
    took = {}
    with open_warehouse(Settings()) as warehouse:
        change = warehouse.writing.change
        for name, suffix in (("delete", ""), ("drop", " partition by range (event_date)")):
            change(f"create table {name}_of (event_date date, id bigint, content text){suffix}")
            if suffix:
                for month in range(MONTHS):
                    first = f"date '2024-01-01' + interval '{month} month'"
                    [(low, high)] = warehouse.query(
                        f"select cast({first} as date), cast({first} + interval '1 month' as date)"
                    )
                    change(
                        f"create table drop_of_{month} partition of drop_of "
                        f"for values from ('{low}') to ('{high}')"
                    )
            change(
                f"insert into {name}_of select date '2024-01-01' + cast(n % 730 as integer), n, "
                f"md5(cast(n as text)) from generate_series(1, {int(count)}) as n"
            )
            change(f"create index on {name}_of (event_date)")
            relation = f"public.{name}_of"
            started = time.monotonic()
            with warehouse.writing.transaction():
                removed = warehouse.writing.remove(relation, ROWS_GONE.format(relation))
            took[name] = time.monotonic() - started
            assert removed > int(count) * 0.4
    return took
