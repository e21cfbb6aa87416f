"""Dates, whole numbers of four bytes, decimals and JSON of a contract, in every format alike."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.core.contracts import Column, Stream
from orchestration.extract.columns import landing_of, read_columns
from orchestration.ingest import loader
from orchestration.tests.ingest.helpers import lines, loaded, rejected
from orchestration.tests.workspace import PostgresServer, Workspace

FOLDER = "shop/orders/2026-01-01"
TYPES = {"due_on": "date", "pieces": "integer", "price": "numeric(38,12)", "terms": "json"}
ORDERS = Stream(
    source="shop",
    name="orders",
    table="shop_orders",
    columns=(
        Column("id", "varchar", required=True),
        Column("at", "timestamp", required=True),
        *(Column(name, kind, required=False) for name, kind in TYPES.items()),
        # What must be there is read another way.
        *(Column(f"own_{name}", kind, required=True) for name, kind in TYPES.items()),
    ),
    natural_key=("id",),
    event_time="at",
)
LONG = "12345678901234567890.123456789012"
STORED: list[tuple[str, Any, Any]] = [
    ("due_on", "2026-02-28", date(2026, 2, 28)),
    ("due_on", "2026-02-28T00:00:00Z", date(2026, 2, 28)),
    ("due_on", "2026-02-28 00:00:00.000+00:00", date(2026, 2, 28)),
    ("due_on", "0001-01-01", date(1, 1, 1)),
    ("due_on", "9999-12-31", date(9999, 12, 31)),
    ("pieces", 0, 0),
    ("pieces", 3.0, 3),
    ("pieces", -(2**31), -(2**31)),
    ("pieces", "2147483647", 2**31 - 1),
    ("price", 4e-7, Decimal("0.0000004")),
    ("price", 0.1, Decimal("0.1")),
    ("price", "1e-12", Decimal("1e-12")),
    ("price", "0.0000000000015", Decimal("0.000000000002")),
    ("price", 0.1 + 0.2, Decimal("0.3")),
    ("price", LONG, Decimal(LONG)),
    ("price", -5, Decimal(-5)),
    ("price", 2**53 + 1, Decimal(2**53 + 1)),
]
REJECTED: list[tuple[str, Any, str]] = [
    ("due_on", "2026-02-30", "an ISO 8601 date"),
    ("due_on", "2026-02-28T10:00:00Z", "an ISO 8601 date"),
    ("due_on", "2026-02-28T00:00:00+09:00", "an ISO 8601 date"),
    ("due_on", "28.02.2026", "an ISO 8601 date"),
    ("due_on", "2026-02-28x", "an ISO 8601 date"),
    ("due_on", "0000-01-01", "an ISO 8601 date"),
    ("due_on", "infinity", "an ISO 8601 date"),
    ("due_on", 20260228, "an ISO 8601 date"),
    ("due_on", True, "an ISO 8601 date"),
    ("pieces", 2.5, "a whole number of four bytes"),
    ("pieces", 2**31, "a whole number of four bytes"),
    ("pieces", -(2**31) - 1, "a whole number of four bytes"),
    ("pieces", "many", "a whole number of four bytes"),
    ("pieces", True, "a whole number of four bytes"),
    ("price", "NaN", "a number of its digits"),
    ("price", "inf", "a number of its digits"),
    ("price", 1e26, "a number of its digits"),
    ("price", "1,5", "a number of its digits"),
    ("price", True, "a number of its digits"),
    ("price", [1], "a number of its digits"),
]


def _order(number: int, **values: Any) -> dict[str, Any]:
    own = {"own_due_on": "2026-01-01", "own_pieces": 7, "own_price": "0.5", "own_terms": "net"}
    empty: dict[str, Any] = dict.fromkeys(TYPES)
    return {"id": f"o-{number}", "at": "2026-01-01T09:00:00Z"} | empty | own | values


def _csv(records: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def _parquet(records: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), sink)
    return sink.getvalue()


@pytest.fixture(autouse=True)
def _contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "load_contracts", lambda: {("shop", "orders"): ORDERS})


def test_dates_whole_numbers_and_decimals(workspace: Workspace) -> None:
    cases = [(n, v) for name, v, _ in [*STORED, *REJECTED] for n in (name, f"own_{name}")]
    records = [_order(number, **{name: value}) for number, (name, value) in enumerate(cases)]
    missing = [_order(-1, **{f"own_{name}": nothing}) for name in TYPES for nothing in (None, "")]
    workspace.write(f"{FOLDER}/a.jsonl", lines([*records, *missing]))
    workspace.write(f"{FOLDER}/b.csv", _csv([*records, *missing]))
    texts = [{k: None if v is None else str(v) for k, v in r.items()} for r in records[:8]]
    workspace.write(f"{FOLDER}/c.parquet", _parquet(texts))
    workspace.ingest()
    names = [*TYPES, *(f"own_{name}" for name in TYPES)]
    rows, rejects = loaded(workspace, *names, table="shop_orders"), rejected(workspace)
    for file in ("a.jsonl", "b.csv"):
        path = f"{FOLDER}/{file}"
        expected = [value for *_, value in [*STORED, *REJECTED] for _ in range(2)]
        for number, (name, value) in enumerate(cases):
            place = path, number + 1
            if number < 2 * len(STORED):
                assert place in rows, (file, name, value, rejects.get(place))
                assert rows[place][names.index(name)] == expected[number], (file, name, value)
            else:
                said = f"wrong type: {name} is not {expected[number]}"
                assert place in rejects, (file, name, value, rows.get(place))
                assert rejects[place][0] == said, (file, name, value)
        for number, record in enumerate(missing, len(cases) + 1):
            [name] = [n for n in names if n.startswith("own_") and not record[n]]
            assert rejects[path, number][0] == f"missing field: {name}"
    for number in range(8):
        assert rows[f"{FOLDER}/c.parquet", number + 1] == rows[f"{FOLDER}/a.jsonl", number + 1]


def test_a_database_gives_them_exactly(postgres: PostgresServer) -> None:
    place = postgres.create_database()
    with psycopg.connect(
        host=place["PGHOST"], user=place["PGUSER"], dbname=place["PGDATABASE"]
    ) as database:
        database.execute("create table orders (due_on date, pieces integer, price numeric)")
        for values in (
            ("2026-02-28", 3, LONG),
            ("infinity", 4, "NaN"),
            ("0044-03-15 BC", 5, "-.5"),
        ):
            database.execute("insert into orders values (%s, %s, %s)", values)
        shape = read_columns(database, "orders")
        assert shape is not None
        read = [
            landing_of(kind.partition("(")[0], shape[name], name).expression.as_string(database)
            for name, kind in TYPES.items()
            if name != "terms"
        ]
        found = database.execute(f"select {', '.join(read)} from orders order by pieces").fetchall()
    assert found == [
        (date(2026, 2, 28), 3, Decimal(LONG)),
        (None, 4, None),
        (None, 5, Decimal("-0.5")),
    ]
