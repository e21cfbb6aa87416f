"""Run dbt against the configured warehouse, under the writer lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

from orchestration import postgres
from orchestration.errors import BuildError
from orchestration.lock import LOCK_IS_HELD, exclusive
from orchestration.reading import reading, tables
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.stages import stage

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
# They read no row of the warehouse: what they would say today they said before deployment.
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@dataclass
class BuildReport:
    """How a dbt invocation ended. Counts by status; `seconds` is the engine's and dbt's time.

    `tests` passed; `warnings` are tests that found rows which stay, such as those that break rules.
    """

    models: int = 0
    tests: int = 0
    warnings: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Environment of a dbt started under the lock: it finds the project and the state anywhere."""
    return os.environ | {
        "GRANARY_HOME": str(settings.root),
        "GRANARY_TARGET": settings.target,
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(settings.target_path),
        "DBT_LOG_PATH": str(settings.root / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        LOCK_IS_HELD: "1",
    }


def build(
    settings: Settings, arguments: Sequence[str] = (), output: IO[str] | None = None
) -> BuildReport:
    """Run `dbt build` without unit tests.

    dbt's own messages go to `output`, standard error by default.

    Raises:
        BuildError: dbt failed; the message names the nodes.
        ConfigurationError: there is no usable key.
        WarehouseError: PostgreSQL cannot be reached.
    """
    with stage(settings, "build") as noted:
        report = _build(settings, arguments, output)
        noted.quality_score = lowest_score(settings)
    return report


def _build(settings: Settings, arguments: Sequence[str], output: IO[str] | None) -> BuildReport:
    settings.read_key()
    check_reachable(settings)
    results = settings.target_path / "run_results.json"
    command = [*DBT, "build", *NO_UNIT_TESTS, *arguments]
    with exclusive(settings):
        results.unlink(missing_ok=True)
        status = subprocess.run(
            command,
            cwd=PROJECT_DIR,
            env=dbt_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=output or sys.stderr,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return read_outcome(settings, status.returncode)


def lowest_score(settings: Settings) -> float | None:
    """The lowest quality score of any stream in any dimension; None where none is scored."""
    with reading(settings) as query:
        if "governance.quality_scores" not in tables(query):
            return None
        [(score,)] = query("select min(score) from governance.quality_scores")
    return None if score is None else float(score)


def check_reachable(settings: Settings) -> None:
    """Connect to PostgreSQL once, before dbt starts; a DuckDB file needs no such test.

    Raises:
        WarehouseError: PostgreSQL cannot be reached.
    """
    if settings.target == "postgres":
        postgres.connect().close()


def read_outcome(settings: Settings, returncode: int) -> BuildReport:
    """Summarise the run of dbt that has just ended.

    Raises:
        BuildError: dbt failed; the message names the nodes.
    """
    results = settings.target_path / "run_results.json"
    if not results.exists():
        raise BuildError("dbt did not start; its messages are above")
    report = read_report(json.loads(results.read_text("utf-8")))
    if returncode or report.problems:
        raise BuildError(
            "dbt failed, nothing is published: " + (", ".join(report.problems[:10]) or "see above")
        )
    return report


def read_report(run_results: dict[str, object]) -> BuildReport:
    """Summarise dbt's `run_results.json`."""
    report = BuildReport(seconds=float(str(run_results["elapsed_time"])))
    statuses: Counter[str] = Counter()
    results = run_results["results"]
    assert isinstance(results, list)
    for result in results:
        kind, _, name = result["unique_id"].split(".", 2)
        statuses[result["status"]] += 1
        report.models += kind in ("model", "snapshot", "seed")
        if kind == "test":
            report.tests += result["status"] == "pass"
            report.warnings += result["status"] == "warn"
        if result["status"] in ("error", "fail", "runtime error"):
            report.problems.append(name)
    report.statuses = dict(statuses)
    return report
