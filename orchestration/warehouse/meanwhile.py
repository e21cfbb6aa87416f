"""What is told while somebody writes to the warehouse: what was known before.

Nothing can be read from a DuckDB file that a build has open, and a build may take an hour. So what
`granary status` and `granary health` show is also kept in `<home>/known`, as of the last stage and
of the last assessment.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import Timeout

from orchestration.core.clock import utc_now
from orchestration.core.files import whole_file
from orchestration.core.holder import holder_of
from orchestration.core.settings import Settings
from orchestration.warehouse import postgres
from orchestration.warehouse.lock import WRITER, session_with, writer_lock

# How long a writer has to be at it before others do without the warehouse.
AT_WORK_SECONDS = 0.3


@dataclass(frozen=True)
class Known:
    """Plain data, and since when it is known, UTC."""

    data: dict[str, Any]
    at: datetime


def writer(settings: Settings) -> str | None:
    """In words, which process writes to the warehouse; None where none has for a moment.

    Raises:
        WarehouseError: PostgreSQL cannot be reached.
    """
    if settings.target == "postgres":
        with postgres.connect() as server:
            return session_with(lambda query: server.execute(query.encode()).fetchall(), WRITER)
    if not settings.root.is_dir():
        return None
    lock = writer_lock(settings)
    try:
        with lock.acquire(timeout=AT_WORK_SECONDS):
            # A process that does not know the lock may have the file open.
            return holder_of(settings.warehouse)
    except Timeout:
        return holder_of(Path(lock.lock_file)) or "another process"


def keep(settings: Settings, name: str, data: Mapping[str, Any]) -> None:
    """Keep data under a name; a disk that has no room for it leaves what was known before."""
    with (
        contextlib.suppress(OSError),
        whole_file(_path(settings, name), replace=True, text=True) as file,
    ):
        json.dump({"at": utc_now(), "data": data}, file, default=str)


def known(settings: Settings, name: str) -> Known | None:
    """What was kept last under a name; None where nothing was, or it cannot be read."""
    try:
        kept = json.loads(_path(settings, name).read_text("utf-8"))
        return Known(kept["data"], datetime.fromisoformat(kept["at"]))
    except (OSError, ValueError, LookupError):
        return None


def _path(settings: Settings, name: str) -> Path:
    return settings.root / "known" / f"{name}.json"
