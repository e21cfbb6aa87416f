"""A sensor that watches the landing zone and requests a refresh when new files arrive."""

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
    description="Requests a refresh (load, build, publish) when complete files have landed.",
)
def landing_zone(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Request one run when the set of loadable files has changed since the last request.

    The cursor is a digest of the files' paths, sizes and modification times, so the same files
    are requested once, whether or not the run succeeds. While a run waits to start, no other is
    requested: that run will load the new files, too.
    """
    files, _ = discover(Settings().landing, load_contracts())
    if not files:
        return dg.SkipReason("the landing zone holds no files")
    seen = fingerprint(files)
    if seen == context.cursor:
        return dg.SkipReason(f"nothing new among {len(files)} files")
    waiting = context.instance.get_runs_count(
        dg.RunsFilter(job_name=refresh_warehouse.name, statuses=WAITING)
    )
    if waiting:
        return dg.SkipReason("a run that waits to start will load the new files")
    # Dagster never starts a second run for the same run key, even if this cursor is lost.
    request = dg.RunRequest(run_key=seen, partition_key=today())
    return dg.SensorResult(run_requests=[request], cursor=seen)


def fingerprint(files: list[LandedFile]) -> str:
    """Return a SHA-256 of the files' paths, sizes and modification times, not of their content."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.size_bytes}\0{file.modified_ns}\n".encode())
    return digest.hexdigest()
