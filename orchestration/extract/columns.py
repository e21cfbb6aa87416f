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
    "date": TEXT,
    "numeric": TEXT,
    "bigint": pa.int64(),
    "integer": pa.int64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": INSTANT,
}
WHOLE_NUMBERS = {"smallint", "integer", "bigint"}
EXACT_NUMBERS = WHOLE_NUMBERS | {"numeric"}
NUMBERS = WHOLE_NUMBERS | {"numeric", "real", "double precision"}
TIMES = {"timestamp with time zone", "timestamp without time zone", "date"}
DOCUMENTS = {"json", "jsonb"}
ENUM, ARRAY, COMPOSITE = "e", "A", "C"

# A domain, or a domain over one, is what its base type is.
COLUMNS = """
with recursive columns as (
    select attnum, attname, attnotnull, atttypid as type, atttypmod as modifier
    from pg_attribute
    where attrelid = to_regclass(quote_ident(%s)) and attnum > 0 and not attisdropped
        and has_column_privilege(attrelid, attnum, 'select')
    union all
    select c.attnum, c.attname, c.attnotnull, t.typbasetype, t.typtypmod
    from columns as c
    join pg_type as t on t.oid = c.type
    where t.typtype = 'd'
)
select
    c.attname,
    format_type(t.oid, null),
    case when t.typtype = 'e' then 'e' else t.typcategory end,
    case when t.oid = 1700 and c.modifier > 0 then (c.modifier - 4) & 65535 end,
    c.attnotnull
from columns as c
join pg_type as t on t.oid = c.type
where t.typtype <> 'd'
order by c.attnum
"""
EXISTS = "select to_regclass(quote_ident(%s)) is not null"
# Rows of views, foreign tables and subscriptions appear when somebody else decides, with old times.
GROWS = """
with parts as (
    select to_regclass(quote_ident(%(table)s)) as oid
    union
    select relid from pg_partition_tree(to_regclass(quote_ident(%(table)s)))
)
select not exists (
    select
    from parts
    join pg_class as c using (oid)
    where c.relkind not in ('r', 'p')
        or exists (select from pg_subscription_rel where srrelid = c.oid)
)
"""


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


def grows(connection: psycopg.Connection, table: str) -> bool:
    """Whether a row's time tells when it may first be seen: else the whole must be read anew."""
    [(found,)] = connection.execute(GROWS, {"table": table}).fetchall()
    return bool(found)


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
    return source in {
        "integer": {"smallint", "integer"},
        "bigint": WHOLE_NUMBERS,
        "numeric": EXACT_NUMBERS,
        "double precision": NUMBERS,
    }.get(contract_type, {contract_type})


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
    if contract_type in ("bigint", "integer", "boolean") and is_exact(contract_type, column):
        return Landing(name, field, ARROW_TYPES[contract_type])
    return Landing(name, sql.SQL(_text_of(contract_type, column)).format(field), TEXT)


def _text_of(contract_type: str | None, column: SourceColumn) -> str:
    """SQL that says a column as text; `{0}` is the column."""
    if contract_type == "numeric" and column.data_type in NUMBERS:
        return "case when {0}::text ~ '^-?[0-9.]' then {0} end"
    if contract_type == column.data_type == "date":
        return "case when {0} >= '0001-01-01' and {0} < '10000-01-01' then {0} end"
    if column.category in (ARRAY, COMPOSITE):
        return "to_json({0})"
    # Text would be padded.
    return "{0}::text" if column.data_type == "character" else "{0}"


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
