"""The published marts as rows that DuckDB reads, whichever engine serves them.

DuckDB writes every format but Excel, so it is the reader too: of the serving file, which it
attaches read only, or of PostgreSQL's `COPY`, which it takes as a stream of Arrow batches.
"""

from __future__ import annotations

import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql

from orchestration import postgres
from orchestration.errors import WarehouseError
from orchestration.export.errors import UNPUBLISHED, NothingPublished
from orchestration.export.marts import Relation
from orchestration.export.period import Span, after
from orchestration.extract.columns import Landing
from orchestration.extract.copying import read
from orchestration.report.period import Period
from orchestration.serving.publish import SERVING_PREFIX
from orchestration.settings import Settings

# Beyond it DuckDB writes to disk what it has to hold: an export's memory does not grow with it.
MEMORY_LIMIT = "512MB"
BATCHES = "granary_batches"
ARROW_TYPES: Mapping[str, pa.DataType] = {
    "uuid": pa.string(),
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
NUMERIC = re.compile(r"numeric\((\d+), ?(\d+)\)")


@dataclass(frozen=True)
class Selection:
    """What stands after `from` in DuckDB's SQL, and the parameters it names."""

    relation: str
    parameters: Mapping[str, date] = field(default_factory=dict)


class Published(ABC):
    """One published version, for as long as it is held open."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, published_at: datetime) -> None:
        """Read through `engine`; the version was published at that time, UTC."""
        self.engine = engine
        self.published_at = published_at

    @abstractmethod
    def columns(self, relation: Relation) -> list[str]:
        """Names of the columns that are served, in order; none where the relation is not."""

    @abstractmethod
    def span(self, relation: Relation, day: str) -> Span | None:
        """First and last UTC day of a relation's rows; None where it has none."""

    @abstractmethod
    def rows(
        self, relation: Relation, day: str | None = None, period: Period | None = None
    ) -> contextlib.AbstractContextManager[Selection]:
        """A relation's columns, of the rows in the period; all rows where there is none.

        The selection can be read once, by `engine`.
        """


@contextlib.contextmanager
def open_published(settings: Settings) -> Iterator[Published]:
    """Open what is published, read only; all that is read belongs to one version.

    Raises:
        NothingPublished: nothing is published yet.
        WarehouseError: it cannot be opened.
    """
    settings.scratch.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(settings.scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    ) as engine:
        # It would go to standard output, where scripts read JSON.
        engine.execute("set enable_progress_bar = false")
        if settings.target == "postgres":
            with postgres.connect() as server, server.transaction():
                server.execute("set transaction isolation level repeatable read, read only")
                # The form in which Arrow reads days and times.
                server.execute("set local datestyle = 'ISO'")
                yield _Schemas(engine, server)
            return
        if not settings.serving.exists():
            raise NothingPublished(UNPUBLISHED)
        try:
            engine.execute(f"attach '{_escaped(settings.serving)}' as serving (read_only)")
        except duckdb.Error:
            raise WarehouseError(
                f"{settings.serving} cannot be read: is another process writing it? "
                f"`granary publish` makes it anew"
            ) from None
        yield _File(engine)


class _File(Published):
    """The serving file; a version that is published meanwhile is another file."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        try:
            found = engine.execute("select published_at from serving.governance.publication")
        except duckdb.CatalogException:
            raise NothingPublished(UNPUBLISHED) from None
        row = found.fetchone()
        if row is None:
            raise NothingPublished(UNPUBLISHED)
        super().__init__(engine, row[0])

    def columns(self, relation: Relation) -> list[str]:
        found = self.engine.execute(
            "select column_name from duckdb_columns() where database_name = 'serving' "
            "and schema_name = $1 and table_name = $2 order by column_index",
            [relation.schema, relation.name],
        )
        return [name for (name,) in found.fetchall()]

    def span(self, relation: Relation, day: str) -> Span | None:
        first, last = self.engine.execute(
            f'select cast(min("{day}") as date), cast(max("{day}") as date) from {_name(relation)}'
        ).fetchall()[0]
        return (first, last) if last else None

    @contextlib.contextmanager
    def rows(
        self, relation: Relation, day: str | None = None, period: Period | None = None
    ) -> Iterator[Selection]:
        if day is None or period is None:
            yield Selection(_name(relation))
            return
        yield Selection(
            f'(from {_name(relation)} where "{day}" >= $first_day and "{day}" < $after)',
            {"first_day": period.first_day, "after": after(period)},
        )


class _Schemas(Published):
    """The serving schemas of PostgreSQL, within one transaction."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, server: psycopg.Connection) -> None:
        self._server = server
        table = sql.Identifier(f"{SERVING_PREFIX}governance", "publication")
        found = server.execute("select to_regclass(%s)", [table.as_string(server)]).fetchone()
        row = None
        if found and found[0]:
            query = sql.SQL("select published_at from {}").format(table)
            row = server.execute(query).fetchone()
        if row is None:
            raise NothingPublished(UNPUBLISHED)
        super().__init__(engine, row[0])

    def columns(self, relation: Relation) -> list[str]:
        found = self._server.execute(
            "select attname from pg_attribute where attrelid = to_regclass(%s) "
            "and attnum > 0 and not attisdropped order by attnum",
            [_table(relation).as_string(self._server)],
        )
        return [name for (name,) in found.fetchall()]

    def span(self, relation: Relation, day: str) -> Span | None:
        query = sql.SQL("select min({0})::date, max({0})::date from {1}")
        [(first, last)] = self._server.execute(
            query.format(sql.Identifier(day), _table(relation))
        ).fetchall()
        return (first, last) if last else None

    @contextlib.contextmanager
    def rows(
        self, relation: Relation, day: str | None = None, period: Period | None = None
    ) -> Iterator[Selection]:
        columns = [
            Landing(c.name, sql.Identifier(c.name), _arrow(c.data_type)) for c in relation.columns
        ]
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(column.expression for column in columns), _table(relation)
        )
        if day is not None and period is not None:
            # COPY takes no parameters from the server: the driver writes them as typed literals.
            query += sql.SQL(" where {0} >= {1} and {0} < {2}").format(
                sql.Identifier(day), period.first_day, after(period)
            )
        schema = pa.schema([(column.name, column.arrow_type) for column in columns])

        batches = _ahead(read(self._server, query, columns))
        self.engine.register(BATCHES, pa.RecordBatchReader.from_batches(schema, batches))
        try:
            yield Selection(BATCHES)
        finally:
            self.engine.unregister(BATCHES)


def _ahead(tables: Iterator[pa.Table]) -> Iterator[pa.RecordBatch]:
    """Batches of tables, the next of which is read while one is written."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = reader.submit(next, tables, None)
            yield from table.to_batches()


def _arrow(data_type: str) -> pa.DataType:
    numeric = NUMERIC.fullmatch(data_type)
    if numeric:
        return pa.decimal128(int(numeric[1]), int(numeric[2]))
    return ARROW_TYPES.get(data_type, pa.string())


def _name(relation: Relation) -> str:
    return f'serving."{relation.schema}"."{relation.name}"'


def _table(relation: Relation) -> sql.Identifier:
    return sql.Identifier(SERVING_PREFIX + relation.schema, relation.name)


def _escaped(text: Any) -> str:
    return str(text).replace("'", "''")
