"""An application's database of a test's own, what it holds and what was landed of it."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from orchestration.core.contracts import load_contracts
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.extract.landed import files_of, living_keys
from orchestration.extract.run import ExtractReport, extract
from orchestration.extract.sources import Table, tables_of
from orchestration.sources.found import databases
from orchestration.tests.workspace import PostgresServer
from orchestration.warehouse.duckdb import memory_session

USER, PASSWORD = "kurator_of_prism", "Zwetschge@/7719"
DDL = PROJECT_DIR / "orchestration" / "sources" / "prism" / "sample" / "application.sql"
TABLES: dict[str, Table] = {table.name: table for table in tables_of(databases()["prism"])}
NO_OVERLAP = timedelta(0)
LONG_AGO = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

Row = tuple[Any, ...]


@dataclass
class Application:
    """The database, the connection of its application, and the settings that extract it."""

    server: PostgresServer
    database: str
    settings: Settings
    only: list[str] | None = None
    """The tables a test extracts, where it needs no others."""
    connection: psycopg.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = self.connect()
        self.connection.execute(DDL.read_text("utf-8"))

    @classmethod
    def create(
        cls, server: PostgresServer, home: Path, user: str = USER, encoding: str = "UTF8"
    ) -> Application:
        """A new database with the application's tables, all empty."""
        database = server.create_database(encoding)["PGDATABASE"]
        url = f"postgresql://{user}:{quote(PASSWORD, safe='')}@/{database}?host={server.host}"
        return cls(server, database, Settings(home=home, source_urls={"prism": SecretStr(url)}))

    def connect(self) -> psycopg.Connection:
        """Another connection of the application."""
        return psycopg.connect(
            host=self.server.host,
            user="postgres",
            dbname=self.database,
            client_encoding="UTF8",
            autocommit=True,
        )

    def execute(self, statement: str, *parameters: Any) -> list[Row]:
        """Run a statement of the application."""
        cursor = self.connection.execute(statement, parameters or None)
        return list(cursor.fetchall()) if cursor.description else []

    def insert(self, table: str, **values: Any) -> str:
        """Write a row; return its id."""
        row = REQUIRED.get(table, {}) | {"id": str(uuid.uuid4())} | values
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(["%s"] * len(row))
        self.connection.execute(
            f"insert into {table} ({names}) values ({marks})",
            [Jsonb(v) if isinstance(v, dict) else v for v in row.values()],
        )
        return str(row["id"])

    def insert_many(self, table: str, count: int, **values: Any) -> list[str]:
        """Write rows that differ in their id."""
        return [self.insert(table, **values) for _ in range(count)]

    def extract(self, **arguments: Any) -> ExtractReport:
        """Extract, which must succeed."""
        report = extract(self.settings, "prism", only=self.only, **arguments)
        failures = [t.failure for t in report.failures]
        assert failures == [], failures
        return report

    def rows_landed(self, **arguments: Any) -> dict[str, int]:
        """Extract and return how many rows that landed, of tables that landed any."""
        return {t.table: t.rows for t in self.extract(**arguments).tables if t.rows}

    def source(self, table: str) -> Counter[Row]:
        """The contract's columns of all rows there are, in a form that compares."""
        names = contract_names(table)
        listed = ", ".join(f'"{name}"' for name in names)
        return Counter(
            canonical(table, row) for row in self.execute(f"select {listed} from {table}")
        )

    def landed(self, table: str, names: list[str] | None = None) -> list[Row]:
        """The contract's columns of all rows that were landed, in delivery order."""
        files = files_of(self.settings.landing, "prism", table)
        if not files:
            return []
        names = names or contract_names(table)
        listed = ", ".join(f'"{name}"' for name in names)
        with memory_session() as engine:
            rows = engine.execute(
                f"select {listed} from read_parquet({[str(f) for f in files]}, "
                "union_by_name = true, filename = '_path', file_row_number = true) "
                "order by _path, file_row_number"
            ).fetchall()
        return [canonical(table, row, names) for row in rows]

    def latest(self, table: str) -> Counter[Row]:
        """Of every key the version with the greatest cursor, then delivered last."""
        names = contract_names(table)
        identity, cursor = names.index("id"), names.index(TABLES[table].cursor)
        found: dict[str, Row] = {}
        for row in self.landed(table):
            before = found.get(row[identity])
            if before is None or (row[cursor] or "") >= (before[cursor] or ""):
                found[row[identity]] = row
        return Counter(found.values())

    def living(self, table: str) -> set[str]:
        """Keys that are landed and have no later tombstone."""
        return set(living_keys(self.settings.landing, "prism", table).to_pylist())

    def tombstones(self) -> list[tuple[str, str]]:
        """Table and key of every tombstone."""
        return [(row[0], row[1]) for row in self.landed("deletions")]

    def assert_mirrored(self, tables: Iterable[str] | None = None) -> None:
        """The latest landed versions of living rows are the source's; no version is there twice."""
        for table in tables or self.only or TABLES:
            source, latest = self.source(table), self.latest(table)
            names = contract_names(table)
            identity = names.index("id")
            if TABLES[table].keyed:
                living = self.living(table)
                latest = Counter({r: n for r, n in latest.items() if r[identity] in living})
            assert latest == source, table
            self.assert_once(table)

    def assert_once(self, table: str) -> None:
        """No row was landed twice in the same state."""
        doubled = [row for row, count in Counter(self.landed(table)).items() if count > 1]
        assert doubled == [], table


REQUIRED: dict[str, dict[str, Any]] = {"organizations": {"subscription_tier": "pro"}}


def contract_names(table: str) -> list[str]:
    """Names of the contract's columns."""
    return [column.name for column in load_contracts()["prism", table].columns]


def canonical(table: str, row: Row, names: list[str] | None = None) -> Row:
    """A row's values in one form, whether PostgreSQL or DuckDB gave them."""
    types = {c.name: c.data_type for c in load_contracts()["prism", table].columns}
    return tuple(
        _value(types.get(name), value)
        for name, value in zip(names or contract_names(table), row, strict=True)
    )


def _value(data_type: str | None, value: Any) -> Any:
    if value is None:
        return None
    if data_type == "json":
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, bool | int | float) else str(value)


def written_by(home: Path) -> list[Path]:
    """Every file under a folder."""
    return [path for path in home.rglob("*") if path.is_file()]
