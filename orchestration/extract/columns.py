"""The columns a source has, and the form in which each is landed.

A column of the contract is landed in the Arrow type of its contract where the source's type can
hold nothing else, and as text where it can; a column the contract does not know is landed as text.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pyarrow as pa
from psycopg import sql

TEXT = pa.string()
INSTANT = pa.timestamp("us", tz="UTC")
ARROW_TYPES = {
    "uuid": TEXT,
    "varchar": TEXT,
    "json": TEXT,
    "bigint": pa.int64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": INSTANT,
}
WHOLE_NUMBERS = {"smallint", "integer", "bigint"}
NUMBERS = WHOLE_NUMBERS | {"numeric", "real", "double precision"}
TIMES = {"timestamp with time zone", "timestamp without time zone", "date"}
DOCUMENTS = {"json", "jsonb"}
ENUM, ARRAY, COMPOSITE = "e", "A", "C"

COLUMNS = """
select
    a.attname,
    format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
    case when t.typtype = 'e' then 'e' else t.typcategory end,
    case when t.oid = 1700 and a.atttypmod > 0 then (a.atttypmod - 4) & 65535 end,
    a.attnotnull
from pg_attribute as a
join pg_type as t on t.oid = a.atttypid
where a.attrelid = to_regclass(quote_ident(%s)) and a.attnum > 0 and not a.attisdropped
    and has_column_privilege(a.attrelid, a.attnum, 'select')
order by a.attnum
"""
EXISTS = "select to_regclass(quote_ident(%s)) is not null"


@dataclass(frozen=True)
class SourceColumn:
    """A column as the source's catalog describes it."""

    name: str
    data_type: str
    category: str
    """`e` for an enumeration, else PostgreSQL's type category."""
    scale: int | None
    """Digits after the point, where a numeric states them."""
    required: bool


@dataclass(frozen=True)
class Landing:
    """What is selected for a column, and the Arrow type its text is read as."""

    name: str
    expression: sql.Composable
    arrow_type: pa.DataType


def read_columns(connection: psycopg.Connection, table: str) -> dict[str, SourceColumn] | None:
    """Columns by name that the session may read, or None where the table does not exist."""
    [(exists,)] = connection.execute(EXISTS, [table]).fetchall()
    if not exists:
        return None
    rows = connection.execute(COLUMNS, [table]).fetchall()
    return {row[0]: SourceColumn(*row) for row in rows}


def is_exact(contract_type: str, column: SourceColumn) -> bool:
    """Whether the source's type is one the contract was written for."""
    source, category = column.data_type, column.category
    match contract_type:
        case "varchar":
            return source == "inet" or category in ("S", ENUM)
        case "json":
            return source in DOCUMENTS or category == ARRAY
        case "timestamp":
            return source == "timestamp with time zone"
    return source in {"bigint": WHOLE_NUMBERS, "double precision": NUMBERS}.get(
        contract_type, {contract_type}
    )


def holds(contract_type: str, column: SourceColumn) -> bool:
    """Whether every value of the source's type is one of the contract's."""
    if is_exact(contract_type, column) or contract_type == "varchar":
        return True
    if contract_type == "timestamp":
        return column.data_type in TIMES
    if contract_type == "bigint":
        return column.data_type == "numeric" and column.scale == 0
    return contract_type == "json" and column.category == COMPOSITE


def landing_of(
    contract_type: str | None, column: SourceColumn | None, name: str, *, endless: bool = False
) -> Landing:
    """How a column is landed; one that the source lacks is null.

    Times outside years 1 to 9999 and numbers that are none are landed as null: neither Parquet's
    readers nor JSON have a form for them. In an endless column, times that never come are landed as
    9999-12-31.
    """
    if column is None:
        assert contract_type is not None
        return Landing(name, sql.SQL("null"), ARROW_TYPES[contract_type])
    field = sql.Identifier(name)
    source = column.data_type
    if contract_type == "timestamp" and source in TIMES:
        return Landing(name, _instant(field, source, endless), INSTANT)
    if contract_type == "double precision" and source in NUMBERS:
        return Landing(name, field, pa.float64())
    if contract_type in ("bigint", "boolean") and is_exact(contract_type, column):
        return Landing(name, field, ARROW_TYPES[contract_type])
    if column.category in (ARRAY, COMPOSITE):
        return Landing(name, sql.SQL("to_json({})").format(field), TEXT)
    # Text would be padded.
    form = "{}::text" if source == "character" else "{}"
    return Landing(name, sql.SQL(form).format(field), TEXT)


def _instant(field: sql.Identifier, source: str, endless: bool) -> sql.Composable:
    value: sql.Composable = field
    if source == "date":
        value = sql.SQL("{}::timestamp at time zone 'UTC'").format(field)
    elif source == "timestamp without time zone":
        value = sql.SQL("{} at time zone 'UTC'").format(field)
    never = "when {0} >= '10000-01-01' then '9999-12-31Z'::timestamptz " if endless else ""
    representable = (
        f"case {never}when {{0}} >= '0001-01-01' and {{0}} < '10000-01-01' then {{1}} end"
    )
    return sql.SQL(representable).format(field, value)
