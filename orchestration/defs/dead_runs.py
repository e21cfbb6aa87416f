"""Detect runs whose process has died, and mark them as failed so that other runs need not wait.

Dagster asks a run's code server whether the run is alive. If both died together, as in a power cut,
nobody is left to ask. So the process of a run holds a lock on a file for as long as it lives, and
the kernel frees the lock however the process ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.tags import GRPC_INFO_TAG

SECONDS = 60
# Time between the two looks: a run that has just started may not hold its lock yet.
PAUSE_SECONDS = 3.0
IN_PROGRESS = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
GONE = (
    "The run's process is gone, as after a power cut. What it committed is kept: launch it again."
)


def _place(instance: dg.DagsterInstance) -> Path:
    return Path(instance.root_directory) / "running"


def hold(instance: dg.DagsterInstance, run_id: str) -> None:
    """Mark a run as alive until this process ends.

    The descriptor is left open on purpose: the lock lasts as long as it does.
    """
    folder = _place(instance)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / run_id, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        # A shared lock: two processes that look at once must not take each other for the run.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class _Held(dg.Executor):
    """Wrap an executor so that its process is marked as alive while it runs."""

    def __init__(self, executor: dg.Executor) -> None:
        self._executor = executor

    @property
    def retries(self) -> Any:
        return self._executor.retries

    @property
    def step_dependency_config(self) -> Any:
        return self._executor.step_dependency_config

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[Any]:
        hold(plan_context.instance, plan_context.run_id)
        yield from self._executor.execute(plan_context, execution_plan)


def _held(context: dg.InitExecutorContext) -> dg.Executor:
    create = dg.in_process_executor.executor_creation_fn
    assert create is not None
    return _Held(create(context))


# All steps share one process: a process for each step would only add its start-up time.
held_in_process = dg.ExecutorDefinition(
    name="in_process",
    config_schema=dg.in_process_executor.config_schema,  # type: ignore[arg-type]
    executor_creation_fn=_held,
)


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs whose process is gone as failed, free their pool slots, and return their ids.

    Only runs that a code server on this machine launched are considered.
    """
    dead = _dead(instance)
    if dead:
        time.sleep(PAUSE_SECONDS)
        dead &= _dead(instance)
    for run_id in sorted(dead):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, GONE)
            # A killed run keeps its pool slots, and every other run would wait for them.
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    for path in _place(instance).glob("*"):
        run = instance.get_run_by_id(path.name)
        if run is None or run.is_finished:
            path.unlink(missing_ok=True)
    return sorted(dead)


def _dead(instance: dg.DagsterInstance) -> set[str]:
    runs = instance.get_runs(dg.RunsFilter(statuses=list(IN_PROGRESS)))
    launched = (run.run_id for run in runs if GRPC_INFO_TAG in run.tags)
    return {run_id for run_id in launched if not _is_held(_place(instance) / run_id)}


@dg.sensor(
    name="dead_runs",
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Every minute: ends runs whose process is gone, so that no other waits for them.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """End dead runs; never request one."""
    ended = end_dead_runs(context.instance)
    for run_id in ended:
        context.log.warning("run %s is ended: its process is gone", run_id)
    return dg.SkipReason(f"{len(ended)} dead runs ended")
