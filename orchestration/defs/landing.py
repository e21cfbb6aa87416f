"""Watches the landing zone: new files ask for one run of the whole warehouse."""

import hashlib

import dagster as dg

from orchestration.core.contracts import load_contracts
from orchestration.core.settings import Settings
from orchestration.defs.jobs import refresh_warehouse
from orchestration.defs.running import today
from orchestration.landing.zone import LandedFile, discover

WAITING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
]


@dg.sensor(
    job=refresh_warehouse,
    minimum_interval_seconds=60,
    description="Loads, builds and publishes when complete files have been landed.",
)
def landing_zone(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Ask for one run when the loadable files are others than those it last asked for.

    The cursor is a digest of their paths, sizes and times, so the same files ask once, whatever
    became of the run. While a run waits to start, nothing is asked: that run will take them in.
    """
    files, _ = discover(Settings().landing, load_contracts())
    if not files:
        return dg.SkipReason("no file is in the landing zone")
    seen = fingerprint(files)
    if seen == context.cursor:
        return dg.SkipReason(f"nothing new among {len(files)} files")
    waiting = context.instance.get_runs_count(
        dg.RunsFilter(job_name=refresh_warehouse.name, statuses=WAITING)
    )
    if waiting:
        return dg.SkipReason("a run that waits to start will take the new files in")
    request = dg.RunRequest(run_key=seen, partition_key=today())
    return dg.SensorResult(run_requests=[request], cursor=seen)


def fingerprint(files: list[LandedFile]) -> str:
    """Digest of paths, sizes and times; content is not read."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.size_bytes}\0{file.modified_ns}\n".encode())
    return digest.hexdigest()
