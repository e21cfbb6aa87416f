"""A publication writes what differs from the one before, and readers get every row of the marts."""

from __future__ import annotations

import random

import duckdb

from orchestration.tests.serving.conftest import Built

FACTS = "assistant.fct_assistant_interactions"
SESSIONS = "assistant.session_analytics"
DATES = "core.dim_date"
# What builds and others do to marts; {n} is another number each time, {few} chooses some rows.
CHANGES = (
    "select 1",
    f"delete from {FACTS} where {{few}}",
    f"update {FACTS} set activity_date = activity_date + 1 where {{few}}",
    f"update {FACTS} set query_type = 'type {{n}}'",
    f"alter table {FACTS} add column added_{{n}} integer",
    f"comment on column {FACTS}.query_type is 'Said {{n}}.'",
    f"comment on table {FACTS} is null",
    f"update {SESSIONS} set total_queries = {{n}} where {{few}}",
    f"update {SESSIONS} set start_time = null where {{few}}",
    f"update {SESSIONS} set start_time = '20{{n}}-01-01' where start_time is null",
    f"alter table {SESSIONS} alter column avg_response_time type numeric(38, 6)",
    f"update {DATES} set is_weekend = not is_weekend where month_number = {{n}} % 12",
    f"delete from {DATES}",
)
# How many rows are in one of two tables alone.
ROWS = """
    with one as (select cast(m as varchar) from {0} as m),
    two as (select cast(m as varchar) from {1} as m)
    select count(*) from (
        (table one except all table two) union all (table two except all table one)
    ) as differing
"""
DESCRIBED_ON_DUCKDB = """
    select column_name, comment from (
        select database_name, schema_name || '.' || table_name as mart, column_name, comment
        from duckdb_columns() union all
        select database_name, schema_name || '.' || table_name, null, comment from duckdb_tables()
    ) where mart = $1 and database_name in ('warehouse', 'serving')
    group by all having count(*) <> 2
"""
DESCRIBED_ON_POSTGRES = """
    select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum),
        obj_description(attrelid)
    from pg_attribute where attrelid in (cast(%s as regclass), cast(%s as regclass)) and attnum > 0
    group by 1, 2, 3, 4 having count(*) <> 2
"""
STEPS = 10


def few(n: int) -> str:
    """A condition that one row of sixteen meets."""
    return f"substr(md5(cast(session_key as varchar)), 1, 1) = '{n % 16:x}'"


def differing(built: Built) -> list[str]:
    """The marts that are served with other rows, columns or descriptions than they have."""
    relations = [str(mart) for mart in built.workspace.marts()]
    if built.postgres:
        with built.connect() as server:
            return [
                mart
                for mart in relations
                if server.execute(ROWS.format(mart, f"serving_{mart}").encode()).fetchall()
                != [(0,)]
                or server.execute(DESCRIBED_ON_POSTGRES, [mart, f"serving_{mart}"]).fetchall()
            ]
    settings = built.workspace.settings
    with duckdb.connect() as engine:
        engine.execute(f"attach '{settings.warehouse}' as warehouse (read_only)")
        engine.execute(f"attach '{settings.serving}' as serving (read_only)")
        return [
            mart
            for mart in relations
            if engine.execute(ROWS.format(f"warehouse.{mart}", f"serving.{mart}")).fetchall()
            != [(0,)]
            or engine.execute(DESCRIBED_ON_DUCKDB, [mart]).fetchall()
        ]


def test_what_is_served_is_every_row_of_the_marts(built: Built) -> None:
    chance = random.Random(3)
    built.workspace.execute(f"alter table {SESSIONS} alter column start_time drop not null")
    built.workspace.publish()
    for n in range(10, 10 + STEPS):
        changes = [change.format(n=n, few=few(n)) for change in chance.sample(CHANGES, 2)]
        built.workspace.execute(*changes)
        built.workspace.publish()
        assert differing(built) == [], changes


