"""The platform's database holds what is latest in the landing zone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr

from orchestration.core.errors import ConfigurationError, SourceError
from orchestration.core.settings import Settings
from orchestration.extract.database import open_session
from orchestration.extract.sources import source_named
from orchestration.sample import SampleError, fill_database
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.processes import granary
from orchestration.tests.sample import prism_oracle as oracle
from orchestration.tests.sample.conftest import Sample
from orchestration.tests.workspace import PostgresServer, Workspace

TABLES = [stream for stream in oracle.CONTRACT if stream != "deletions"]
PRISM = source_named("prism")
IN_TIME = {"late": 0.0, "out_of_order": 0.0, "missing_required": 0.0}
OPTIONS = PrismOptions(
    days=4, analyses_per_day=80, users=40, organizations=4, organization_changes_per_day=1.0,
    user_departures_per_day=0.2, user_returns_per_day=0.3,
    faults={"corrected": 0.1, "redelivered": 0.05, "pii": 0.1} | IN_TIME,
)  # fmt: skip


@pytest.fixture
def connection(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    address = postgres.create_database()
    with psycopg.connect(
        host=address["PGHOST"], user=address["PGUSER"], dbname=address["PGDATABASE"]
    ) as opened:
        opened.execute("set timezone to 'UTC'")
        yield opened


def stored(connection: psycopg.Connection, table: str) -> dict[str, dict[str, Any]]:
    """The rows of a table by id, in the form the landed files have them."""
    cursor = connection.execute(f"select * from {table}")
    names = [column.name for column in cursor.description or []]
    rows = [dict(zip(names, map(plain, row), strict=True)) for row in cursor]
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows) > 0
    return by_id


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID | IPv4Address | IPv6Address):
        return str(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return value


def landed(sample: Sample, table: str) -> dict[str, dict[str, Any]]:
    """The latest row of each id that is not gone, JSON read."""
    json_columns = [
        c["name"] for c in oracle.CONTRACT[table]["columns"] if c["data_type"] == "json"
    ]
    latest: dict[str, dict[str, Any]] = {}
    for record in sample.readings[table].latest.values():
        known = latest.get(record["id"])
        if known is None or known.get("updated_at", 0) <= record.get("updated_at", 0):
            latest[record["id"]] = record
    for record in sample.readings["deletions"].latest.values():
        found = latest.get(record["id"])
        if found and record["table_name"] == table and record["detected_at"] > found["updated_at"]:
            del latest[record["id"]]
    return {
        key: {
            name: json.loads(value) if name in json_columns and value is not None else plain(value)
            for name, value in record.items()
        }
        for key, record in latest.items()
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample.write(tmp_path_factory.mktemp("prism"), OPTIONS)


def test_the_database_holds_what_landed_last(
    connection: psycopg.Connection, sample: Sample
) -> None:
    result = fill_database(connection, OPTIONS)
    assert set(result.rows) == set(TABLES)
    for table in TABLES:
        found = stored(connection, table)
        assert found == landed(sample, table)
        assert result.rows[table] == len(found)
        assert result.left_out[table] == 0
    gone = {r["id"] for r in sample.readings["deletions"].latest.values()}
    assert gone - stored(connection, "users").keys() - stored(connection, "documents").keys()


def test_an_earlier_day_is_what_a_shorter_sample_ends_with(
    connection: psycopg.Connection,
) -> None:
    fill_database(connection, OPTIONS, until_day=2)
    before = {table: stored(connection, table) for table in TABLES}
    fill_database(connection, replace(OPTIONS, days=2, overwrite=True))
    assert {table: stored(connection, table) for table in TABLES} == before
    fill_database(connection, replace(OPTIONS, overwrite=True), until_day=4)
    end = datetime.combine(OPTIONS.start, datetime.min.time()) + timedelta(days=2)
    for table, rows in before.items():
        grown = stored(connection, table)
        assert grown != rows
        assert max(r.get("updated_at", r["created_at"]) for r in rows.values()) < end
        assert max(r.get("updated_at", r["created_at"]) for r in grown.values()) >= end


def test_rows_the_tables_cannot_hold_are_left_out_and_counted(
    connection: psycopg.Connection,
) -> None:
    options = replace(OPTIONS, faults={"missing_required": 0.1})
    whole = fill_database(connection, OPTIONS)
    result = fill_database(connection, replace(options, overwrite=True))
    assert min(result.left_out[t] for t in ("documents", "analysis_results", "audit_logs")) > 0
    assert result.left_out["users"] == result.left_out["organizations"] == 0
    for table in TABLES:
        assert result.rows[table] + result.left_out[table] == whole.rows[table]


def test_filled_tables_are_not_filled_again(connection: psycopg.Connection) -> None:
    small = PrismOptions(days=1, analyses_per_day=10)
    fill_database(connection, small)
    before = {table: stored(connection, table) for table in TABLES}
    with pytest.raises(SampleError, match="organizations of the database already holds rows"):
        fill_database(connection, replace(small, seed=8))
    assert {table: stored(connection, table) for table in TABLES} == before
    with pytest.raises(SampleError, match="until_day"):
        fill_database(connection, small, until_day=2)


def test_the_command_fills_the_database(
    duckdb_workspace: Workspace, postgres: PostgresServer
) -> None:
    address = postgres.create_database()
    url = f"postgresql+psycopg://postgres@/{address['PGDATABASE']}?host={postgres.host}"
    command = ["sample", "--days", "1", "--per-day", "prism=20", "--into", "postgres", "--json"]
    filled = granary(*command, changes={"GRANARY_PRISM_URL": url})
    assert (filled.returncode, filled.stderr) == (0, "")
    with open_session(Settings(source_urls={"prism": SecretStr(url)}), PRISM) as connection:
        for table, count in json.loads(filled.stdout)["rows"].items():
            assert len(stored(connection, table)) == count
    assert not duckdb_workspace.settings.landing.exists()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql://u:sesame-7261@127.0.0.1:1/x", SourceError),
        ("sesame-7261", ConfigurationError),
        ("", ConfigurationError),
        (None, ConfigurationError),
    ],
)
def test_an_address_is_never_repeated(url: str | None, error: type[Exception]) -> None:
    settings = Settings(source_urls={} if url is None else {"prism": SecretStr(url)})
    with pytest.raises(error) as raised, open_session(settings, PRISM):
        pass
    assert "GRANARY_PRISM_URL" in str(raised.value)
    assert "sesame" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
