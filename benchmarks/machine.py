"""Describe the machine that the figures are measured on."""

from __future__ import annotations

import os
import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psutil


def facts(folder: Path) -> str:
    """Return date, processor cores, memory, free disk space and versions in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return ", ".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d}",
            f"{cores} cores",
            f"{psutil.virtual_memory().total / 2**30:.0f} GiB of memory",
            f"{shutil.disk_usage(folder).free / 2**30:.0f} GiB of disk free",
            f"{platform.system()} {platform.machine()}",
            f"Python {platform.python_version()}",
            f"DuckDB {duckdb.__version__}",
        )
    )


def is_busy() -> bool:
    """Return whether other work uses more than a quarter of the processor."""
    return psutil.cpu_percent(interval=1) > 25
