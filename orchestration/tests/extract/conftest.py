"""An application's database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.tests.extract.helpers import PASSWORD, USER, Application
from orchestration.tests.workspace import PostgresServer


@pytest.fixture(scope="session")
def source_server(postgres: PostgresServer) -> PostgresServer:
    """The server, with the logins that extraction uses."""
    with psycopg.connect(host=postgres.host, user="postgres", autocommit=True) as server:
        for role, rights in ((USER, "superuser"), ("reader_of_prism", "")):
            server.execute(f"create role {role} login {rights} password '{PASSWORD}'")
    return postgres


@pytest.fixture
def application(source_server: PostgresServer, tmp_path: Path) -> Iterator[Application]:
    """An application with empty tables, extracted into a state folder of its own."""
    created = Application.create(source_server, tmp_path / "home")
    yield created
    created.connection.close()
