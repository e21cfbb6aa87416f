"""The PostgreSQL server that the `PG*` variables name."""

from __future__ import annotations

import psycopg

from orchestration.errors import WarehouseError


def connect() -> psycopg.Connection:
    """Open a connection on which each statement outside a transaction commits by itself.

    Raises:
        WarehouseError: the server cannot be reached, or refuses.
    """
    try:
        return psycopg.connect(autocommit=True)
    except psycopg.OperationalError as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise WarehouseError(
            f"cannot connect to PostgreSQL: {reason} "
            f"(check PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE)"
        ) from None
