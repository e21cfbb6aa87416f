"""What `granary report executive` does once its options are parsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal
from uuid import UUID

from orchestration.core.errors import WrongRequest
from orchestration.core.settings import Settings
from orchestration.report.executive import executive_report
from orchestration.report.figures import Report
from orchestration.report.write import check_free, write_report

Form = Literal["table", "json", "html"]
# File name suffixes of each form; the first is the one that error messages propose.
SUFFIXES: dict[Form, tuple[str, ...]] = {
    "table": (".txt", ""), "json": (".json",), "html": (".html", ".htm"),
}  # fmt: skip


@dataclass(frozen=True)
class Output:
    """The form and the place the report is written in.

    If no form is asked for, the file's suffix decides. `terminal_width`, in columns, is None unless
    standard output is a terminal.
    """

    asked: Form | None
    path: Path | None
    force: bool
    terminal_width: int | None

    @property
    def form(self) -> Form:
        """The form that was asked for, or the one that the file's suffix implies.

        Raises:
            WrongRequest: the file's suffix is unknown, or implies a different form.
        """
        if self.path is None:
            return self.asked or "table"
        suffix = self.path.suffix.lower()
        named = next((form for form, ends in SUFFIXES.items() if suffix in ends), None)
        if named is None or self.asked not in (None, named):
            wanted = self.asked or "table"
            raise WrongRequest(
                f"--out {self.path.name} does not name a file of format {wanted}: end it in "
                f"{SUFFIXES[wanted][0]}"
            )
        return named


def run(
    settings: Settings,
    output: Output,
    *,
    days: int,
    organization_id: UUID | None,
    as_of: date | None,
) -> str:
    """Make the report and, if it goes to a file, write it.

    Returns:
        The text for standard output: the report itself, or the path of its file.

    Raises:
        ReportError: the report has no data or cannot be written.
        WrongRequest: the file's suffix or the organization is unknown, or the day is in the future.
        PackagesMissing: the HTML report's packages are not installed.
        WarehouseError: the published marts cannot be read.
    """
    # Refuse what must fail anyway before the queries run.
    if output.form == "html":
        from orchestration.report.html import check_packages

        check_packages()
    if output.path is not None:
        check_free(output.path, force=output.force)
    found = executive_report(settings, days=days, as_of=as_of, organization_id=organization_id)
    path = output.path
    if path is None and output.form == "html":
        path = settings.reports / _name(found)
        settings.reports.mkdir(parents=True, exist_ok=True)
        check_free(path, force=output.force)
    rendered = _rendered(found, output)
    if path is None:
        return rendered
    write_report(path, rendered, force=output.force)
    return f"{path}\n"


def _name(found: Report) -> str:
    whose = f"-{found.organization_id}" if found.organization_id else ""
    return f"executive-{found.period.first_day}-{found.period.last_day}{whose}.html"


def _rendered(found: Report, output: Output) -> str:
    if output.form == "html":
        from orchestration.report.html import render_html

        return render_html(found)
    if output.form == "json":
        from orchestration.report.as_json import render_json

        return render_json(found)
    from orchestration.report.table import WIDTH, render_table

    if output.path is None and output.terminal_width is not None:
        return render_table(found, width=output.terminal_width, colour=True)
    return render_table(found, width=WIDTH)
