"""The connection to an application's database: it cannot write, and it does not give itself away.

libpq's messages name host, port, user and database, so none of them is passed on: a failure is
said in our own words, and raised outside the handler, so that no chained exception carries it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from orchestration.core.errors import ConfigurationError, SourceError
from orchestration.core.settings import Settings
from orchestration.sources.declaring import Source

CONNECT_SECONDS = 10
LOCK_SECONDS = 60
SESSION = (
    "set default_transaction_read_only = on",
    # Rows that a policy hid would count as deleted: the server raises instead.
    "set row_security = off",
    "set quote_all_identifiers = off",
    "set timezone = 'UTC'",
    "set datestyle = 'ISO'",
    "set intervalstyle = 'postgres'",
    "set bytea_output = 'hex'",
    "set extra_float_digits = 1",
    f"set lock_timeout = '{LOCK_SECONDS}s'",
    # Not every version knows each of them.
    "select set_config(name, '0', false) from pg_settings where name in ('statement_timeout', "
    "'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')",
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
NO_UTF8 = (
    "holds text that cannot be read as UTF-8: correct it at the source, or the encoding that the "
    "database states"
)
UNREADABLE: Mapping[type[psycopg.Error], str] = MappingProxyType(
    {
        psycopg.errors.InsufficientPrivilege: "may not be read: grant select on it",
        psycopg.errors.LockNotAvailable: f"was locked for {LOCK_SECONDS} s: run extract again",
        psycopg.errors.CharacterNotInRepertoire: NO_UTF8,
        psycopg.errors.UntranslatableCharacter: NO_UTF8,
        psycopg.errors.SerializationFailure: (
            "was being read when the replica had to go on: run extract again, and set "
            "hot_standby_feedback there if it happens often"
        ),
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
# A replica knows nothing of transactions that still run at its primary.
REPLICA = "select pg_is_in_recovery(), coalesce(pg_last_xact_replay_timestamp(), 'epoch')"
LOCKABLE = """
select relkind in ('r', 'p', 'v') from pg_class where oid = to_regclass(quote_ident(%s))
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
    return defaults | parameters | {"client_encoding": "UTF8"}, ""


def _reason(error: psycopg.Error) -> str:
    message = str(error).lower()
    for pattern, reason in REASONS.items():
        if re.search(pattern, message):
            return reason
    return f"it refused ({type(error).__name__})"


def read_failure(error: psycopg.Error) -> str:
    """Why reading a table failed, without the values or names a server may quote."""
    if error.diag.source_function == "check_enable_rls":
        return (
            "has row-level security, and rows it hides would count as deleted: give the login the "
            "attribute BYPASSRLS"
        )
    for kind, reason in UNREADABLE.items():
        if isinstance(error, kind):
            return reason
    if error.sqlstate is None:
        return "could not be read to its end: the connection broke; run extract again"
    return f"could not be read ({type(error).__name__}, {error.sqlstate})"


def safe_up_to(
    connection: psycopg.Connection, source: Source, longest: timedelta | None
) -> datetime:
    """The time before which no row can appear any more, as far as the session may see.

    Ask before the snapshot is taken: whatever is still running then may commit after it. Sessions
    of other users are visible to members of pg_read_all_stats; an overlap guards against the rest.

    Args:
        longest: what no transaction at the primary outlasts, where the database is a replica.

    Raises:
        ConfigurationError: it is one, and nobody says so.
    """
    with connection.transaction():
        [(is_replica, replayed)] = connection.execute(REPLICA).fetchall()
        if not is_replica:
            [(time,)] = connection.execute(SAFE_UP_TO).fetchall()
            return _instant(time)
    if longest is None:
        raise ConfigurationError(
            f"the database in {source.variable} is a read replica, which cannot tell what its "
            "primary has yet to commit: name the primary, or set GRANARY_EXTRACT_REPLICA_MINUTES "
            "to minutes that no transaction there outlasts; rows of a longer one would be lost"
        )
    return _instant(replayed) - longest


def _instant(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


@contextlib.contextmanager
def snapshot(connection: psycopg.Connection, table: str | None = None) -> Iterator[None]:
    """One consistent view; a table's shape stands still meanwhile.

    The lock comes first: a table that is rewritten after a snapshot was taken looks empty to it.
    Materialized views and foreign tables take none.
    """
    locked = False
    if table is not None:
        with connection.transaction():
            locked = connection.execute(LOCKABLE, [table]).fetchall() == [(True,)]
    with connection.transaction():
        if table is not None and locked:
            connection.execute(
                sql.SQL("lock table {} in access share mode").format(sql.Identifier(table))
            )
        yield
