"""The PostgreSQL server that the `PG*` variables name."""

from __future__ import annotations

import os

import psycopg

from orchestration.core.errors import WarehouseError, first_line
from orchestration.core.holder import own_name

# A role of every server that reads all tables and may do nothing else.
READS_ALL = "pg_read_all_data"


def connect(options: str | None = None) -> psycopg.Connection:
    """Open a connection on which each statement outside a transaction commits by itself.

    Args:
        options: settings of the session, by default those that PGOPTIONS names.

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
    """Settings of a session that only reads, with the rights of a role where it may take them.

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
    """What the server says depends on a relation; it names relations, and no value."""
    return ", ".join((error.diag.message_detail or "something depends on it").splitlines())
