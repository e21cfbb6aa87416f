"""Read the published marts through DuckDB, whichever engine serves them.

DuckDB writes every format but Excel, so it also reads: it attaches the serving file, or the serving
schemas of PostgreSQL through its extension `postgres_scanner`. The rest is one code path.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from orchestration.core.errors import NothingPublished
from orchestration.core.files import working_folder
from orchestration.core.period import Period
from orchestration.core.settings import Settings
from orchestration.core.sql import identifier, literal
from orchestration.export.marts import Relation
from orchestration.export.period import Days, after
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.postgres_scan import exact
from orchestration.warehouse.protocol import UNPUBLISHED, Attached

# Above this limit DuckDB spills to disk, so an export's memory does not grow with its size.
MEMORY_LIMIT = "512MB"


@dataclass(frozen=True)
class Selection:
    """What follows `from` in DuckDB's SQL, and the parameters it uses."""

    relation: str
    parameters: Mapping[str, date] = field(default_factory=dict)


class Published:
    """One published version of the marts, while it is held open."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, attached: Attached) -> None:
        """Read the database that `engine` has attached as `serving`.

        Raises:
            NothingPublished: it holds no published version.
        """
        self.engine = engine
        self._attached = attached
        self._prefix = attached.schema_prefix
        self.published_at = self._published_at()
        self.last_delivery = self._last_delivery()

    def columns(self, relation: Relation) -> list[str]:
        """Return the names of the served columns, in order; empty if the relation is not served."""
        found = self.engine.execute(
            "select column_name from duckdb_columns() where database_name = 'serving' "
            "and schema_name = $1 and table_name = $2 order by column_index",
            [self._prefix + relation.schema, relation.name],
        )
        return [name for (name,) in found.fetchall()]

    def days(self, relation: Relation, day: str) -> Days | None:
        """Return the UTC days that a relation's rows cover; None if it has no rows."""
        # "Before the next day" holds for dates and for timestamps.
        known = f"\"{day}\" < date '{self.last_delivery + timedelta(days=1)}'"
        asked = (
            f'select cast(min("{day}") as date) as first_day, '
            f'cast(max("{day}") as date) as last_day, '
            f'cast(max("{day}") filter (where {known}) as date) as last_known, '
            f"count(*) filter (where not {known}) as later from "
        )
        [(first, last, last_known, later)] = self._ask(asked, relation.schema, relation.name)
        return Days(first, last, last_known, later) if last else None

    def rows(
        self, relation: Relation, day: str | None = None, period: Period | None = None
    ) -> Selection:
        """Return the rows of a relation in a period, by a date or timestamp column.

        Without a column or a period, all rows are selected.
        """
        name = self._name(relation.schema, relation.name)
        forms = self._attached.forms.get(f"{self._prefix}{relation.schema}.{relation.name}", {})
        # DuckDB's extension misreads some numerics, so the server renders those relations itself.
        if any(forms.values()) and not self._are_read_right(name, forms):
            query = f"select * from {name}"
            if day is not None and period is not None:
                query += (
                    f" where {identifier(day)} >= date '{period.first_day}'"
                    f" and {identifier(day)} < date '{after(period)}'"
                )
            return Selection(exact("serving", query, forms))
        if day is None or period is None:
            return Selection(f"serving.{name}")
        return Selection(
            f'(from serving.{name} where "{day}" >= $first_day and "{day}" < $after)',
            {"first_day": period.first_day, "after": after(period)},
        )

    def _are_read_right(self, name: str, forms: Mapping[str, str]) -> bool:
        """Return whether DuckDB's own scan, which is faster, reads all numerics correctly."""
        numerics = {identifier(column): form for column, form in forms.items() if form}
        none = " or ".join(f"{column} = 'NaN'" for column in numerics)
        query = literal(f"select 1 as found from {name} where {none} limit 1")
        return (
            "varchar" not in numerics.values()
            and not self.engine.execute(f"from postgres_query('serving', {query})").fetchall()
        )

    def _published_at(self) -> datetime:
        with contextlib.suppress(duckdb.CatalogException, duckdb.BinderException):
            # DuckDB looks the name up first: a query of a missing table would fail on the server
            # with an error that is not suppressed here.
            self.engine.execute(f"describe serving.{self._name('governance', 'publication')}")
            for (at,) in self._ask("select published_at from ", "governance", "publication"):
                moment: datetime = at
                return moment
        raise NothingPublished(UNPUBLISHED)

    def _last_delivery(self) -> date:
        """Return the UTC day of the last delivery or, if it is not recorded, of the publication."""
        with contextlib.suppress(duckdb.CatalogException, duckdb.BinderException):
            self.engine.execute(f"describe serving.{self._name('governance', 'last_delivery')}")
            for (last,) in self._ask("select last_day from ", "governance", "last_delivery"):
                day: date = last
                return day
        return self.published_at.date()

    def _ask(self, select: str, schema: str, name: str) -> list[tuple[Any, ...]]:
        return self._attached.ask(select, self._name(schema, name))

    def _name(self, schema: str, name: str) -> str:
        return f'"{self._prefix}{schema}"."{name}"'


@contextlib.contextmanager
def open_published(settings: Settings) -> Iterator[Published]:
    """Open the published marts read-only; everything read belongs to the same version.

    Raises:
        NothingPublished: nothing is published yet.
        WarehouseError: the published marts cannot be opened.
        ConfigurationError: DuckDB's extension for PostgreSQL is not installed.
    """
    with (
        working_folder(settings.scratch, "duckdb") as folder,
        duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": folder,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        ) as engine,
    ):
        # DuckDB draws its progress bar on standard output, where scripts expect JSON.
        engine.execute("set enable_progress_bar = false")
        attached = warehouse_of(settings).attach_published(engine)
        # Snapshot isolation: a version published meanwhile is another file (DuckDB), or invisible
        # to this transaction (PostgreSQL).
        engine.execute("begin transaction")
        yield Published(engine, attached)
