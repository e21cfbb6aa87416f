"""Run the whole pipeline once, from sample data to published marts, and show the result."""

from __future__ import annotations

import os
import sys
import time

from rich.console import Console
from rich.table import Table

from orchestration.core.errors import GranaryError
from orchestration.core.home import keep_private
from orchestration.core.settings import Settings
from orchestration.dbt.run import build
from orchestration.ingest.loader import ingest
from orchestration.lifecycle.apply import apply
from orchestration.operations.health.commands import show
from orchestration.operations.health.score import assess
from orchestration.sample import SHOWN_DAYS, first_day_of, write_samples
from orchestration.serving.publish import publish
from orchestration.sources.samples import samples
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.status import read_status

FIGURES = {
    "rules that some records break": "select count(*) from governance.rule_scores "
    "where violation_count > 0",
    "questions asked": "select format('{:,}', count(*)) from assistant.fct_assistant_interactions",
    "sessions that reached a technical question": "select printf('%.1f %%', 100 * avg("
    "conversion_achieved::int)) from assistant.session_analytics",
    "documents analysed": "select format('{:,}', count(distinct document_id)) "
    "from documents.fct_document_analysis",
    "cost of a document": "select printf('$%.4f', sum(total_cost_usd) / sum(total_documents)) "
    "from documents.executive_summary_daily",
    "people with a history": "select format('{:,}', count(*)) from ("
    "select user_key from core.dim_users group by user_key having count(*) > 1)",
    "requests to AI models": "select format('{:,}', sum(request_count)) from core.ai_usage_daily",
    "what they cost": "select printf('$%,.2f', sum(cost_usd)) from core.ai_usage_daily",
    "events against the tracking plan": "select printf('%.1f %% valid', 100 * avg("
    "is_valid::int)) from product.fct_events",
    "most asked": "select format('{} ({:,} times)', query_normalized, total_asks) "
    "from assistant.query_performance order by total_asks desc, query_normalized limit 1",
}


def main() -> int:
    """Run the demo in GRANARY_HOME, continuing from what is there; return the exit code."""
    keep_private()
    out = Console()
    started = time.monotonic()
    settings = Settings()
    try:
        first = first_day_of(SHOWN_DAYS)
        sources = [make(days=SHOWN_DAYS, start=first) for make in samples().values()]
        missing = [s for s in sources if not (settings.landing / s.source).exists()]
        if missing:
            out.print(f"1/6 writing {SHOWN_DAYS} days of sample data")
            write_samples(settings.landing, settings.truth, missing)
        settings.create_key()
        out.print("2/6 loading new files from the landing zone")
        ingest(settings)
        out.print("3/6 dbt build")
        settings.root.joinpath("logs").mkdir(exist_ok=True)
        with open(settings.root / "logs" / "demo-dbt.log", "w", encoding="utf-8") as log:
            report = build(settings, output=log)
        out.print("4/6 applying the retention policies")
        apply(settings)
        out.print("5/6 publishing")
        publication = publish(settings)
        out.print("6/6 assessing health")
        health = assess(settings)
    except GranaryError as error:
        out.print(f"granary: {error}", soft_wrap=True, markup=False)
        return error.exit_code

    state = read_status(settings)
    table = Table(title="Granary demo", show_header=False)
    names = sorted({stream.source for stream in state.streams})
    table.add_row("applications", ", ".join(names))
    totals = {
        "files": sum(s.files for s in state.streams),
        "lines in": sum(s.lines for s in state.streams),
        "rows loaded": sum(s.rows for s in state.streams),
        "rows rejected": sum(s.rejects for s in state.streams),
        "models built": report.models,
        "tests passed": report.tests,
    }
    for name, number in totals.items():
        table.add_row(name, f"{number:,}")
    table.add_row("time", f"{time.monotonic() - started:.1f} s")
    table.add_row("serving file", os.path.relpath(publication.location))
    table.add_section()
    with warehouse_of(settings).published() as copy:
        for name, query in FIGURES.items():
            value = copy.ask(query).rows
            table.add_row(name, str(value[0][0]) if value else "-")
    out.print(table)
    show(health)
    return 0


if __name__ == "__main__":
    sys.exit(main())
