"""Connect to the PostgreSQL server that libpq's `PG*` variables name."""

from __future__ import annotations

import os

import psycopg

from orchestration.core.errors import WarehouseError, first_line
from orchestration.core.lock_holder import own_name

# Predefined role (since PostgreSQL 14) that may read every table and nothing else.
READS_ALL = "pg_read_all_data"


def connect(options: str | None = None) -> psycopg.Connection:
    """Open a connection in autocommit mode.

    Args:
        options: command-line options of the session; by default those of PGOPTIONS.

    Raises:
        WarehouseError: the server cannot be reached, or refuses.
    """
    try:
        return psycopg.connect(autocommit=True, options=options, application_name=own_name())
    except psycopg.OperationalError as error:
        raise WarehouseError(
            f"cannot connect to PostgreSQL: {first_line(error)} "
            f"(check PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE)"
        ) from None


def reading_options(role: str) -> str:
    """Return options for a read-only session, in the given role if the login is a member of it.

    Raises:
        WarehouseError: the server cannot be reached, or refuses.
    """
    with connect() as server:
        may_take = server.execute(
            "select 1 from pg_roles where rolname = %s and pg_has_role(oid, 'member')", [role]
        ).fetchall()
    options = [os.environ.get("PGOPTIONS", ""), "-c default_transaction_read_only=on"]
    return " ".join([*options, f"-c role={role}" if may_take else ""]).strip()


def depends_on(error: psycopg.Error) -> str:
    """Return the server's list of dependent objects; it names relations and holds no values."""
    return ", ".join((error.diag.message_detail or "something depends on it").splitlines())
