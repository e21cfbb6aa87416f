"""Content hashes: the order of rows makes no difference, anything else does."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.tests.workspace import PostgresServer
from orchestration.warehouse.duckdb_hashing import duckdb_contents
from orchestration.warehouse.hashing import TableContent
from orchestration.warehouse.postgres_hashing import postgres_contents

COLUMNS = (
    "a varchar, b varchar, c bigint, d double, e timestamp, f boolean, g decimal(18, 6), "
    "h varchar[], i struct(x varchar, y integer), j blob, k uuid, l date"
)
TEXTS = st.none() | st.text(alphabet="ab:,~'\"1[]{} \u672c", max_size=4)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(),
        st.none() | st.datetimes(),
        st.none() | st.booleans(),
        st.none() | st.decimals(-1000, 1000, places=6),
        st.none() | st.lists(TEXTS, max_size=3),
        st.none() | st.fixed_dictionaries({"x": TEXTS, "y": st.none() | st.integers(0, 9)}),
        st.none() | st.binary(max_size=3),
        st.none() | st.uuids(),
        st.none() | st.dates(),
    ),
    min_size=1,
    max_size=5,
)


@contextlib.contextmanager
def table(rows: list[tuple[Any, ...]], columns: str = COLUMNS) -> Iterator[DuckDBPyConnection]:
    with duckdb.connect() as engine:
        engine.execute(f"create table t ({columns})")
        marks = ", ".join("?" * len(rows[0]))
        engine.executemany(f"insert into t values ({marks})", rows)
        yield engine


def content(rows: list[tuple[Any, ...]], columns: str = COLUMNS) -> TableContent:
    with table(rows, columns) as engine:
        [found] = duckdb_contents(engine, "memory")
    return found


def kept(row: tuple[Any, ...]) -> str:
    """A row as the engine gives it back: fields in its order, numbers in its scale."""
    with table([row]) as engine:
        return repr(engine.execute("from t").fetchone())


@settings(max_examples=15, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_the_order_of_rows_makes_no_difference(rows: list[tuple[Any, ...]], seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    assert content(rows) == content(shuffled)


@pytest.mark.long
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, other=ROWS, data=st.data())
def test_any_change_makes_one(
    rows: list[tuple[Any, ...]], other: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    changed = list(rows)
    changed[row] = (*rows[row][:column], other[0][column], *rows[row][column + 1 :])
    same = kept(changed[row]) == kept(rows[row])
    before = content(rows)
    assert (content(changed) == before) == same
    assert content([*rows, rows[row]]) != before
    if len(rows) > 1:
        assert content(rows[:row] + rows[row + 1 :]) != before


PAIRS = [
    [("a", "bc"), ("ab", "c")],
    [("", None), (None, "")],
    [("", "x"), (None, "x")],
    [("1:a", "b"), ("1", "a:b")],
    [("~", None), (None, "~")],
    [("a,b", "c"), ("a", "b,c")],
    [("null", "x"), (None, "x")],
    [("e\u0301", "x"), ("\u00e9", "x")],
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_values_that_look_alike_differ(
    one: tuple[Any, ...], other: tuple[Any, ...], postgres: PostgresServer
) -> None:
    columns = "a varchar, b varchar"
    assert content([one], columns) != content([other], columns)
    assert postgres_content(postgres, [one]) != postgres_content(postgres, [other])


def test_two_rows_that_swap_a_value_differ() -> None:
    columns = "a varchar, b varchar"
    assert content([("1", "x"), ("2", "y")], columns) != content([("1", "y"), ("2", "x")], columns)


def postgres_content(server: PostgresServer, rows: list[tuple[Any, ...]]) -> TableContent:
    with psycopg.connect(host=server.host, user="postgres", dbname="postgres") as session:
        session.execute("create schema s")
        session.execute("create table s.t (a varchar, b varchar)")
        with session.cursor() as cursor:
            cursor.executemany("insert into s.t values (%s, %s)", rows)
        [found] = [t for t in postgres_contents(session) if t.schema == "s"]
        session.rollback()
    return found


def test_on_postgres_neither_order_nor_session_makes_a_difference(
    postgres: PostgresServer,
) -> None:
    with psycopg.connect(host=postgres.host, user="postgres", dbname="postgres") as session:
        session.execute("create schema s")
        session.execute(
            "create table s.t (a timestamptz, b bytea, c double precision, d interval, e date)"
        )
        values = "('2026-01-01 10:00Z', '\\xff', 0.1 + 0.2, '1 day 2 hours', '2026-02-03')"
        session.execute(f"insert into s.t values {values}, (null, null, 1, null, null)".encode())
        session.execute("create table s.u as select * from s.t order by c desc")
        found = {t.name: t for t in postgres_contents(session) if t.schema == "s"}
        for setting in (
            "timezone = 'Asia/Tokyo'",
            "datestyle = 'German'",
            "bytea_output = 'escape'",
            "extra_float_digits = -3",
            "intervalstyle = 'iso_8601'",
        ):
            session.execute(f"set {setting}".encode())
        again = {t.name: t for t in postgres_contents(session) if t.schema == "s"}
        session.rollback()
    assert found == again
    assert (found["t"].rows, found["t"].upper, found["t"].lower) == (
        found["u"].rows,
        found["u"].upper,
        found["u"].lower,
    )


def test_a_digest_tells_nothing_without_the_secret() -> None:
    one = TableContent("raw", "t", 1, 2, 3)
    assert one.digest(b"a" * 32) != one.digest(b"b" * 32)
    assert one.digest(b"a" * 32) == TableContent("raw", "t", 1, 2, 3).digest(b"a" * 32)
    assert one.digest(b"a" * 32) != TableContent("raw", "u", 1, 2, 3).digest(b"a" * 32)
