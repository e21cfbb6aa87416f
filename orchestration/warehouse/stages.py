"""Every stage of every run is on record: what went in, what came out, how long it took."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from orchestration.core.clock import utc_now
from orchestration.core.errors import GranaryError, WarehouseError
from orchestration.core.home import tidy
from orchestration.core.settings import Settings
from orchestration.warehouse import books
from orchestration.warehouse.status import keep_status

_run: ContextVar[str | None] = ContextVar("run", default=None)


class Skipped(GranaryError):
    """A stage has nothing to do here; the message says why."""


@dataclass
class Stage:
    """What a stage says of itself when it ends; None where it does not apply.

    `quality_score` is the lowest score of a stream in a dimension, 0 to 1.
    """

    records_in: int | None = None
    records_out: int | None = None
    size_bytes: int | None = None
    quality_score: float | None = None


@contextlib.contextmanager
def run(run_id: str | None = None) -> Iterator[str]:
    """Let the stages within belong to one run; a run within a run is part of it."""
    known = _run.get() or run_id or str(uuid.uuid4())
    token = _run.set(known)
    try:
        yield known
    finally:
        _run.reset(token)


@contextlib.contextmanager
def stage(settings: Settings, name: str) -> Iterator[Stage]:
    """Put a stage into `governance.pipeline_runs` when it ends, also when it fails.

    Args:
        name: what is done, such as ingest.
    """
    tidy(settings)
    own = Stage()
    started_at, started = utc_now(), time.monotonic()
    error: BaseException | None = None
    try:
        with run() as run_id:
            yield own
    except BaseException as raised:
        error = raised
        raise
    finally:
        try:
            books.record(
                settings,
                "pipeline_runs",
                run_id=run_id,
                stage=name,
                status=_status(error),
                # The kind alone: a message may quote a value.
                error_class=type(error).__name__ if _status(error) == "failure" else None,
                records_in=own.records_in,
                records_out=own.records_out,
                size_bytes=own.size_bytes,
                quality_score=own.quality_score,
                duration_seconds=round(time.monotonic() - started, 3),
                started_at=started_at,
                ended_at=utc_now(),
            )
        except OSError as unwritten:
            # What went wrong before is what a person has to know.
            if error is None:
                raise WarehouseError(
                    f"{name} is done, and not on record: {settings.operations} cannot be written "
                    f"({unwritten.strerror}); make room"
                ) from None
        keep_status(settings)


def _status(error: BaseException | None) -> str:
    if error is None:
        return "success"
    return "skipped" if isinstance(error, Skipped) else "failure"
