"""Compare exports of a fact table with the engine's bare COPY of the same rows."""

from __future__ import annotations

import hashlib
from datetime import date

import duckdb
import psycopg

from benchmarks.bench import TEN_MILLION, Bench
from benchmarks.measure import Measured, best, run
from benchmarks.rows import Target
from orchestration.core.settings import Settings
from orchestration.dbt.manifest import graph_manifest
from orchestration.export.marts import mart
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.tests.workspace import PostgresServer

MART = "fct_assistant_interactions"
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 30)
MOST_IN_EXCEL = 100_000
MOST_ON_POSTGRES = 1_000_000
OF_COPY = Target(1.5, least=False, counts_from=TEN_MILLION, label=" at 10M")
PEAK_MIB = Target(1024, least=False, counts_from=TEN_MILLION, label=" at 10M")
FORMATS = ("parquet", "csv", "json")
BARE = {"parquet": "format parquet", "csv": "format csv, header", "json": "format json"}

# Rows shaped like the mart's: random keys, a few roles and kinds, whole numbers and a timestamp.
ROWS = """
    insert into {table} select
        {uuid}(), {uuid}(), case when i % 3 > 0 then {uuid}() end, {uuid}(),
        20260101 + {day}, i % 1440, date '2026-01-01' + {day},
        case i % 4 when 0 then 'Student' when 1 then 'Developer' when 2 then '教師' else 'Guest'
        end,
        case when i % 5 = 0 then 'technical' else 'general' end,
        i % 9000, i % 4000, i % 4, i % 7, case when i % 10 = 0 then i % 5 + 1 end, i % 20 > 0,
        timestamp '2026-01-01' + {day} * interval '1 day' + (i % 86400) * interval '1.000001 second'
    from {source}"""


def measure(bench: Bench) -> None:
    """Measure export and COPY in turn, each to a new file; the fastest round of each counts."""
    count = bench.size.interactions
    with bench.home("exports") as home:
        bench.say("a serving file to export")
        home.run(fill, count)
        for form in FORMATS:
            ours, bare = [], []
            for number in range(1, bench.size.rounds + 1):
                bench.say(f"export as {form}, round {number} of {bench.size.rounds}")
                ours.append(home.run(exported, form))
                bare.append(home.run(copied, form))
            _add(bench, form, count, best(ours), best(bare))
    with bench.home("excel") as home:
        rows = min(count, MOST_IN_EXCEL)
        home.run(fill, rows)
        bench.say(f"export of {rows:,} rows to Excel")
        excel = home.run(exported, "xlsx")
        bench.add("export to xlsx", rows / excel.seconds, "rows/s", size=f"{rows:,} rows",
                  sized=False, peak_mb=excel.peak_mb)  # fmt: skip
    _measure_postgres(bench, min(count, MOST_ON_POSTGRES))


def _add(bench: Bench, form: str, count: int, ours: Measured, bare: Measured) -> None:
    assert ours.result == bare.result == count, (ours.result, bare.result)
    name = f"export to {form}"
    bench.add(name, count / ours.seconds, "rows/s")
    bench.add(f"{name}: peak memory", ours.peak_mb, "MiB", target=PEAK_MIB)
    bench.add(f"{name}: bare COPY", count / bare.seconds, "rows/s", peak_mb=bare.peak_mb)
    target = OF_COPY if form in ("parquet", "csv") else None
    bench.add(f"{name}: bare COPY's time", ours.seconds / bare.seconds, "times", target=target)


def _measure_postgres(bench: Bench, count: int) -> None:
    with bench.home("exports-postgres") as home, PostgresServer.start() as server:
        address = server.create_database()
        env = home.environment() | address | {"GRANARY_TARGET": "postgres"}
        bench.say(f"exports of {count:,} rows from PostgreSQL")
        run(fill_postgres, str(count), env=env)
        bare = run(copied_from_postgres, env=env)
        size = f"{count:,} rows"
        for form in ("csv", "parquet"):
            # The server's memory is left out: the question is what the export itself holds.
            ours = run(exported, form, env=env)
            name = f"export to {form} from PostgreSQL"
            bench.add(name, count / ours.seconds, "rows/s", size=size, sized=False,
                      peak_mb=ours.peak_mb)  # fmt: skip
            bench.add(f"{name}: bare COPY's time", ours.seconds / bare.seconds, "times",
                      size=size, sized=False)  # fmt: skip


def exported(form: str) -> int:
    """Export all rows, including hash and manifest; return their number."""
    settings = Settings()
    path = settings.root / f"ours.{form}"
    made = export(settings, Request("interactions", path=path, asked=Asked(None, FIRST, LAST)))
    for file in (path, made.manifest):
        file.unlink()
    return made.rows


def copied(form: str) -> int:
    """Write the same rows by DuckDB's COPY with its default options; return their number."""
    settings = Settings()
    path = settings.root / f"bare.{form}"
    with duckdb.connect(str(settings.serving), read_only=True) as engine:
        [(rows,)] = engine.execute(
            f"copy (from assistant.{MART} where activity_date between ? and ?) to '{path}' "
            f"({BARE[form]})",
            [FIRST, LAST],
        ).fetchall()
    path.unlink()
    return int(rows)


def copied_from_postgres() -> str:
    """Read the same rows by PostgreSQL's COPY, without writing them; return their SHA-256."""
    digest = hashlib.sha256()
    statement = f"copy serving_assistant.{MART} to stdout (format csv)".encode()
    with psycopg.connect() as server, server.cursor() as cursor, cursor.copy(statement) as rows:
        for block in rows:
            digest.update(block)
    return digest.hexdigest()


def fill(count: str) -> None:
    """Make a serving file that holds that many interactions and nothing else."""
    with duckdb.connect(str(Settings().serving)) as engine:
        for statement in _tables(""):
            engine.execute(statement)
        engine.execute(ROWS.format(
            table=f"assistant.{MART}", uuid="uuid", day=f"(i * 30 // {int(count)})::integer",
            source=f"range({int(count)}) as r (i)",
        ))  # fmt: skip


def fill_postgres(count: str) -> None:
    """Make PostgreSQL's serving schemas with the same contents."""
    with psycopg.connect(autocommit=True) as server:
        for statement in _tables("serving_"):
            server.execute(statement.encode())
        server.execute(ROWS.format(
            table=f"serving_assistant.{MART}", uuid="gen_random_uuid",
            day=f"(i::bigint * 30 / {int(count)})::integer",
            source=f"generate_series(0, {int(count) - 1}) as r (i)",
        ).encode())  # fmt: skip
        server.execute(b"vacuum analyze")


def _tables(prefix: str) -> list[str]:
    relation = mart(graph_manifest(), MART)
    columns = ", ".join(f"{column.name} {column.data_type}" for column in relation.columns)
    publication = f"{prefix}governance.publication"
    return [
        f"create schema {prefix}assistant",
        f"create schema {prefix}governance",
        f"create table {prefix}assistant.{MART} ({columns})",
        f"create table {publication} (published_at timestamp, relation_count bigint)",
        f"insert into {publication} values (timestamp '2026-02-01', 1)",
    ]
