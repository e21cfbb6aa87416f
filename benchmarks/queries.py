"""Twenty queries that a BI tool would send to the star schema, on each engine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import prism_rows, star
from benchmarks.bench import TEN_MILLION, Bench
from benchmarks.measure import Measured, run
from benchmarks.rows import Target
from orchestration.core.settings import Settings
from orchestration.tests.workspace import PostgresServer
from orchestration.warehouse import postgres

ROUNDS = 5
MOST_ON_POSTGRES = 1_000_000
ON_DUCKDB = Target(100, least=False, counts_from=TEN_MILLION, label=" at 10M")
ON_POSTGRES = Target(1_000, least=False)

F = "documents.fct_document_analysis"
# Queries by an attribute of people, models or risk use the summary that exists for them.
B = "documents.analysis_breakdown_daily"
PROFILES = f"{B} join core.dim_user_profiles using (user_profile_key)"
FEBRUARY = "analysis_date between date '2026-02-01' and date '2026-02-28'"
ONE = "(select organization_id from core.dim_organizations where is_current order by 1 limit 1)"
QUERIES = {
    "analyses by day": f"select analysis_date, count(*) from {F} group by 1 order by 1",
    "cost by day of a month": f"select analysis_date, sum(cost_usd) from {F} where {FEBRUARY} "
    "group by 1 order by 1",
    "one day": f"select count(*), sum(cost_usd) from {F} where analysis_date = date '2026-02-10'",
    "one organization by day": f"select analysis_date, count(*) from {F} "
    f"where organization_id = {ONE} group by 1 order by 1",
    "one person": f"select count(*), avg(user_satisfaction_score) from {F} where user_key = "
    "(select user_key from core.dim_users order by 1 limit 1)",
    "by tier": "select subscription_tier, sum(total_analyses), sum(total_cost_usd) "
    f"from {PROFILES} where {FEBRUARY} "
    "group by 1",
    "by role": "select user_role, sum(total_satisfaction_score) / "
    f"nullif(sum(rated_analyses), 0) from {PROFILES} where {FEBRUARY} "
    "group by 1",
    "by department and week": "select date_trunc('week', analysis_date), department, "
    "sum(total_analyses) "
    f"from {PROFILES} where {FEBRUARY} group by 1, 2 order by 1, 2",
    "by model": "select ai_model_name, ai_model_version, sum(total_analyses), "
    "sum(total_confidence_score) / nullif(sum(scored_analyses), 0) "
    f"from {B} join core.dim_ai_models using (ai_model_key) group by 1, 2",
    "by risk": f"select risk_level, sum(total_analyses), sum(total_high_risk_items) from {B} "
    "group by 1",
    "by risk of a month": f"select risk_level, sum(total_analyses) from {B} where {FEBRUARY} "
    "group by 1",
    "ten dearest organizations": f"select organization_id, sum(cost_usd) from {F} where {FEBRUARY} "
    "group by 1 order by 2 desc limit 10",
    "ten dearest documents of a day": f"select document_id, sum(cost_usd) from {F} "
    "where analysis_date = date '2026-02-10' group by 1 order by 2 desc limit 10",
    "drill down: type of document": "select document_type, count(*) from "
    f"{F} as f join core.dim_documents as d using (document_id) "
    f"where f.organization_id = {ONE} group by 1",
    "drill down: rows of a day": f"select * from {F} where organization_id = {ONE} "
    "and analysis_date = date '2026-02-10' order by created_at limit 100",
    "people of a day": f"select count(distinct user_key) from {F} "
    "where analysis_date = date '2026-02-10'",
    "people of a month": "select count(distinct user_key) from documents.active_users_daily "
    "where activity_date between date '2026-02-01' and date '2026-02-28'",
    "p95 of duration by model, a week": "select ai_model_key, percentile_cont(0.95) within group "
    f"(order by processing_duration_seconds) from {F} "
    "where analysis_date between date '2026-02-02' and date '2026-02-08' group by 1",
    "summary of a month": "select organization_id, sum(total_cost_usd), sum(total_documents) "
    "from documents.executive_summary_daily "
    "where summary_date between date '2026-02-01' and date '2026-02-28' group by 1",
    "feedback by action": "select feedback_action, count(*), avg(feedback_rating) "
    "from documents.fct_user_feedback group by 1",
}
# The cost of such queries if the tool reads the fact table instead.
OF_FACT = {
    "by tier": "select subscription_tier, count(*), sum(cost_usd) "
    f"from {F} join core.dim_user_profiles using (user_profile_key) where {FEBRUARY} group by 1",
    "by model": "select ai_model_name, ai_model_version, count(*), avg(confidence_score) "
    f"from {F} join core.dim_ai_models using (ai_model_key) group by 1, 2",
    "by risk": f"select risk_level, count(*), sum(high_risk_items) from {F} group by 1",
}


def measure(bench: Bench) -> None:
    """Query a star of the size on DuckDB, and of at most a million analyses on PostgreSQL."""
    with bench.home("queries") as home:
        bench.say("the star, to be asked")
        star.fill_and_stage(home, bench.size.interactions)
        home.run(star.build_star)
        bench.say(f"{len(QUERIES)} queries on DuckDB")
        _add(bench, "DuckDB", bench.size.interactions, home.run(ask_duckdb), ON_DUCKDB)
    count = min(MOST_ON_POSTGRES, bench.size.interactions)
    with bench.home("queries-postgres") as home, PostgresServer.start() as server:
        env = home.environment() | server.create_database() | {"GRANARY_TARGET": "postgres"}
        postmaster = int((Path(server.host) / "postmaster.pid").read_text("utf-8").split()[0])

        def on_server(work: Callable[..., Any], *arguments: object) -> Measured:
            return run(work, *map(str, arguments), env=env, servers=[postmaster])

        bench.say(f"the star on PostgreSQL, {count:,} analyses")
        on_server(prism_rows.fill, count, max(1_000, count // 100), star.VERSIONS)
        on_server(star.stage)
        on_server(star.build_star)
        bench.say(f"{len(QUERIES)} queries on PostgreSQL")
        _add(bench, "PostgreSQL", count, on_server(ask_postgres), ON_POSTGRES)


def ask_duckdb() -> dict[str, list[float]]:
    """Return the milliseconds of every round, by query."""
    with duckdb.connect(str(Settings().warehouse), read_only=True) as engine:
        return _ask(lambda query: engine.execute(query).fetchall())


def ask_postgres() -> dict[str, list[float]]:
    """Return the milliseconds of every round, by query."""
    with postgres.connect() as server:
        server.execute("vacuum analyze")
        return _ask(lambda query: server.execute(query.encode()).fetchall())


def _ask(answer: Callable[[str], list[Any]]) -> dict[str, list[float]]:
    asked = QUERIES | {f"{name}, of the fact": query for name, query in OF_FACT.items()}
    took: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, query in asked.items():
            started = time.perf_counter()
            answer(query)
            took[name].append((time.perf_counter() - started) * 1000)
    return took


def _add(bench: Bench, engine: str, count: int, asked: Measured, target: Target) -> None:
    took = {name: statistics.median(times) for name, times in asked.result.items()}
    every = sorted(ms for name in QUERIES for ms in asked.result[name])
    # The last of 19 cut points into 20 equal parts is the 95th percentile.
    p95 = statistics.quantiles(every, n=20)[-1]
    slowest = max(QUERIES, key=took.__getitem__)
    name, size = f"20 queries on {engine}", f"{count:,} analyses"
    bench.add(f"{name}: p95", p95, "ms", size=size, sized=False, target=target)
    bench.add(f"{name}: median", statistics.median(every), "ms", size=size, sized=False)
    of_fact = max(took.keys() - QUERIES.keys(), key=took.__getitem__)
    for what, query in (("slowest", slowest), ("beside them", of_fact)):
        bench.add(f"{name}: {what}, {query}", took[query], "ms", size=size, sized=False)
