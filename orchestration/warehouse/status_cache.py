"""Cache what `granary status` and `granary health` show while the warehouse is being written to.

Nobody can read a DuckDB file that a build has open, and a build may take an hour. So the result of
the last stage and of the last assessment is kept in `<home>/known`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.core.clock import utc_now
from orchestration.core.files import whole_file
from orchestration.core.settings import Settings


@dataclass(frozen=True)
class Known:
    """Cached data, and the time it was collected, UTC."""

    data: dict[str, Any]
    at: datetime


def keep(settings: Settings, name: str, data: Mapping[str, Any]) -> None:
    """Cache data under a name; if the disk is full, the previous data stays."""
    with (
        contextlib.suppress(OSError),
        whole_file(_path(settings, name), replace=True, text=True) as file,
    ):
        json.dump({"at": utc_now(), "data": data}, file, default=str)


def known(settings: Settings, name: str) -> Known | None:
    """Return the data last cached under a name; None if there is none or it is unreadable."""
    try:
        kept = json.loads(_path(settings, name).read_text("utf-8"))
        return Known(kept["data"], datetime.fromisoformat(kept["at"]))
    except (OSError, ValueError, LookupError):
        return None


def _path(settings: Settings, name: str) -> Path:
    return settings.root / "known" / f"{name}.json"
