"""Both engines, each redacting a list of texts with the rendered macros."""

from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest

from orchestration.tests.privacy.render import render_macro
from orchestration.tests.privacy.score import redact
from orchestration.tests.workspace import PostgresServer

Redact = Callable[[Sequence[str | None]], list[str | None]]


@pytest.fixture(scope="session")
def redaction_database(postgres: PostgresServer) -> dict[str, str]:
    """Connection settings of a database in which the redaction functions were made."""
    settings = postgres.create_database()
    with psycopg.connect(
        host=settings["PGHOST"], user=settings["PGUSER"], dbname=settings["PGDATABASE"]
    ) as connection:
        connection.execute(render_macro("create_redaction_functions", "postgres"))
    return settings


@pytest.fixture(scope="session")
def redact_postgres(redaction_database: dict[str, str]) -> Iterator[Redact]:
    settings = redaction_database
    call = render_macro("redact_pii", "postgres", "content")
    query = f"select {call} from unnest(%s::text[]) with ordinality as t (content, i) order by i"
    with psycopg.connect(
        host=settings["PGHOST"], user=settings["PGUSER"], dbname=settings["PGDATABASE"]
    ) as connection:
        yield lambda texts: [row[0] for row in connection.execute(query, [list(texts)])]


@pytest.fixture(params=["duckdb", "postgres"])
def redact_on(request: pytest.FixtureRequest) -> Redact:
    """Redaction, once on each engine."""
    if request.param == "duckdb":
        return redact
    chosen: Redact = request.getfixturevalue("redact_postgres")
    return chosen
