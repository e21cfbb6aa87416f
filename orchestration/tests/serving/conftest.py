"""A warehouse built once on each engine, given to every test in the state after that build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import psycopg
import pytest

from orchestration.sample import write_sample
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.workspace import KEY, PostgresServer, Workspace

# A count of each of these marts is set to the version's number: a whole version has one number.
NUMBERED = {
    "assistant.session_analytics": "total_queries",
    "assistant.query_performance": "total_asks",
    "governance.load_reconciliation": "line_count",
}


@dataclass
class Built:
    """A built warehouse, nothing published yet."""

    workspace: Workspace

    @property
    def postgres(self) -> dict[str, str]:
        """Address of the database, empty on DuckDB."""
        return self.workspace.postgres

    def restore(self) -> None:
        """Go back to the state remembered; published versions and leftovers go."""
        for path in self.workspace.settings.root.glob("serving.duckdb*"):
            path.unlink()
        self.workspace.restore()

    def connect(self, user: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A session on the PostgreSQL database."""
        return psycopg.connect(
            host=self.postgres["PGHOST"],
            dbname=self.postgres["PGDATABASE"],
            user=user,
            autocommit=True,
        )

    def number(self, version: int) -> None:
        """Make the marts a version of their own, as a build would."""
        self.workspace.execute(
            *(f"update {mart} set {name} = {version}" for mart, name in NUMBERED.items())
        )

    def readable(self) -> dict[str, str]:
        """What a reading process needs to find the published marts."""
        return self.postgres or {"serving": str(self.workspace.settings.serving)}

    def serving(self, query: str) -> list[tuple[Any, ...]]:
        """Read what is published; `{s}` stands for the prefix of schemas."""
        if self.postgres:
            with self.connect() as server:
                return server.execute(query.format(s="serving_").encode()).fetchall()
        with duckdb.connect(str(self.workspace.settings.serving), read_only=True) as engine:
            rows: list[tuple[Any, ...]] = engine.execute(query.format(s="")).fetchall()
            return rows

    def published(self) -> set[int]:
        """The version numbers readers see: one, if the version is whole."""
        queries = (f"select {name} from {{s}}{mart}" for mart, name in NUMBERED.items())
        return {int(row[0]) for row in self.serving(" union ".join(queries))}

    def state(self) -> object:
        """What must not change where nothing is published."""
        if not self.postgres:
            serving = self.workspace.settings.serving
            return serving.read_bytes() if serving.exists() else None
        with self.connect() as server:
            tables = server.execute(
                "select n.nspname, c.relname, c.oid, c.relfilenode from pg_class as c "
                "join pg_namespace as n on n.oid = c.relnamespace "
                "where n.nspname ~ '^serving_' and c.relkind = 'r' order by c.oid"
            ).fetchall()
            if not tables:
                return tables
            # Every row a publication writes carries its transaction.
            return [
                (
                    *table,
                    *server.execute(
                        f'select min(xmin::text::bigint), count(*) from "{table[0]}"."{table[1]}"'
                    ).fetchall(),
                )
                for table in tables
            ]


def _build(workspace: Workspace) -> Built:
    settings = workspace.settings
    # From here on the key is in its file: the fixture outlives the variable.
    settings.key_path.parent.mkdir(mode=0o700)
    settings.key_path.write_text(KEY)
    options = AssistantOptions(days=2, rows_per_day=20, faults={"pii": 0})
    write_sample(settings.landing, settings.truth, options)
    workspace.ingest()
    workspace.build()
    workspace.keep()
    return Built(workspace)


@pytest.fixture(scope="session")
def built_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    with Workspace.on_duckdb(folder / "home") as workspace:
        return _build(workspace)


@pytest.fixture(scope="session")
def built_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Built:
    folder = tmp_path_factory.mktemp("built")
    with Workspace.on_postgres(folder / "home", postgres) as workspace:
        return _build(workspace)


@pytest.fixture
def on_duckdb(built_duckdb: Built) -> Iterator[Built]:
    """Built on DuckDB; settings as the environment names them."""
    built_duckdb.restore()
    with built_duckdb.workspace.activate():
        yield built_duckdb


@pytest.fixture
def on_postgres(built_postgres: Built) -> Iterator[Built]:
    """Built on PostgreSQL; settings as the environment names them."""
    built_postgres.restore()
    with built_postgres.workspace.activate():
        yield built_postgres


@pytest.fixture(params=["duckdb", "postgres"])
def built(request: pytest.FixtureRequest) -> Built:
    """A built warehouse, once on each engine."""
    chosen: Built = request.getfixturevalue(f"on_{request.param}")
    return chosen
