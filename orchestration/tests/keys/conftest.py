"""`hash_pii` as dbt renders it, run on both engines with any key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import duckdb
import psycopg
import pytest

from orchestration.dbt.key_plugin import Plugin
from orchestration.secrecy.postgres_keys import install_key
from orchestration.tests.workspace import KEY, PostgresServer, Workspace, environment

# Column name to the macro call that fills it.
CALLS = {
    "hashed_user": "hash_pii('value', 'user')",
    "hashed_email": "hash_pii('value', 'email')",
    "plain": "adapter.dispatch('hmac_uuid')('value')",
}
INLINE = "select " + ", ".join(f"{{{{ {call} }}}} as {name}" for name, call in CALLS.items())

Hash = Callable[[Sequence[str | None]], list[UUID | None]]


@dataclass(frozen=True)
class Hashing:
    """What the macros render to on one engine, and a way to run it."""

    engine: str
    run: Callable[[str, Sequence[str | None], bytes], list[UUID | None]]

    def user(self, values: Sequence[str | None], key: bytes = bytes.fromhex(KEY)) -> list[object]:
        """Pseudonyms in the domain `user`, which folds nothing."""
        return list(self.run("hashed_user", values, key))

    def email(self, values: Sequence[str | None], key: bytes = bytes.fromhex(KEY)) -> list[object]:
        """Pseudonyms in the domain `email`, which folds."""
        return list(self.run("hashed_email", values, key))

    def plain(self, values: Sequence[str | None], key: bytes) -> list[object]:
        """HMAC of the values themselves, without a domain."""
        return list(self.run("plain", values, key))


def rendered(workspace: Workspace) -> str:
    """The SQL that dbt makes of the macros."""
    result = workspace.dbt("compile", "--inline", INLINE)
    assert result.success, result.exception
    return str(result.result.results[0].node.compiled_code)


@contextlib.contextmanager
def _duckdb_hashing(home: Path) -> Iterator[Hashing]:
    with Workspace.on_duckdb(home) as workspace:
        select = rendered(workspace)
    with duckdb.connect() as connection:

        def run(column: str, values: Sequence[str | None], key: bytes) -> list[UUID | None]:
            with environment({"GRANARY_PII_KEY": key.hex()}):
                Plugin("key", {}).configure_cursor(connection)
            rows = connection.execute(
                f"select {column} from ({select} from (select unnest($1::varchar[]) as value, "
                f"generate_subscripts($1, 1) as i) as given order by i)",
                [list(values)],
            ).fetchall()
            return [row[0] for row in rows]

        yield Hashing("duckdb", run)


@contextlib.contextmanager
def _postgres_hashing(home: Path, server: PostgresServer) -> Iterator[Hashing]:
    with Workspace.on_postgres(home, server) as workspace:
        select = rendered(workspace)
        address = workspace.postgres
    with psycopg.connect(
        host=address["PGHOST"],
        user=address["PGUSER"],
        dbname=address["PGDATABASE"],
        autocommit=True,
    ) as connection:
        installed: list[bytes] = []

        def run(column: str, values: Sequence[str | None], key: bytes) -> list[UUID | None]:
            if installed[-1:] != [key]:
                if installed:
                    connection.execute("truncate granary_private.pads")
                install_key(connection, key)
                installed.append(key)
            rows = connection.execute(
                f"select {column} from ({select} from unnest(%s::text[]) with ordinality "
                f"as given (value, i) order by i) as hashed",
                [list(values)],
            ).fetchall()
            return [row[0] for row in rows]

        yield Hashing("postgres", run)


@pytest.fixture(scope="package", params=["duckdb", "postgres"])
def hashing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hashing]:
    """The macros, once on each engine."""
    home = tmp_path_factory.mktemp("hashing")
    if request.param == "duckdb":
        with _duckdb_hashing(home) as made:
            yield made
    else:
        with _postgres_hashing(home, request.getfixturevalue("postgres")) as made:
            yield made
