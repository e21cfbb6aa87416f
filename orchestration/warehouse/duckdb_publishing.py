"""Publish from DuckDB: write a new serving file and atomically rename it over the old one.

The file's permissions are read-only, too: whatever a reader wrote into it, the next publication
discards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.core.clock import utc_now
from orchestration.core.fault_points import reached
from orchestration.core.settings import Settings
from orchestration.core.sql import identifier, literal
from orchestration.warehouse.duckdb import not_opened
from orchestration.warehouse.duckdb_files import check_room, engine_in, size_of, written_anew
from orchestration.warehouse.duckdb_hashing import DaySums, duckdb_sums
from orchestration.warehouse.protocol import Publication, Query, Relation
from orchestration.warehouse.relations import tables

PUBLICATION = "governance.publication"
# The oldest storage format that DuckDB can write, so that readers' own tools can open the file.
READABLE = "storage_version 'v1.0.0'"
# DuckDB keeps the space of rows that were deleted: a file that has grown by more than this factor,
# row for row, is written whole.
GROWN = 1.2
LIFECYCLE_LOG = "governance.lifecycle_log"
# Days of a table whose rows are written; None stands for all rows of the table.
Days = set[date | None] | None


class _WholeNeeded(Exception):
    """The published file cannot be brought up to date: it is written whole."""


@dataclass(frozen=True)
class _State:
    """What a published file says of itself.

    Attributes:
        lifecycle_steps: entries of the lifecycle's log when it was published.
        whole_rows, whole_bytes: rows and size when it was last written whole; the size is None in
            that file itself.
    """

    lifecycle_steps: int
    whole_rows: int
    whole_bytes: int | None = None

    def allows(self, rows: int, size: int) -> bool:
        """Whether a file of so many rows has not grown too much."""
        return self.whole_bytes is None or (
            size * self.whole_rows <= GROWN * self.whole_bytes * rows
        )


def publish(
    settings: Settings, relations: Mapping[Relation, str | None], check: Callable[[Query], None]
) -> Publication:
    """See `Warehouse.publish`. The caller holds the writer lock.

    A copy of the published file is brought up to date, by days whose rows differ. It is written
    whole if that cannot be done, has grown too much, or if retention has acted since: what was
    deleted must not stay in the file.
    """
    now = utc_now()
    with engine_in(settings) as engine:
        try:
            engine.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
        except duckdb.Error as error:
            raise not_opened(settings.warehouse, error) from None
        engine.execute("use warehouse")
        check(lambda query: engine.execute(query).fetchall())
        room = max(_bytes_of(engine, relations), size_of(settings.serving))
        check_room(settings.root, room, "publishing")
        writing = _Writing(engine, settings.serving, relations, now)
        try:
            written = writing.write(settings.serving)
        except _WholeNeeded:
            written = writing.write(None)
    size = settings.serving.stat().st_size
    return Publication(str(settings.serving), now, len(relations), writing.rows, size, written)


def _bytes_of(engine: duckdb.DuckDBPyConnection, relations: Iterable[Relation]) -> int:
    """Return the bytes of the warehouse's blocks that hold the relations."""
    blocks = " union all ".join(
        f"select block_id from pragma_storage_info({literal(mart)})" for mart in relations
    )
    [(size,)] = engine.execute(
        f"select count(distinct block_id) * (select block_size from pragma_database_size() "
        f"where database_name = 'warehouse') from ({blocks}) where block_id >= 0"
    ).fetchall()
    return int(size)


