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

import duckdb

from orchestration.core.errors import NothingPublished, WarehouseError
from orchestration.core.settings import Settings

SQL = Path(__file__).parent / "sql"
PARAMETER = re.compile(r"\$([a-z_]+)")
SERVING_PREFIX = "serving_"
UNPUBLISHED = "nothing is published yet: run `granary build` and `granary publish` first"

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
    if settings.target == "postgres":
        from orchestration.warehouse import postgres

        with postgres.connect() as server, server.transaction():
            server.execute("set transaction isolation level repeatable read, read only")
            # The spans are small and the scans are not: compiling a plan costs more than it saves.
            server.execute("set local jit = off")

            def run(sql: str, parameters: dict[str, Any]) -> list[Row]:
                found = server.execute(PARAMETER.sub(r"%(\1)s", sql).encode(), parameters)
                names = [column.name for column in found.description or ()]
                return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

            yield Marts(run, SERVING_PREFIX)
        return
    if not settings.serving.exists():
        raise NothingPublished(UNPUBLISHED)
    try:
        file = duckdb.connect(str(settings.serving), read_only=True)
    except duckdb.Error:
        raise WarehouseError(
            f"{settings.serving} cannot be read: is another process writing it? "
            f"`granary publish` makes it anew"
        ) from None
    with file:

        def scan(sql: str, parameters: dict[str, Any]) -> list[Row]:
            found = file.execute(sql, parameters)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        yield Marts(scan, "")


@cache
def _text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")
