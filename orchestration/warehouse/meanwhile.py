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

from orchestration.core.clock import utc_now
from orchestration.core.files import whole_file
from orchestration.core.settings import Settings


@dataclass(frozen=True)
class Known:
    """Plain data, and since when it is known, UTC."""

    data: dict[str, Any]
    at: datetime


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