class _Writing:
    """Writes the rows of an attached warehouse into a published file."""

    def __init__(
        self,
        engine: duckdb.DuckDBPyConnection,
        path: Path,
        relations: Mapping[Relation, str | None],
        now: datetime,
    ) -> None:
        self._engine = engine
        self._path = path
        self._now = now
        self._day_columns = {str(relation): column for relation, column in relations.items()}
        self._marts = duckdb_sums(engine, "warehouse", self._day_columns)
        self._changes: dict[str, Days] = {}
        self._state = _State(0, 0)
        self.rows = sum(map(_rows_of, self._marts.values()))

    def write(self, begin_with: Path | None) -> int:
        """Write the file and return how many rows were written into it.

        Args:
            begin_with: a published file to bring up to date; None to write every row.

        Raises:
            _WholeNeeded: the file cannot be brought up to date.
        """
        if begin_with is not None and not begin_with.exists():
            raise _WholeNeeded
        try:
            with written_anew(
                self._engine, self._path, self._differing, begin_with, 0o400, READABLE
            ) as new:
                self._state = self._state_in(new, begin_with)
                there = duckdb_sums(self._engine, new, self._day_columns)
                self._changes = dict(self._changes_from(there))
                written = self._bring_up_to_date(new)
                self._copy_comments(new)
                self._record(new)
        except duckdb.Error:
            if begin_with is None:
                raise
            raise _WholeNeeded from None
        return written

    def _lifecycle_steps(self) -> int:
        if LIFECYCLE_LOG not in tables(lambda query: self._engine.execute(query).fetchall()):
            return 0
        [(steps,)] = self._engine.execute(f"select count(*) from {LIFECYCLE_LOG}").fetchall()
        return int(steps)

    def _state_in(self, new: str, begin_with: Path | None) -> _State:
        """What a new file says of itself, if what it begins with can be brought up to date."""
        steps = self._lifecycle_steps()
        if begin_with is None:
            return _State(steps, self.rows)
        [row] = self._engine.execute(
            "select lifecycle_steps, whole_rows, coalesce(whole_bytes, $1) "
            f"from {new}.{PUBLICATION}",
            [size_of(begin_with)],
        ).fetchall()
        state = _State(*row)
        there = self._engine.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = $1 "
            "union all select schema_name || '.' || view_name from duckdb_views() "
            "where database_name = $1 and not internal",
            [new],
        ).fetchall()
        strangers = {name for (name,) in there} - {*self._day_columns, PUBLICATION}
        if strangers or state.lifecycle_steps != steps:
            raise _WholeNeeded
        return state

    def _changes_from(self, there: Mapping[str, DaySums]) -> Iterator[tuple[str, Days]]:
        for relation in self._day_columns:
            mart, old = self._marts.get(relation), there.get(relation)
            if mart is None or old is None or old.columns != mart.columns:
                yield relation, None
                continue
            days = {day for day, _ in mart.days.items() ^ old.days.items()}
            rows = sum(mart.days.get(day, (0, 0))[0] for day in days)
            if self._day_columns[relation] is None or 2 * rows > _rows_of(mart):
                yield from [(relation, None)] if days else []
            elif days:
                yield relation, days

    def _bring_up_to_date(self, new: str) -> int:
        for relation, days in self._changes.items():
            if days is None:
                self._engine.execute(f"drop table if exists {_in(new, relation)}")
            else:
                self._engine.execute(f"delete from {_in(new, relation)} where {self._of(relation)}")
        # What follows takes the space that this frees.
        self._engine.execute(f"checkpoint {new}")
        for schema in sorted({name.split(".")[0] for name in (*self._day_columns, PUBLICATION)}):
            self._engine.execute(f"create schema if not exists {new}.{identifier(schema)}")
        written = 0
        for relation, days in self._changes.items():
            reached("mart next")
            into = "create table {} as" if days is None else "insert into {}"
            [(rows,)] = self._engine.execute(
                f"{into.format(_in(new, relation))} from {_in('warehouse', relation)} "
                f"where {self._of(relation)}"
            ).fetchall()
            written += rows
        return written

    def _of(self, relation: str) -> str:
        """The condition for the rows of a relation that are written."""
        days, column = self._changes.get(relation, set()), self._day_columns[relation]
        if days is None:
            return "true"
        if not days or column is None:
            return "false"
        listed = ", ".join(f"date '{day}'" for day in days if day is not None) or "null"
        missing = f" or {identifier(column)} is null" if None in days else ""
        return f"(cast({identifier(column)} as date) in ({listed}){missing})"

    def _differing(self, new: str) -> list[str]:
        [(path,)] = self._engine.execute(
            "select path from duckdb_databases() where database_name = $1", [new]
        ).fetchall()
        if not self._state.allows(self.rows, size_of(Path(path))):
            raise _WholeNeeded
        conditions = {relation: self._of(relation) for relation in self._day_columns}
        found = duckdb_sums(self._engine, new, self._day_columns, conditions)
        return [name for name in self._day_columns if found.get(name) != self._written(name)]

    def _written(self, relation: str) -> DaySums | None:
        """What the new file must hold of the rows that are written."""
        mart, days = self._marts.get(relation), self._changes.get(relation, set())
        if mart is None or days is None:
            return mart
        return replace(mart, days={day: of_day for day, of_day in mart.days.items() if day in days})

    def _record(self, new: str) -> None:
        self._engine.execute(f"drop table if exists {new}.{PUBLICATION}")
        self._engine.execute(
            f"create table {new}.{PUBLICATION} (published_at timestamp not null, "
            "relation_count bigint not null, lifecycle_steps bigint not null, "
            "whole_rows bigint not null, whole_bytes bigint)"
        )
        self._engine.execute(
            f"insert into {new}.{PUBLICATION} values ($1, $2, $3, $4, $5)",
            [self._now, len(self._day_columns), *astuple(self._state)],
        )

    def _copy_comments(self, new: str) -> None:
        self._engine.execute("begin")
        for relation, column, comment in self._comments("warehouse") - self._comments(new):
            name = _in(new, relation)
            what = f"column {name}.{identifier(column)}" if column else f"table {name}"
            said = "null" if comment is None else literal(comment)
            self._engine.execute(f"comment on {what} is {said}")
        self._engine.execute("commit")

    def _comments(self, database: str) -> set[tuple[str, str, str | None]]:
        found = self._engine.execute(
            "select schema_name || '.' || table_name, '', comment from duckdb_tables() "
            "where database_name = $1 union all "
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
            "where database_name = $1",
            [database],
        ).fetchall()
        return {entry for entry in found if entry[0] in self._day_columns}


def _in(database: str, relation: str) -> str:
    """Return a relation's quoted name in an attached database."""
    return ".".join(map(identifier, (database, *relation.split("."))))


def _rows_of(sums: DaySums) -> int:
    return sum(rows for rows, _ in sums.days.values())
