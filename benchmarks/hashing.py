"""Compare keyed pseudonyms (HMAC-SHA-256) with plain SHA-256 on each engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg

from benchmarks.bench import Bench, Home
from benchmarks.measure import Measured, Timed, fastest_of, run
from orchestration.core.settings import Settings
from orchestration.secrecy.postgres_keys import install_key
from orchestration.secrecy.pseudonyms import pads
from orchestration.tests.privacy.render import render_macro
from orchestration.tests.workspace import PostgresServer

LEAST, MOST_ON_POSTGRES = 1_000_000, 1_000_000
PASSES = 3
KEYED, PLAIN = "keyed", "sha256"


def measure(bench: Bench) -> None:
    """Hash the same identifiers with the key and without it."""
    with bench.home("hashing") as home:
        count = max(LEAST, bench.size.interactions)
        bench.say("hashing on DuckDB")
        _add(bench, "DuckDB", count, *(home.run(on_duckdb, count, how) for how in (KEYED, PLAIN)))
        count = min(MOST_ON_POSTGRES, bench.size.interactions)
        bench.say("hashing on PostgreSQL")
        with PostgresServer.start() as server:
            address = server.create_database()
            _add(
                bench,
                "PostgreSQL",
                count,
                *(_on_server(home, server, address, count, how) for how in (KEYED, PLAIN)),
            )


def _add(bench: Bench, engine: str, count: int, keyed: Measured, plain: Measured) -> None:
    for what, run_ in ((KEYED, keyed), (f"unkeyed {PLAIN}", plain)):
        bench.add(
            f"hashing on {engine}: {what}",
            count / run_.seconds,
            "values/s",
            size=f"{count:,} values",
            peak_mb=run_.peak_mb,
        )
    ratio = keyed.seconds / plain.seconds
    bench.add(f"hashing on {engine}: time, keyed / unkeyed", ratio, "ratio")


def _on_server(
    home: Home, server: PostgresServer, address: dict[str, str], count: int, how: str
) -> Measured:
    """Measure on PostgreSQL, including the server's memory."""
    postmaster = int((Path(server.host) / "postmaster.pid").read_text("utf-8").split()[0])
    env = home.environment() | address
    return run(on_postgres, str(count), how, env=env, servers=[postmaster])


def on_duckdb(count: str, how: str) -> Timed:
    """Hash distinct identifiers on DuckDB."""
    message = "'user:' || text"
    hashed = (
        f"sha256({message})"
        if how == PLAIN
        else render_macro("duckdb__hmac_uuid", "duckdb", message)
    )
    inner, outer = pads(Settings().read_key())
    with duckdb.connect() as engine:
        engine.execute("set variable granary_inner_pad = $1::blob", [inner])
        engine.execute("set variable granary_outer_pad = $1::blob", [outer])
        engine.execute(f"create table ids as select 'user-' || i as text from range({count}) t(i)")
        # Not count(): DuckDB would count the rows without computing the hashes.
        return fastest_of(
            PASSES, lambda: str(engine.execute(f"select max({hashed}) from ids").fetchall()[0][0])
        )


def on_postgres(count: str, how: str) -> Timed:
    """Hash the same identifiers on PostgreSQL."""
    message = "'user:' || text"
    plain = f"sha256(convert_to({message}, 'UTF8'))"
    hashed = plain if how == PLAIN else render_macro("postgres__hmac_uuid", "postgres", message)
    with psycopg.connect(autocommit=True) as server:
        install_key(server, Settings().read_key())
        server.execute("drop table if exists ids")
        server.execute(
            "create table ids as select 'user-' || i as text "
            f"from generate_series(0, {int(count) - 1}) as t(i)"
        )
        server.execute("vacuum analyze ids")
        return fastest_of(
            PASSES, lambda: str(server.execute(f"select count({hashed}) from ids").fetchall()[0][0])
        )
