"""The platform's own database, filled with the sample's state at the end of a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from psycopg import sql

from orchestration.sample.options import SampleError
from orchestration.sample.prism.columns import MISSING, STREAMS
from orchestration.sample.prism.options import PrismOptions
from orchestration.sample.prism.state import ABSENT
from orchestration.sample.prism.world import Piece, World
from orchestration.sample.rhythm import DAY

APPLICATION_SQL = Path(__file__).with_name("application.sql")
TABLES = tuple(name for name in STREAMS if name != "deletions")
"""The application's tables; what is deleted leaves no row in them."""

_COLUMNS = """
    select attname, attnotnull, atttypid = 'text[]'::regtype
    from pg_attribute
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
    order by attnum
"""
_CSV = pacsv.WriteOptions(include_header=False, quoting_style="all_valid")


@dataclass(frozen=True)
class FillResult:
    """What was written, by table.

    Attributes:
        rows: rows in each table.
        left_out: rows that a NOT NULL column keeps out of it.
    """

    rows: dict[str, int]
    left_out: dict[str, int]


@dataclass(frozen=True)
class _Columns:
    """Columns of a table as the database has them: all, those NOT NULL, those text arrays."""

    names: list[str]
    required: list[str]
    arrays: list[str]


def fill_database(
    connection: psycopg.Connection,
    options: PrismOptions,
    until_day: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FillResult:
    """Create the application's tables where they are missing, and fill them.

    Each row is there in its latest state, corrections included; how extraction would deliver it
    (late, twice) does not matter. All of it is one transaction.

    Args:
        connection: a database; tables go to the first schema of its search path.
        options: as for the files; `overwrite` empties tables that hold rows.
        until_day: days that have passed, 1 to `options.days`; default all.
        progress: called with the days done and asked for, after each day.

    Raises:
        SampleError: tables already hold rows, or the day is none of the sample.
    """
    days = options.days if until_day is None else until_day
    if not 1 <= days <= options.days:
        raise SampleError(f"until_day must be between 1 and {options.days}.")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(APPLICATION_SQL.read_bytes())
        _empty(cursor, options.overwrite)
        filler = _Filler(cursor, days)
        world = World(replace(options, days=days))
        day = 0
        for piece in world.pieces():
            if progress and piece.half.day > day:
                progress(piece.half.day, days)
            day = piece.half.day
            filler.add(piece)
        users, organizations = world.users, world.organizations
        present = np.flatnonzero(users.state["status"] != ABSENT)
        filler.copy("users", users.table(present))
        filler.copy("organizations", organizations.table(np.arange(len(organizations.state))))
        if progress:
            progress(days, days)
    return FillResult(filler.rows, filler.left_out)


def _empty(cursor: psycopg.Cursor, overwrite: bool) -> None:
    """Make sure that no table holds rows.

    Raises:
        SampleError: one does, and overwriting was not asked for.
    """
    for table in TABLES:
        held = cursor.execute(
            sql.SQL("select exists (select from {})").format(sql.Identifier(table))
        ).fetchone()
        if held and held[0] and not overwrite:
            raise SampleError(
                f"The table {table} of the database already holds rows. Choose another database, "
                "or add --overwrite if nothing in it is needed."
            )
    tables = sql.SQL(", ").join(sql.Identifier(table) for table in TABLES)
    cursor.execute(sql.SQL("truncate {}").format(tables))


class _Filler:
    """Copies rows into the tables."""

    def __init__(self, cursor: psycopg.Cursor, days: int) -> None:
        self._cursor = cursor
        self._end = days * DAY
        self._columns = {table: self._describe(table) for table in TABLES}
        self.rows = dict.fromkeys(TABLES, 0)
        self.left_out = dict.fromkeys(TABLES, 0)

    def _describe(self, table: str) -> _Columns:
        found = self._cursor.execute(_COLUMNS, (table,)).fetchall()
        return _Columns(
            names=[name for name, _, _ in found],
            required=[name for name, required, _ in found if required],
            arrays=[name for name, _, is_array in found if is_array],
        )

    def add(self, piece: Piece) -> None:
        """Copy what a part of a half day leaves behind, people and organizations aside."""
        for stream, planted in piece.planted.items():
            if stream in ("users", "organizations", "deletions"):
                continue
            rows = planted.stored(self._end)
            if stream == "documents" and piece.work is not None:
                removed = piece.work.removed[planted.entity[rows]]
                rows = rows[(removed == MISSING) | (removed >= self._end)]
            self.copy(stream, planted.rows.content.take(pa.array(rows)))

    def copy(self, table: str, content: Any) -> None:
        """Copy rows, those aside that the table cannot hold."""
        columns = self._columns[table]
        sound = np.ones(len(content), dtype=np.bool_)
        for name in columns.required:
            sound &= content.column(name).is_valid().to_numpy()
        kept = content.filter(pa.array(sound)).select(columns.names)
        self.rows[table] += len(kept)
        self.left_out[table] += len(content) - len(kept)
        for name in columns.arrays:
            # '["gdpr"]' is JSON; PostgreSQL writes the array as '{"gdpr"}'.
            literal = pc.replace_substring_regex(kept.column(name), r"^\[(.*)\]$", r"{\1}")
            kept = kept.set_column(columns.names.index(name), name, literal)
        sink = pa.BufferOutputStream()
        pacsv.write_csv(kept, sink, _CSV)
        command = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.names))
        )
        with self._cursor.copy(command) as copy:
            copy.write(sink.getvalue().to_pybytes())
