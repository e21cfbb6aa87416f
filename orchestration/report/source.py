"""The published marts, read on either engine with one SQL."""

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
    """One published version, for as long as it is held open."""

    def __init__(self, execute: Execute, prefix: str) -> None:
        """Read through `execute`; schemas carry the prefix."""
        self._execute = execute
        self._prefix = prefix

    def query(self, name: str, parameters: Parameters) -> list[Row]:
        """Run `sql/<name>.sql` with the parameters it names, bound by the engine."""
        sql = _text(name).format(s=self._prefix)
        named = set(PARAMETER.findall(sql))
        return self._execute(sql, {n: v for n, v in parameters.items() if n in named})

    def published_at(self) -> datetime:
        """When this version was published, UTC.

        Raises:
            NothingPublished: there is none, or it holds no documents.
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
        """The UTC day of the last delivery; None where what is published does not say."""
        rows = self.query("last_delivery", {}) if self._has("governance", "last_delivery") else []
        return rows[0]["last_day"] if rows else None

    def organization_names(self) -> dict[str, str]:
        """Names of organizations by their id, of those that may be named."""
        if not self._has("core", "dim_organization_names"):
            return {}
        return {
            row["organization_id"]: row["organization_name"]
            for row in self.query("organization_names", {})
        }

    def _has(self, schema: str, table: str) -> bool:
        """Whether a table is published: versions that were published before may lack it."""
        found = self._execute(
            "select 1 as found from information_schema.tables "
            "where table_schema = $schema and table_name = $table",
            {"schema": f"{self._prefix}{schema}", "table": table},
        )
        return bool(found)


@contextlib.contextmanager
def published_marts(settings: Settings) -> Iterator[Marts]:
    """Open what is published, read only; all queries see one version.

    Raises:
        NothingPublished: nothing is published yet.
        WarehouseError: it cannot be opened.
    """
    with warehouse_of(settings).published() as copy:

        def run(sql: str, parameters: dict[str, Any]) -> list[Row]:
            found = copy.ask(sql, parameters)
            return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

        yield Marts(run, copy.schema_prefix)


@cache
def _text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")
