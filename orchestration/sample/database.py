"""A source's own database, filled with its sample's state at the end of a day."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from psycopg import sql

from orchestration.sample.world import Options, SampleError

_COLUMNS = """
    select attname, attnotnull, atttypid = 'text[]'::regtype
    from pg_attribute
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
    order by attnum
"""
_CSV = pacsv.WriteOptions(include_header=False, quoting_style="all_valid")


@dataclass(frozen=True)
class FillResult:
    """What was written, by table."""

    rows: dict[str, int]
    left_out: dict[str, int]  # rows that a NOT NULL column keeps out


def fill_database(
    connection: psycopg.Connection,
    options: Options,
    until_day: int | None = None,
    without: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> FillResult:
    """Create the application's tables where they are missing, and fill them.

    Each row is there in its latest state, corrections included; how extraction would deliver it
    (late, twice) does not matter. All of it is one transaction.

    Args:
        connection: a database; tables go to the first schema of its search path.
        options: as for the files; `overwrite` empties tables that hold rows.
        until_day: days that have passed, 1 to `options.days`; default all.
        without: streams that are no tables of the database.
        progress: called with the days done and asked for, after each day.

    Raises:
        SampleError: tables already hold rows, the day is none of the sample, or the source has no
            database.
    """
    days = options.days if until_day is None else until_day
    if not 1 <= days <= options.days:
        raise SampleError(f"until_day must be between 1 and {options.days}.")
    world = replace(options, days=days).world()
    if world.application_sql is None:
        raise SampleError(f"{options.source} has no database of its own.")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(world.application_sql.read_bytes())
        # What is deleted leaves no row behind.
        tables = [n for n in world.declared.streams if n not in ("deletions", *without)]
        _empty(cursor, tables, options.overwrite)
        filled = FillResult(dict.fromkeys(tables, 0), dict.fromkeys(tables, 0))
        day, standing = 0, world.standing().keys()
        for part in world.parts():
            if progress and part.slot.day > day:
                progress(part.slot.day, days)
            day = part.slot.day
            for planted in part.planted:
                table = planted.stream.name
                if table in tables and table not in standing:
                    rows = pa.array(planted.stored(world.end))
                    _copy(cursor, table, planted.rows.take(rows), filled)
        for table, frame in world.standing().items():
            _copy(cursor, table, frame.content(world.declared.streams[table]), filled)
        if progress:
            progress(days, days)
    return filled


def _empty(cursor: psycopg.Cursor, tables: list[str], overwrite: bool) -> None:
    """Make sure that no table holds rows.

    Raises:
        SampleError: one does, and overwriting was not asked for.
    """
    for table in tables:
        held = cursor.execute(
            sql.SQL("select exists (select from {})").format(sql.Identifier(table))
        ).fetchone()
        if held and held[0] and not overwrite:
            raise SampleError(
                f"The table {table} of the database already holds rows. Choose another database, "
                "or add --overwrite if nothing in it is needed."
            )
    listed = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
    cursor.execute(sql.SQL("truncate {}").format(listed))


def _copy(cursor: psycopg.Cursor, table: str, content: Any, filled: FillResult) -> None:
    """Copy rows, those aside that the table cannot hold."""
    columns = cursor.execute(_COLUMNS, (table,)).fetchall()
    names = [name for name, _, _ in columns]
    sound = np.ones(len(content), dtype=np.bool_)
    for name in (name for name, is_required, _ in columns if is_required):
        sound &= content.column(name).is_valid().to_numpy()
    kept = content.filter(pa.array(sound)).select(names)
    filled.rows[table] += len(kept)
    filled.left_out[table] += len(content) - len(kept)
    for name in (name for name, _, is_array in columns if is_array):
        # '["gdpr"]' is JSON; PostgreSQL writes the array as '{"gdpr"}'.
        literal = pc.replace_substring_regex(kept.column(name), r"^\[(.*)\]$", r"{\1}")
        kept = kept.set_column(names.index(name), name, literal)
    sink = pa.BufferOutputStream()
    pacsv.write_csv(kept, sink, _CSV)
    command = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with cursor.copy(command) as copy:
        copy.write(sink.getvalue().to_pybytes())