def test_what_is_there_is_not_written_again(built: Built) -> None:
    first = built.workspace.publish()
    assert first.rows == first.rows_written > 0
    again = built.workspace.publish()
    # The book of stages has got the first publication.
    assert again.rows == first.rows + 1
    assert again.rows_written <= 2
    assert again.published_at > first.published_at
    [(day, rows)] = built.workspace.query(
        f"select activity_date, count(*) from {FACTS} group by 1 order by 2 limit 1"
    )
    built.workspace.execute(
        f"update {FACTS} set query_type = 'other' where activity_date = '{day}'",
        f"delete from {SESSIONS} where {few(3)}",
    )
    sessions = built.workspace.value(f"select count(*) from {SESSIONS}")
    third = built.workspace.publish()
    assert rows <= third.rows_written <= rows + sessions < third.rows
    assert differing(built) == []


def test_what_a_reader_left_in_the_file_is_gone(on_duckdb: Built) -> None:
    on_duckdb.workspace.publish()
    serving = on_duckdb.workspace.settings.serving
    for change in (
        f"update {FACTS} set query_type = 'a reader''s'",
        "create table assistant.mine as select 1 as n",
        f"create view core.mine as from {DATES}",
        "drop table governance.publication",
        f"alter table {FACTS} drop column query_type",
    ):
        serving.chmod(0o600)
        with duckdb.connect(str(serving)) as reader:
            reader.execute(change)
        on_duckdb.workspace.publish()
        assert differing(on_duckdb) == [], change
        assert on_duckdb.serving(
            "select count(*) from information_schema.tables where table_name = 'mine'"
        ) == [(0,)]


def is_whole(built: Built) -> bool:
    """Whether no block of an older file can be in the published one."""
    [(is_whole,)] = built.serving("select whole_bytes is null from governance.publication")
    return bool(is_whole)


def test_what_retention_deleted_is_not_in_the_file(on_duckdb: Built) -> None:
    on_duckdb.workspace.publish()
    assert is_whole(on_duckdb)
    on_duckdb.workspace.execute(f"delete from {FACTS} where {few(1)}")
    on_duckdb.workspace.publish()
    assert not is_whole(on_duckdb)
    on_duckdb.workspace.execute(
        "insert into governance.lifecycle_log (entry_number, entry_id, run_id, relation, policy, "
        "reason, transition, from_tier, to_tier, first_day, last_day, row_count, acted_at) "
        f"select 1, uuid(), uuid(), '{FACTS}', 'p', 'age', 'deleted', 'hot', 'deleted', "
        "current_date, current_date, 1, localtimestamp",
    )
    on_duckdb.workspace.publish()
    assert is_whole(on_duckdb)
    on_duckdb.workspace.publish()
    assert not is_whole(on_duckdb)


def test_the_file_does_not_grow(on_duckdb: Built) -> None:
    workspace = on_duckdb.workspace
    serving = workspace.settings.serving
    # 200 days of equal size, with keys that cannot be compressed.
    workspace.execute(
        f"delete from {FACTS} where activity_date <> (select min(activity_date) from {FACTS})",
        f"insert into {FACTS} select f.* replace (activity_date + cast(d as integer) as "
        f"activity_date, uuid() as interaction_key) from {FACTS} as f, range(1, 200) as days (d), "
        "range(300) as times (t)",
    )
    rows = workspace.publish().rows
    increments, first = 0, workspace.value(f"select min(activity_date) from {FACTS}")
    for n in range(12):
        workspace.execute(
            f"update {FACTS} set interaction_key = uuid() where activity_date between "
            f"cast('{first}' as date) + {10 * n} and cast('{first}' as date) + {10 * n + 20}"
        )
        increments += workspace.publish().rows_written < rows / 2
    assert increments > 4
    assert differing(on_duckdb) == []
    size = serving.stat().st_size
    serving.unlink()
    workspace.publish()
    assert size <= 1.2 * serving.stat().st_size
