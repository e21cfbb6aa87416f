"""Write a report to a file atomically, replacing an existing file only if asked to."""

from __future__ import annotations

from pathlib import Path

from orchestration.core.files import whole_file
from orchestration.report.errors import ReportError


def check_free(path: Path, *, force: bool) -> None:
    """Fail early where `write_report` would fail, before the report is computed.

    Raises:
        ReportError: the file exists and `force` is not set, or its folder does not exist.
    """
    if path.is_dir():
        raise ReportError(f"{path} is a folder: name a file in it")
    if path.exists() and not force:
        raise _exists(path)
    if not path.parent.is_dir():
        raise ReportError(f"the folder {path.parent} does not exist")


def write_report(path: Path, text: str, *, force: bool = False) -> None:
    """Write to a temporary file in the same folder, flush it to disk, then rename it.

    Raises:
        ReportError: the file exists and `force` is not set, or it cannot be written.
    """
    try:
        with whole_file(path, replace=force, text=True) as file:
            file.write(text)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}") from None


def _exists(path: Path) -> ReportError:
    return ReportError(f"{path} already exists: add --force to replace it, or name another --out")
