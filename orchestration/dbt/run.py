"""Run dbt against the configured warehouse, under the writer lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

from orchestration.core.contracts import load_contracts
from orchestration.core.errors import BuildError, says_full
from orchestration.core.files import read_json
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.output import pass_on
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.lock import LOCK_IS_HELD, exclusive
from orchestration.warehouse.relations import tables
from orchestration.warehouse.stages import stage

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
# With less dbt cannot write what it has done.
NO_ROOM_BYTES = 1 << 20
# They read no row of the warehouse: what they would say today they said before deployment.
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


class DiskFull(BuildError):
    """dbt had no room."""

    exit_code = 3


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
        LOCK_IS_HELD: str(os.getpid()),
    }


def build(
    settings: Settings, arguments: Sequence[str] = (), output: IO[str] | None = None
) -> BuildReport:
    """Run `dbt build` without unit tests.

    dbt's own messages go to `output`, standard error by default.

    Raises:
        BuildError: dbt failed; the message names the nodes.
        ConfigurationError: there is no usable key, or a contract is wrong.
        WarehouseError: PostgreSQL cannot be reached.
    """
    with stage(settings, "build") as noted:
        report = _build(settings, arguments, output)
        noted.quality_score = lowest_score(settings)
    return report


def _build(settings: Settings, arguments: Sequence[str], output: IO[str] | None) -> BuildReport:
    load_contracts()
    settings.read_key()
    warehouse_of(settings).check_reachable()
    results = settings.target_path / "run_results.json"
    command = [*DBT, "build", *NO_UNIT_TESTS, *arguments]
    with exclusive(settings):
        results.unlink(missing_ok=True)
        with subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=dbt_environment(settings) | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as dbt:
            assert dbt.stdout is not None
            try:
                heard_full = pass_on(dbt.stdout, output or sys.stderr)
            except BaseException:
                # Leaving here would wait for its end.
                dbt.kill()
                raise
        return read_outcome(settings, dbt.returncode, heard_full)


def lowest_score(settings: Settings) -> float | None:
    """The lowest quality score of any stream in any dimension; None where none is scored."""
    with warehouse_of(settings).reading() as query:
        if "governance.quality_scores" not in tables(query):
            return None
        [(score,)] = query("select min(score) from governance.quality_scores")
    return None if score is None else float(score)


def read_outcome(settings: Settings, returncode: int, heard_full: bool = False) -> BuildReport:
    """Summarise the run of dbt that has just ended.

    Args:
        heard_full: dbt said that a disk is full.

    Raises:
        BuildError: dbt failed; the message names the nodes.
    """
    if returncode and (heard_full or _has_no_room(settings)):
        raise DiskFull(
            "the disk is full, or a quota is: make room and run `granary build` again; nothing is "
            "published"
        )
    results = read_json(settings.target_path / "run_results.json")
    if results is None:
        raise BuildError("dbt did not start, or not end; its messages are above")
    report = read_report(results)
    if returncode or report.problems:
        raise BuildError(
            "dbt failed, nothing is published: " + (", ".join(report.problems[:10]) or "see above")
        )
    return report


def _has_no_room(settings: Settings) -> bool:
    """Whether no results could be written, or they say themselves that a disk is full."""
    results = read_json(settings.target_path / "run_results.json")
    if results is None:
        folders = (settings.root, settings.target_path.parent)
        return any(shutil.disk_usage(folder).free < NO_ROOM_BYTES for folder in folders)
    return any(says_full(str(of["message"])) for of in results["results"] if of.get("message"))


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
