"""The PostgreSQL server that the `PG*` variables name."""

from __future__ import annotations

import psycopg

from orchestration.errors import WarehouseError, first_line


def connect() -> psycopg.Connection:
    """Open a connection on which each statement outside a transaction commits by itself.

    Raises:
        WarehouseError: the server cannot be reached, or refuses.
    """
    try:
        return psycopg.connect(autocommit=True)
    except psycopg.OperationalError as error:
        raise WarehouseError(
            f"cannot connect to PostgreSQL: {first_line(error)} "
            f"(check PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE)"
        ) from None
