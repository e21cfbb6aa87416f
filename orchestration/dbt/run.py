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
from orchestration.dbt import changed
from orchestration.dbt.output import pass_on
from orchestration.plan.read import check_plans, plan_files
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.lock import LOCK_IS_HELD, exclusive
from orchestration.warehouse.relations import tables
from orchestration.warehouse.stages import stage

# A collection looks through all of the project's nodes: dbt makes far too few circles for that.
DBT = [
    sys.executable, "-c", "import gc; gc.set_threshold(100_000, 50, 100); "
    "from dbt.cli.main import cli; cli()",
]  # fmt: skip
# With less dbt cannot write what it has done.
NO_ROOM_BYTES = 1 << 20
# They read no row of the warehouse: what they would say today they said before deployment.
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# dbt's own log of every step takes a tenth of a build; what fails is told without it.
BRIEF_LOG = ("--log-level-file", "info")


class DiskFull(BuildError):
    """dbt had no room."""

    exit_code = 3


@dataclass
class BuildReport:
    """How a dbt invocation ended. Counts by status; `seconds` is the engine's and dbt's time.

    `tests` passed; `warnings` are tests that found rows which stay, such as those that break rules.
    `nothing_new_since` says when the last build ended, UTC, where dbt was not even started.
    """

    models: int = 0
    tests: int = 0
    warnings: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    nothing_new_since: str | None = None

    @property
    def summary(self) -> str:
        """One line for a person."""
        if self.nothing_new_since:
            return (
                f"nothing new since {self.nothing_new_since} UTC: what was built then is what "
                "there is to build"
            )
        return (
            f"{self.models} models and seeds built, {self.tests} tests passed, "
            f"{self.warnings} warned, in {self.seconds:.1f} s"
        )


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
    """Run `dbt build` without unit tests, of what has changed since the last build that passed.

    Nothing is left out where arguments are given. dbt's own messages go to `output`, standard error
    by default.

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
    key = settings.read_key()
    found = planned(settings, key, arguments)
    if found.nothing_since:
        return BuildReport(nothing_new_since=f"{found.nothing_since:%Y-%m-%d %H:%M:%S}")
    load_contracts()
    check_plans(plan_files())
    warehouse_of(settings).check_reachable()
    if found.selects:
        arguments = [*arguments, "--select", *found.selects]
    results = settings.target_path / "run_results.json"
    command = [*DBT, "build", *NO_UNIT_TESTS, *BRIEF_LOG, *arguments]
    with exclusive(settings):
        results.unlink(missing_ok=True)
        with subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=dbt_environment(settings) | found.environment() | {"PYTHONUNBUFFERED": "1"},
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


def planned(settings: Settings, key: bytes, arguments: Sequence[str] = ()) -> changed.Plan:
    """Decide what to build; a build with arguments of its own is never left out, even in part.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    asked = _without_logging(arguments)
    is_whole = asked in (["--full-refresh"], ["-f"])
    if (asked and not is_whole) or changed.is_asked_of_dbt():
        return changed.Plan()
    with warehouse_of(settings).reading() as query:
        found = changed.plan(query, settings, key)
    # What a publication needs to know of the project.
    has_manifest = (settings.target_path / "manifest.json").exists()
    return found if has_manifest and not is_whole else found.whole()


def _without_logging(arguments: Sequence[str]) -> list[str]:
    """Arguments that say what dbt builds; each that says what it logs has a value."""
    asked: list[str] = []
    before = ""
    for argument in arguments:
        is_value = before.startswith("--log-") and "=" not in before
        if not is_value and not argument.startswith("--log-"):
            asked.append(argument)
        before = "" if is_value else argument
    return asked


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
