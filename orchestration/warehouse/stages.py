"""Record every stage of every run: what went in, what came out, how long it took."""

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
    """A stage has nothing to do; the message says why."""


@dataclass
class Stage:
    """Figures that a stage sets before it ends; None where one does not apply.

    Attributes:
        quality_score: lowest score of any stream in any dimension, 0 to 1.
    """

    records_in: int | None = None
    records_out: int | None = None
    size_bytes: int | None = None
    quality_score: float | None = None


@contextlib.contextmanager
def run(run_id: str | None = None) -> Iterator[str]:
    """Give all stages in the block one run id. Nested calls reuse the outer run's id.

    Yields:
        The id.
    """
    known = _run.get() or run_id or str(uuid.uuid4())
    token = _run.set(known)
    try:
        yield known
    finally:
        _run.reset(token)


@contextlib.contextmanager
def stage(settings: Settings, name: str) -> Iterator[Stage]:
    """Record the block in `governance.pipeline_runs` when it ends, whether or not it fails.

    Args:
        name: name of the stage, such as `ingest`.

    Raises:
        WarehouseError: the stage succeeded but could not be recorded.
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
                # Only the class: the message may quote a value.
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
            # If the stage itself failed, its own error is the one to report.
            if error is None:
                raise WarehouseError(
                    f"{name} is done, but not recorded: {settings.operations} cannot be written "
                    f"({unwritten.strerror}); make room"
                ) from None
        keep_status(settings)


def _status(error: BaseException | None) -> str:
    if error is None:
        return "success"
    return "skipped" if isinstance(error, Skipped) else "failure"
