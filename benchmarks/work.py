"""Steps of the pipeline as functions to measure; each finds its home through the environment."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import Timed
from orchestration.core.errors import GranaryError
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.run import build, dbt_environment
from orchestration.ingest.loader import IngestReport, ingest
from orchestration.sample import write_sample
from orchestration.serving.publish import publish
from orchestration.sources.assistant.sample import AssistantOptions

START = date(2026, 1, 1)
# Log events as JSON into one file: by default dbt starts a new file at 10 MB, in mid-build.
WHOLE_LOG = (
    "--log-level-file", "debug", "--log-format-file", "json", "--log-file-max-bytes", "0",
)  # fmt: skip
KINDS = {
    "faults": AssistantOptions(),
    "in time": AssistantOptions(faults={"late": 0.0, "redelivered": 0.0, "corrected": 0.0}),
}


def write_sample_of(days: str, rows_per_day: str, kind: str) -> int:
    """Write a sample; return the number of its lines.

    Of the kind `in time` nothing is delivered late or twice, or is corrected.
    """
    settings = Settings()
    options = replace(KINDS[kind], days=int(days), rows_per_day=int(rows_per_day), start=START)
    return write_sample(settings.landing, settings.truth, options).lines


def load() -> dict[str, int]:
    """Ingest new files; return the number of rows."""
    return {"rows": loaded(Settings()).rows}


def loaded(settings: Settings) -> IngestReport:
    """Ingest new files.

    Raises:
        GranaryError: a file was not loaded, so later steps would be measured on too few rows.
    """
    report = ingest(settings)
    if report.failures:
        first = report.failures[0]
        raise GranaryError(f"{len(report.failures)} files not loaded: {first.path}: {first.reason}")
    return report


def whole_pipeline() -> Timed:
    """Run ingest, build and publish; return the rows and the seconds of each step."""
    settings = Settings()
    times = [time.perf_counter()]
    rows = loaded(settings).rows
    times.append(time.perf_counter())
    run_dbt()
    times.append(time.perf_counter())
    publish(settings)
    times.append(time.perf_counter())
    with duckdb.connect(str(settings.warehouse), read_only=True) as engine:
        [(interactions,)] = engine.execute(
            "select sum(row_count) from raw.load_ledger where stream = 'interactions'"
        ).fetchall()
    steps = [after - before for before, after in pairwise(times)]
    result = {"rows": rows, "interactions": int(interactions)}
    return Timed(sum(steps), result | dict(zip(("ingest", "build", "publish"), steps, strict=True)))


def run_dbt(*arguments: str) -> dict[str, Any]:
    """Run `dbt build` and return what it took, in seconds as dbt reports them.

    Returns:
        `node_count`; `nodes`, the time of all nodes including dbt's own work; `engine`, the
        engine's time for the models' statements; `elapsed`, the time of the whole build.
    """
    settings = Settings()
    log, events = settings.root / "dbt.log", settings.root / "logs" / "dbt.log"
    # dbt appends to its log.
    events.unlink(missing_ok=True)
    try:
        with open(log, "w", encoding="utf-8") as output:
            report = build(settings, [*WHOLE_LOG, *arguments], output)
    except GranaryError:
        print(log.read_text("utf-8")[-2000:], file=sys.stderr)
        raise
    results = json.loads((settings.target_path / "run_results.json").read_text("utf-8"))["results"]
    took = {r["unique_id"]: float(r["execution_time"]) for r in results}
    nodes = {n: s for n, s in took.items() if not n.startswith("operation.")}
    return {
        "node_count": len(nodes),
        "nodes": sum(nodes.values()),
        "engine": engine_seconds(events),
        "elapsed": report.seconds,
    }


def engine_seconds(events: Path) -> float:
    """Return the seconds of all statements of models, from dbt's JSON log."""
    seconds = 0.0
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            node = event["data"].get("node_info", {}).get("unique_id", "")
            if event["info"]["name"] == "SQLQueryStatus" and node.startswith("model."):
                seconds += float(event["data"]["elapsed"])
    return seconds


def questions(count: int) -> list[str]:
    """Return a repeatable random sample of questions from all days of the landing zone."""
    folder = Settings().landing / "assistant" / "interactions"
    files = sorted(map(str, folder.glob("*/*")))
    with duckdb.connect() as engine:
        # With several threads the order of rows, and so the sample, would vary.
        engine.execute("set threads = 1")
        rows = engine.execute(
            "select query from (select query from read_json($1, format = 'newline_delimited', "
            "records = true, columns = {query: 'VARCHAR'}, ignore_errors = true) "
            "where query is not null) "
            f"using sample reservoir({count} rows) repeatable (7)",
            [files],
        ).fetchall()
    return [text for (text,) in rows]


def parse() -> None:
    """Let dbt parse the project, so that the next build need not."""
    settings = Settings()
    with open(settings.root / "dbt.log", "w", encoding="utf-8") as output:
        subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", "parse"],
            cwd=PROJECT_DIR,
            env=dbt_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
