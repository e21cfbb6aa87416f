"""Compare the extraction of a table with PostgreSQL's bare COPY of it."""

from __future__ import annotations

from pathlib import Path

import psycopg

from benchmarks.bench import Bench
from benchmarks.measure import Measured, run
from benchmarks.rows import Target
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.extract.run import extract as run_extraction
from orchestration.tests.workspace import PostgresServer

MOST = 1_000_000
TABLE = "analysis_results"
OF_COPY = Target(0.2, least=True)
APPLICATION = PROJECT_DIR / "orchestration" / "sample" / "prism" / "application.sql"
FILL = """
    insert into analysis_results
    select md5('a' || i)::uuid, md5('d' || i / 6)::uuid, md5('s' || i)::uuid, 'prism-large', '1.0',
        0.2, 4096, moment, moment + interval '9 seconds',
        jsonb_build_array(jsonb_build_object('text', 'Clause ' || i % 50 || ' is vague',
            'risk_level', 'High', 'confidence', 0.7)),
        'High', 0.8, 1000 + i % 4000, (i % 1000000) / 1000000.0, null, 1, 0, moment,
        md5('u' || i % 1000)::uuid
    from (
        select i, timestamptz '2026-01-01' + i * interval '2 seconds' as moment
        from generate_series(1, {count}) as i
    ) as drawn"""


def measure(bench: Bench) -> None:
    """Measure a first extraction, in which every row is new."""
    count = min(MOST, bench.size.interactions)
    with bench.home("extraction") as home, PostgresServer.start() as server:
        address = server.create_database()
        url = f"postgresql://postgres@/{address['PGDATABASE']}?host={address['PGHOST']}"
        postmaster = int((Path(server.host) / "postmaster.pid").read_text("utf-8").split()[0])
        env = home.environment() | address | {"GRANARY_PRISM_URL": url}

        def on_server(name: str) -> Measured:
            work = {"fill": fill, "copy": copy, "extract": extract}[name]
            return run(work, str(count), env=env, servers=[postmaster])

        bench.say(f"extraction of {count:,} rows")
        on_server("fill")
        bare, whole = on_server("copy"), on_server("extract")
    name, size = f"extraction of {TABLE}", f"{count:,} rows"
    bench.add(name, count / whole.seconds, "rows/s", size=size, sized=False, peak_mb=whole.peak_mb)
    bench.add(f"{name}: bare COPY", count / bare.seconds, "rows/s", size=size, sized=False)
    ratio = bare.seconds / whole.seconds
    bench.add(f"{name}: of the bare COPY", ratio, "ratio", size=size, sized=False, target=OF_COPY)


def fill(count: str) -> None:
    """Create the application's tables and fill the one that is measured."""
    with psycopg.connect(autocommit=True) as server:
        server.execute(APPLICATION.read_bytes())
        server.execute(FILL.format(count=int(count)).encode())
        server.execute("vacuum analyze")


def copy(_count: str) -> int:
    """Read the table by COPY, without writing it; return its bytes."""
    size = 0
    statement = f"copy {TABLE} to stdout".encode()
    with psycopg.connect() as server, server.cursor() as cursor, cursor.copy(statement) as rows:
        for block in rows:
            size += len(block)
    return size


def extract(count: str) -> int:
    """Extract the table into the landing zone; return its rows."""
    report = run_extraction(Settings(), "prism", only=[TABLE])
    rows = report.tables[0].rows
    assert rows == int(count), report.tables[0].failure
    return rows
