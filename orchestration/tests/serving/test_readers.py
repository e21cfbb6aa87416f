"""Readers and publishing never wait for each other, and every reader sees one whole version."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import psycopg
import pytest

from orchestration.serving.gate import read_manifest
from orchestration.tests.serving.conftest import NUMBERED, Built
from orchestration.tests.serving.readers import readers
from orchestration.warehouse.protocol import Relation

READERS = 8
VERSIONS = 20


def test_eight_readers_see_whole_versions_through_twenty_publishes_and_a_build(
    built: Built, tmp_path: Path
) -> None:
    built.number(1)
    built.workspace.publish()
    with readers(READERS, built, tmp_path / "stop") as seen:
        for version in range(2, VERSIONS + 2):
            built.number(version)
            built.workspace.publish()
            assert built.published() == {version}
        assert built.workspace.dbt("run", "--select", "dim_time").success
    assert len(seen) == READERS
    for reader in seen:
        assert reader.errors == []
        assert reader.torn == []
        assert reader.reads > VERSIONS
        assert all(a < b for a, b in pairwise(reader.versions))
        assert reader.versions[0] == 1
        assert reader.versions[-1] == VERSIONS + 1
    # They read all the while, not only before and after.
    assert len({v for reader in seen for v in reader.versions}) > VERSIONS // 2


def test_a_reader_who_holds_the_old_file_goes_on(on_duckdb: Built) -> None:
    settings = on_duckdb.workspace.settings
    on_duckdb.number(1)
    on_duckdb.workspace.publish()
    query = "select distinct total_asks from assistant.query_performance"
    with duckdb.connect(str(settings.serving), read_only=True) as held:
        held.execute("begin")
        assert held.execute(query).fetchall() == [(1,)]
        for version in (2, 3):
            on_duckdb.number(version)
            on_duckdb.workspace.publish()
            assert held.execute(query).fetchall() == [(1,)]
    assert on_duckdb.published() == {3}


def test_a_published_file_needs_no_other_file(on_duckdb: Built) -> None:
    settings = on_duckdb.workspace.settings
    on_duckdb.workspace.publish()
    assert [p.name for p in settings.root.glob("serving*")] == ["serving.duckdb"]
    schemas = {row[0] for row in on_duckdb.serving("select schema_name from duckdb_tables()")}
    assert schemas == {mart.schema for mart in on_duckdb.workspace.marts()}
    assert not schemas & {"raw", "staging", "intermediate", "policy"}


def test_an_open_transaction_does_not_block_a_publish(
    on_postgres: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A publish that waits for its reader fails, instead of waiting for ever.
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=30s")
    on_postgres.number(1)
    on_postgres.workspace.publish()
    mart = "serving_assistant.query_performance"
    with on_postgres.connect() as held:
        held.execute("begin isolation level repeatable read")
        assert held.execute(f"select distinct total_asks from {mart}").fetchall() == [(1,)]
        for version in (2, 3):
            on_postgres.number(version)
            on_postgres.workspace.publish()
            assert on_postgres.published() == {version}
            # The reader goes on with the version it began with, also where it looks only now.
            assert held.execute(f"select distinct total_asks from {mart}").fetchall() == [(1,)]
            assert held.execute(
                "select count(*) > 0 from serving_assistant.session_analytics"
            ).fetchall() == [(True,)]
        held.execute("commit")
        assert held.execute(f"select distinct total_asks from {mart}").fetchall() == [(3,)]


def test_what_readers_build_on_the_marts_stays(on_postgres: Built) -> None:
    on_postgres.number(1)
    on_postgres.workspace.publish()
    with on_postgres.connect() as analyst:
        analyst.execute(
            "create view public.asks as "
            "select distinct total_asks from serving_assistant.query_performance"
        )
        analyst.commit()
        on_postgres.number(2)
        on_postgres.workspace.publish()
        assert analyst.execute("select * from public.asks").fetchall() == [(2,)]
        analyst.execute("drop view public.asks")
        analyst.commit()


def test_a_cursor_opened_before_a_publish_reads_its_version_to_the_end(on_postgres: Built) -> None:
    on_postgres.number(1)
    on_postgres.workspace.publish()
    with on_postgres.connect() as held:
        held.execute("begin")
        held.execute(
            "declare slow cursor for select total_asks from serving_assistant.query_performance"
        )
        first = held.execute("fetch 1 from slow").fetchall()
        on_postgres.number(2)
        on_postgres.workspace.publish()
        rest = held.execute("fetch all from slow").fetchall()
        held.execute("commit")
    assert rest
    assert set(first + rest) == {(1,)}


def test_readers_have_rights_on_every_version(on_postgres: Built) -> None:
    with on_postgres.connect() as admin:
        admin.execute("create role granary_reader login")
    try:
        for version in (1, 2):
            on_postgres.number(version)
            on_postgres.workspace.publish()
            with on_postgres.connect("granary_reader") as session:
                for mart in NUMBERED:
                    assert session.execute(f"select count(*) from serving_{mart}").fetchall()
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute("select * from assistant.query_performance")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute("delete from serving_assistant.query_performance")
    finally:
        with on_postgres.connect() as admin:
            admin.execute("drop owned by granary_reader")
            admin.execute("drop role granary_reader")


def test_descriptions_reach_the_readers(built: Built) -> None:
    odd = 'It\'s described; "quoted" – 説明。'
    quoted = odd.replace("'", "''")
    built.workspace.execute(
        f"comment on table assistant.query_performance is '{quoted}'",
        f"comment on column assistant.query_performance.total_asks is '{quoted}'",
    )
    built.workspace.publish()
    if built.postgres:
        tables = (
            "select substr(n.nspname, 9), c.relname, obj_description(c.oid) from pg_class as c "
            "join pg_namespace as n on n.oid = c.relnamespace "
            "where n.nspname like 'serving_%' and c.relkind = 'r'"
        )
        columns = (
            "select table_schema, table_name, column_name, col_description("
            "(table_schema || '.' || table_name)::regclass, ordinal_position) "
            "from information_schema.columns where table_schema like 'serving_%'"
        )
    else:
        tables = "select schema_name, table_name, comment from duckdb_tables()"
        columns = "select schema_name, table_name, column_name, comment from duckdb_columns()"
    of_table = {(s, t): comment for s, t, comment in built.serving(tables)}
    of_column = {
        (s.removeprefix("serving_"), t, c): comment for s, t, c, comment in built.serving(columns)
    }
    assert of_table.pop(("assistant", "query_performance")) == odd
    assert of_column.pop(("assistant", "query_performance", "total_asks")) == odd
    manifest = read_manifest(built.workspace.settings)
    marts = set(built.workspace.marts())
    for node in manifest["nodes"].values():
        mart = Relation(node["schema"], node.get("alias", ""))
        if node["resource_type"] != "model" or mart not in marts:
            continue
        if (mart.schema, mart.name) in of_table:
            assert of_table[mart.schema, mart.name] == node["description"]
        expected = {(mart.schema, mart.name, c["name"]): c for c in node["columns"].values()}
        for place, column in expected.items():
            assert of_column.get(place, odd) in (column["description"], odd), place
