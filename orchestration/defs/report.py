"""The executive report as an asset."""

import time
from decimal import Decimal

import dagster as dg

from orchestration.core.errors import NothingPublished
from orchestration.core.settings import Settings
from orchestration.defs.running import WRITER_POOL, delivery_days, failing_clearly, one_run
from orchestration.defs.serving import publication
from orchestration.report.errors import NoData, PackagesMissing

DAYS = 30
Metadata = dict[str, int | float | str]


@dg.asset(
    key=["reports", "executive"],
    group_name="reports",
    deps=[publication],
    partitions_def=delivery_days,
    backfill_policy=one_run,
    pool=WRITER_POOL,
)
def executive() -> dg.MaterializeResult[None]:
    """The executive report of the last 30 days with data, as one HTML file.

    Without data of the document platform, or without the report's packages, no file is written:
    the run continues, and the metadata give the reason.
    """
    settings = Settings()
    with failing_clearly():
        return dg.MaterializeResult(metadata=write_executive(settings))


def write_executive(settings: Settings) -> Metadata:
    """Write `executive.html`, replacing the previous one, and return the asset's metadata."""
    from orchestration.report.executive import executive_report
    from orchestration.report.html import render_html
    from orchestration.report.write import write_report

    started = time.monotonic()
    try:
        report = executive_report(settings, days=DAYS)
        page = render_html(report)
    except (NoData, NothingPublished, PackagesMissing) as reason:
        return {"written": "no", "reason": str(reason), "rows": 0, "bytes": 0}
    settings.reports.mkdir(parents=True, exist_ok=True)
    path = settings.reports / "executive.html"
    write_report(path, page, force=True)
    figures = {
        figure.measure.name: float(figure.value)
        if isinstance(figure.value, Decimal)
        else figure.value
        for figure in report.figures
        if figure.value is not None
    }
    return {
        "written": "yes",
        "location": str(path),
        "first_day": str(report.period.first_day),
        "last_day": str(report.period.last_day),
        # Rows of the tables shown.
        "rows": sum(len(t.rows) for s in report.sections for t in s.tables) + len(report.days.rows),
        "bytes": path.stat().st_size,
        "seconds": round(time.monotonic() - started, 3),
        **figures,
    }
