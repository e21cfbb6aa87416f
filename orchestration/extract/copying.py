"""Read the rows of a query as Arrow tables, through COPY.

The server sends one message per row, so any number of messages is a sequence of whole CSV records.
Arrow parses them without creating a Python object per value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import sql

from orchestration.extract.columns import Landing

Buffer = bytes | bytearray | memoryview
CHUNK_BYTES = 16 << 20


def query_of(
    table: str, columns: Sequence[Landing], condition: sql.Composable | None
) -> sql.Composed:
    """Return a query that selects columns in the form in which they are landed."""
    listed = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(column.expression, sql.Identifier(column.name))
        for column in columns
    )
    where = sql.SQL("") if condition is None else sql.SQL(" where {}").format(condition)
    return sql.SQL("select {} from {}{}").format(listed, sql.Identifier(table), where)


def expected_rows(connection: psycopg.Connection, query: sql.Composable) -> int:
    """Return how many rows the server's planner expects from a query."""
    [(plan,)] = connection.execute(sql.SQL("explain (format json) {}").format(query)).fetchall()
    return int(plan[0]["Plan"]["Plan Rows"])


def read(
    connection: psycopg.Connection, query: sql.Composable, columns: Sequence[Landing]
) -> Iterator[pa.Table]:
    """Yield the rows of a query in tables of about 16 MiB of CSV; none if there are no rows."""
    statement = sql.SQL("copy ({}) to stdout (format csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        records: list[Buffer] = []
        size = 0
        for record in copy:
            records.append(record)
            size += len(record)
            if size >= CHUNK_BYTES:
                yield _parsed(records, columns)
                records, size = [], 0
        if records:
            yield _parsed(records, columns)


def _parsed(records: list[Buffer], columns: Sequence[Landing]) -> pa.Table:
    content = b"".join(records)
    table = pa.csv.read_csv(
        pa.py_buffer(content),
        # One block for everything: Arrow fails on a record longer than a block.
        pa.csv.ReadOptions(
            column_names=[column.name for column in columns], block_size=len(content) + 1
        ),
        pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        pa.csv.ConvertOptions(
            column_types={column.name: column.arrow_type for column in columns},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    for i, column in enumerate(columns):
        # JSON has no NaN or infinity: such numbers are missing.
        if column.arrow_type == pa.float64():
            numbers = table.column(i)
            finite = pc.if_else(pc.is_finite(numbers), numbers, None)
            table = table.set_column(i, column.name, finite)
    return table
