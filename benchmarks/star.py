"""The document platform's star schema: compare dbt with a hand-written script, and sizes."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

from benchmarks import prism_rows, work
from benchmarks.bench import TEN_MILLION, Bench, Home
from benchmarks.measure import Measured, Timed
from benchmarks.rows import Target
from orchestration.core.errors import GranaryError
from orchestration.core.settings import Settings

SCRIPT = Path(__file__).with_name("star_by_hand")
VERSIONS = 10
STAGING = ("--select", "path:models/staging/prism", "applications", "dim_date", "dim_time")
STAR = (
    "path:snapshots", "path:models/intermediate/prism", "path:models/marts/documents",
    "dim_users", "dim_user_profiles", "dim_organizations", "dim_documents", "dim_ai_models",
)  # fmt: skip
MODELS = ("--exclude-resource-type", "test")
COMPARED = (
    "core.dim_organizations", "core.dim_users", "core.dim_user_profiles", "core.dim_documents",
    "documents.fct_document_analysis", "documents.fct_user_feedback", "documents.fct_audit_events",
    "documents.user_analytics_hourly", "documents.daily_analysis_summary",
    "documents.analysis_breakdown_daily",
    "documents.active_users_daily", "documents.executive_summary_daily",
)  # fmt: skip
OF_SCRIPT = Target(1.3, least=False, counts_from=TEN_MILLION, label=" at 10M")
MEMORY = Target(8 * 1024, least=False, counts_from=TEN_MILLION, label=" at 10M")


def measure(bench: Bench) -> None:
    """Build the star at three sizes and, at the largest, also by the hand-written script."""
    built = {}
    for part in (0.1, 0.3, 1.0):
        size = round(bench.size.interactions * part)
        with bench.home(f"star-{size}") as home:
            built[size] = _build(bench, home, size)
            if part == 1.0:
                bench.say("the star by the hand-written script")
                script = home.run(by_hand)
                home.run(compare)
                _rows(bench, built[size], script)
    _scale(bench, built)


def _build(bench: Bench, home: Home, size: int) -> Measured:
    bench.say(f"the star at {size:,} analyses")
    fill_and_stage(home, size)
    return home.run(build_star)


def fill_and_stage(home: Home, analyses: int, users: int | None = None) -> None:
    """Generate raw rows of the platform and build their staging models."""
    home.run(prism_rows.fill, analyses, users or max(1_000, analyses // 100), VERSIONS)
    home.run(stage)


def stage() -> None:
    """Build what the star reads: staging models, a seed and the calendar."""
    work.run_dbt(*STAGING, *MODELS)


def build_star() -> Timed:
    """Build the star; the time is what dbt reports, without its start-up."""
    report = work.run_dbt("--select", *STAR, *MODELS)
    return Timed(report["elapsed"], report)


def by_hand() -> None:
    """Run the script on the warehouse's staging tables; it writes to a file of its own."""
    settings = Settings()
    path = settings.root / "by_hand.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as engine:
        engine.execute("set timezone = 'UTC'")
        engine.execute(f"attach '{settings.warehouse}' as built (read_only)")
        engine.execute("create schema staging")
        for (name,) in engine.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'built' and table_name like 'stg_prism__%'"
        ).fetchall():
            engine.execute(f"create view staging.{name} as from built.staging.{name}")
        for file in sorted(SCRIPT.glob("*.sql")):
            engine.execute(file.read_text("utf-8"))


def compare() -> None:
    """Check that both hold the same rows, by the number and the sum of hashes of each table."""
    settings = Settings()
    with duckdb.connect(str(settings.root / "by_hand.duckdb"), read_only=True) as engine:
        engine.execute(f"attach '{settings.warehouse}' as built (read_only)")
        for table in COMPARED:
            columns = [c for (c, *_) in engine.execute(f"describe {table}").fetchall()]
            listed = ", ".join(f'"{c}"' for c in columns)
            # A hash has 64 bits, so their sum needs 128.
            digest = f"select count(*), sum(hash(row({listed})::varchar)::hugeint) from {{}}{table}"
            mine = engine.execute(digest.format("")).fetchall()
            theirs = engine.execute(digest.format("built.")).fetchall()
            if mine != theirs or not mine[0][0]:
                raise GranaryError(f"the script's {table} differs: {mine} and {theirs}")


def _rows(bench: Bench, built: Measured, script: Measured) -> None:
    ratio = built.seconds / script.seconds
    bench.add("star: dbt build", built.seconds, "s", peak_mb=built.peak_mb)
    bench.add("star: the hand-written script", script.seconds, "s", peak_mb=script.peak_mb)
    bench.add("star: dbt build / script", ratio, "ratio", target=OF_SCRIPT)
    bench.add("star: peak memory", built.peak_mb, "MiB", target=MEMORY, peak_mb=built.peak_mb)
    if bench.first:
        bench.notes.append(
            "star: from staging to dimensions, facts and summaries. The script makes the same rows "
            "(they are compared), without snapshots, increments and logs. There are as many "
            "sections and audit events as analyses, a third as many items of feedback, and ten "
            "versions of each person."
        )


def _scale(bench: Bench, built: dict[int, Measured]) -> None:
    """Add the seconds by size, and the exponent k of seconds ~ size^k.

    k is the slope of the least-squares line through the logarithms.
    """
    for size, run in built.items():
        bench.add(
            "star: cost", run.seconds, "s", size=f"{size:,} analyses", sized=False,
            peak_mb=run.peak_mb,
        )  # fmt: skip
    points = [(math.log(size), math.log(run.seconds)) for size, run in built.items()]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum(
        (x - mean_x) ** 2 for x, _ in points
    )
    bench.add("star: exponent of cost against size", slope, "")
