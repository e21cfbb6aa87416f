"""Connect to an application's database, read-only and without leaking where it is.

libpq's messages name host, port, user and database. So failures are described in words of our own,
and raised outside the except block: a chained exception would carry the original message.
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
    # Rows hidden by row-level security would look deleted; with this the server raises instead.
    "set row_security = off",
    "set quote_all_identifiers = off",
    "set timezone = 'UTC'",
    "set datestyle = 'ISO'",
    "set intervalstyle = 'postgres'",
    "set bytea_output = 'hex'",
    "set extra_float_digits = 1",
    f"set lock_timeout = '{LOCK_SECONDS}s'",
    # Through pg_settings, because not every version has all of these timeouts.
    "select set_config(name, '0', false) from pg_settings where name in ('statement_timeout', "
    "'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')",
)
# Patterns of libpq's messages, and what to say instead.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "authentication failed|no password supplied|role .* does not exist|pg_hba": (
            "the login was refused"
        ),
        "database .* does not exist": "it has no database of that name",
        "translate host name|not known": "its host was not found",
        "timeout|timed out": "it does not answer",
        "too many": "it accepts no further connections",
        "ssl|certificate": "no encrypted connection could be set up",
        "refused|no such file|unreachable|no route": "no server is listening there",
    }
)
NO_UTF8 = (
    "contains text that is not valid UTF-8: correct it at the source, or correct the encoding "
    "that the database declares"
)
UNREADABLE: Mapping[type[psycopg.Error], str] = MappingProxyType(
    {
        psycopg.errors.InsufficientPrivilege: "may not be read: grant select on it",
        psycopg.errors.LockNotAvailable: f"was locked for {LOCK_SECONDS} s: run extract again",
        psycopg.errors.CharacterNotInRepertoire: NO_UTF8,
        psycopg.errors.UntranslatableCharacter: NO_UTF8,
        psycopg.errors.SerializationFailure: (
            "was still being read when the replica had to apply changes: run extract again; if it "
            "happens often, set hot_standby_feedback there"
        ),
    }
)
# A transaction that is still running may yet commit rows with a time before the snapshot: now() is
# the start of the transaction. So take the start of the oldest one, prepared ones included.
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
# A replica does not know which transactions are running on its primary.
REPLICA = "select pg_is_in_recovery(), coalesce(pg_last_xact_replay_timestamp(), 'epoch')"
LOCKABLE = """
select relkind in ('r', 'p', 'v') from pg_class where oid = to_regclass(quote_ident(%s))
"""


@contextlib.contextmanager
def connect(settings: Settings, source: Source) -> Iterator[psycopg.Connection]:
    """Open a session whose transactions are read-only snapshots (REPEATABLE READ).

    Raises:
        ConfigurationError: the URL is missing or malformed.
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
    """Open a session, run some statements in it, and close it when the context ends.

    Raises:
        ConfigurationError: the URL is missing or malformed.
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
            f"{source.variable} is not a PostgreSQL URL; it should look like "
            f"postgresql://user:password@host/database, special characters percent-encoded"
        )
    defaults = {"connect_timeout": CONNECT_SECONDS, "application_name": "granary"}
    return defaults | parameters | {"client_encoding": "UTF8"}, ""


def _reason(error: psycopg.Error) -> str:
    """Say why a connection failed, without host, user or database."""
    message = str(error).lower()
    for pattern, reason in REASONS.items():
        if re.search(pattern, message):
            return reason
    return f"the connection failed ({type(error).__name__})"


def read_failure(error: psycopg.Error) -> str:
    """Say why reading a table failed, without the values or names that a server may quote."""
    if error.diag.source_function == "check_enable_rls":
        return (
            "has row-level security, and hidden rows would look deleted: give the login the "
            "attribute BYPASSRLS"
        )
    for kind, reason in UNREADABLE.items():
        if isinstance(error, kind):
            return reason
    if error.sqlstate is None:
        return "could not be read completely: the connection broke; run extract again"
    return f"could not be read ({type(error).__name__}, {error.sqlstate})"


def safe_up_to(
    connection: psycopg.Connection, source: Source, longest: timedelta | None
) -> datetime:
    """Return the time before which no new row can appear, as far as the session can see.

    Call this before taking the snapshot: what is running then may commit after it. Only members of
    pg_read_all_stats see the sessions of other users; the overlap covers what stays hidden.

    Args:
        longest: longest transaction on the primary, if the database is a read replica.

    Raises:
        ConfigurationError: the database is a read replica, and `longest` is None.
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
            "to the length of the longest transaction there; rows of a longer one would be lost"
        )
    return _instant(replayed) - longest


def _instant(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


@contextlib.contextmanager
def snapshot(connection: psycopg.Connection, table: str | None = None) -> Iterator[None]:
    """Open a consistent snapshot; a given table's columns cannot change until it ends.

    The lock is taken before the snapshot: a table rewritten after a snapshot looks empty in it.
    Materialized views and foreign tables cannot be locked.
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
