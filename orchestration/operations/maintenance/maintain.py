"""Run a day's maintenance: a failed step stops only the steps that need it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb
import psycopg
from filelock import FileLock, Timeout

from orchestration.core.errors import GranaryError, of_engine
from orchestration.core.settings import Settings
from orchestration.operations.maintenance.steps import STEPS, Step
from orchestration.warehouse import stages
from orchestration.warehouse.configured import warehouse_of

# Key of the maintenance among a server's advisory locks: `granmnt` in ASCII.
ADVISORY_LOCK = 0x6772616E6D6E74
POLL_SECONDS = 0.5
Outcome = Literal["success", "failure", "skipped"]


class MaintenanceRunning(GranaryError):
    """Another maintenance of the same warehouse is running."""


@dataclass(frozen=True)
class Done:
    """How a step ended: its result, or why it failed or was skipped."""

    step: str
    outcome: Outcome
    said: str
    seconds: float


@dataclass
class MaintenanceReport:
    """The steps in order; `run_id` is their id in governance.pipeline_runs."""

    run_id: str
    steps: list[Done] = field(default_factory=list)

    @property
    def failures(self) -> list[Done]:
        """The steps that failed."""
        return [done for done in self.steps if done.outcome == "failure"]


def maintain(
    settings: Settings,
    *,
    steps: Sequence[Step] = STEPS,
    wait_seconds: float = 0,
    told: Callable[[Done], None] | None = None,
) -> MaintenanceReport:
    """Run the steps one after the other.

    If a step fails, those that need it are skipped and all others run.

    Args:
        steps: what to run, in order.
        wait_seconds: how long to wait for another maintenance to end.
        told: called with each step when it has ended.

    Raises:
        MaintenanceRunning: another maintenance is still running.
    """
    with _alone(settings, wait_seconds), stages.run() as run_id:
        report = MaintenanceReport(run_id)
        for step in steps:
            done = _do(settings, step, report)
            report.steps.append(done)
            if told:
                told(done)
    return report


def _do(settings: Settings, step: Step, report: MaintenanceReport) -> Done:
    ended = {done.step: done.outcome for done in report.steps}
    missing = [name for name in step.needs if ended.get(name) != "success"]
    if missing:
        return Done(step.name, "skipped", f"{', '.join(missing)} did not succeed", 0.0)
    started = time.monotonic()
    outcome: Outcome = "failure"
    try:
        with stages.stage(settings, f"maintain: {step.name}"):
            said = step.act(settings)
        outcome = "success"
    except stages.Skipped as reason:
        said, outcome = str(reason), "skipped"
    except GranaryError as error:
        said = str(error)
    except (duckdb.Error, psycopg.Error, OSError) as error:
        said = of_engine(error)
    return Done(step.name, outcome, said, round(time.monotonic() - started, 3))


@contextlib.contextmanager
def _alone(settings: Settings, wait_seconds: float) -> Iterator[None]:
    """Allow one maintenance at a time for this home, and on PostgreSQL for the database."""
    settings.root.mkdir(parents=True, exist_ok=True)
    refusal = MaintenanceRunning(
        "another maintenance of the warehouse is running: nothing was done; wait with --wait"
    )
    try:
        with (
            FileLock(settings.root / "maintain.lock", timeout=wait_seconds, mode=0o600),
            warehouse_of(settings).alone(ADVISORY_LOCK, wait_seconds) as is_alone,
        ):
            if not is_alone:
                raise refusal
            yield
    except Timeout:
        raise refusal from None
