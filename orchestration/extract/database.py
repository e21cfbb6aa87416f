"""The connection to an application's database: it cannot write, and it does not give itself away.

libpq's messages name host, port, user and database, so none of them is passed on: a failure is
said in our own words, and raised outside the handler, so that no chained exception carries it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from orchestration.errors import ConfigurationError, SourceError
from orchestration.extract.sources import Source
from orchestration.settings import Settings

CONNECT_SECONDS = 10
LOCK_SECONDS = 60
SESSION = (
    "set default_transaction_read_only = on",
    "set timezone = 'UTC'",
    "set datestyle = 'ISO'",
    "set bytea_output = 'hex'",
    "set extra_float_digits = 1",
    f"set lock_timeout = '{LOCK_SECONDS}s'",
    "set statement_timeout = 0",
    "set idle_in_transaction_session_timeout = 0",
)
# What libpq says, and what we say.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "authentication failed|no password supplied|role .* does not exist|pg_hba": (
            "the login was refused"
        ),
        "database .* does not exist": "it has no database of that name",
        "translate host name|not known": "its host is not found",
        "timeout|timed out": "it does not answer",
        "too many": "it takes no further connection",
        "ssl|certificate": "no encrypted connection could be agreed",
        "refused|no such file|unreachable|no route": "nothing listens there",
    }
)
# A transaction that began before the snapshot and has not ended may yet commit rows whose time
# (now() is the transaction's start) lies before it.
SAFE_UP_TO = """
select least(
    clock_timestamp(),
    (
        select min(xact_start)
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
            and backend_type <> 'autovacuum worker'
    ),
    (select min(prepared) from pg_prepared_xacts where database = current_database())
)
"""


@contextlib.contextmanager
def connect(settings: Settings, source: Source) -> Iterator[psycopg.Connection]:
    """Open a session whose transactions are read-only snapshots (REPEATABLE READ).

    Raises:
        ConfigurationError: no URL is configured, or it is none.
        SourceError: the database cannot be reached.
    """
    with open_session(settings, source, SESSION) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


@contextlib.contextmanager
def open_session(
    settings: Settings, source: Source, statements: Sequence[str] = ()
) -> Iterator[psycopg.Connection]:
    """Open a session that begins with some statements, and close it at the end.

    Raises:
        ConfigurationError: no URL is configured, or it is none.
        SourceError: the database cannot be reached.
    """
    parameters, problem = _parameters(settings, source)
    if parameters is None:
        raise ConfigurationError(problem)
    connection = None
    try:
        connection = psycopg.connect(**parameters, autocommit=True)
        for statement in statements:
            connection.execute(statement.encode())
        connection.autocommit = False
    except psycopg.Error as error:
        reason = _reason(error)
        if connection is not None:
            connection.close()
            connection = None
    if connection is None:
        raise SourceError(f"cannot connect to the database in {source.variable}: {reason}")
    try:
        yield connection
    finally:
        connection.close()


def _parameters(settings: Settings, source: Source) -> tuple[dict[str, Any] | None, str]:
    secret = source.url(settings)
    if secret is None or not secret.get_secret_value().strip():
        return None, (
            f"no database is configured for {source.name}: set {source.variable} to "
            f"postgresql://user:password@host/database"
        )
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", secret.get_secret_value().strip())
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.Error:
        return None, (
            f"{source.variable} is no PostgreSQL URL; it should look like "
            f"postgresql://user:password@host/database, special characters percent-encoded"
        )
    defaults = {"connect_timeout": CONNECT_SECONDS, "application_name": "granary"}
    return defaults | parameters, ""


def _reason(error: psycopg.Error) -> str:
    message = str(error).lower()
    for pattern, reason in REASONS.items():
        if re.search(pattern, message):
            return reason
    return f"it refused ({type(error).__name__})"


def read_failure(error: psycopg.Error) -> str:
    """Why reading a table failed, without the values or names a server may quote."""
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "may not be read: grant select on it"
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return f"was locked for {LOCK_SECONDS} s: run extract again"
    if error.sqlstate is None:
        return "could not be read to its end: the connection broke; run extract again"
    return f"could not be read ({type(error).__name__}, {error.sqlstate})"


def safe_up_to(connection: psycopg.Connection) -> datetime:
    """The time before which no row can appear any more, as far as the session may see.

    Ask before the snapshot is taken: whatever is still running then may commit after it. Sessions
    of other users are visible to members of pg_read_all_stats; an overlap guards against the rest.
    """
    with connection.transaction():
        [(time,)] = connection.execute(SAFE_UP_TO).fetchall()
    return _instant(time)


def _instant(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


@contextlib.contextmanager
def snapshot(connection: psycopg.Connection, table: str | None = None) -> Iterator[None]:
    """One consistent view; a table's shape stands still meanwhile.

    The lock comes first: a table that is rewritten after a snapshot was taken looks empty to it.
    """
    with connection.transaction():
        if table is not None:
            connection.execute(
                sql.SQL("lock table {} in access share mode").format(sql.Identifier(table))
            )
        yield
