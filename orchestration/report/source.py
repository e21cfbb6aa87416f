"""Read the published marts with the same SQL on either engine."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from orchestration.core.errors import NothingPublished
from orchestration.core.settings import Settings
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import UNPUBLISHED

SQL = Path(__file__).parent / "sql"
PARAMETER = re.compile(r"\$([a-z_]+)")

Parameters = Mapping[str, date | UUID | None]
Row = dict[str, Any]
Execute = Callable[[str, dict[str, Any]], list[Row]]


class Marts:
    """One published version of the marts, while it is held open."""

    def __init__(self, execute: Execute, prefix: str) -> None:
        """Read through `execute`; `prefix` is prepended to schema names."""
        self._execute = execute
        self._prefix = prefix

    def query(self, name: str, parameters: Parameters) -> list[Row]:
        """Run `sql/<name>.sql`; the engine binds those parameters that the SQL names."""
        sql = _text(name).format(s=self._prefix)
        # DuckDB refuses parameters that a statement does not use.
        named = set(PARAMETER.findall(sql))
        return self._execute(sql, {n: v for n, v in parameters.items() if n in named})

    def published_at(self) -> datetime:
        """Return when this version was published, UTC, without zone.

        Raises:
            NothingPublished: no version is published, or it lacks the document marts.
        """
        needed = (("governance", "publication"), ("documents", "fct_document_analysis"))
        if not all(self._has(schema, table) for schema, table in needed):
            raise NothingPublished(UNPUBLISHED)
        rows = self._execute(f"select published_at from {self._prefix}governance.publication", {})
        if not rows:
            raise NothingPublished(UNPUBLISHED)
        at: datetime = rows[0]["published_at"]
        return at

    def last_delivery(self) -> date | None:
        """Return the UTC day of the last delivery; None if the published version lacks it."""
        rows = self.query("last_delivery", {}) if self._has("governance", "last_delivery") else []
        return rows[0]["last_day"] if rows else None

    def organization_names(self) -> dict[str, str]:
        """Return names of organizations by id, for those that may be named."""
        if not self._has("core", "dim_organization_names"):
            return {}
        return {
            row["organization_id"]: row["organization_name"]
            for row in self.query("organization_names", {})
        }

    def _has(self, schema: str, table: str) -> bool:
        """Return whether a table is published; versions published by older code may lack it."""
        found = self._execute(
            "select 1 as found from information_schema.tables "
            "where table_schema = $schema and table_name = $table",
            {"schema": f"{self._prefix}{schema}", "table": table},
        )
        return bool(found)


@contextlib.contextmanager
def published_marts(settings: Settings) -> Iterator[Marts]:
    """Open the published marts read-only; all queries see the same version.

    Raises:
        NothingPublished: nothing is published yet.
        WarehouseError: the published marts cannot be opened.
    """
    with warehouse_of(settings).published() as copy:

        def run(sql: str, parameters: dict[str, Any]) -> list[Row]:
            found = copy.ask(sql, parameters)
            return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

        yield Marts(run, copy.schema_prefix)


@cache
def _text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")
