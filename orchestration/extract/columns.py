"""Read a source's columns, and choose the form in which each is landed.

A column of the contract is landed in the contract's Arrow type if the source's type can hold
nothing else. Otherwise, and for columns that the contract does not know, it is landed as text.
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

# Domains, also nested ones, are resolved to their base type.
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
# Rows of views, foreign tables and replicated tables (subscriptions) may appear with old times.
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
    """`e` for an enum, else PostgreSQL's type category (pg_type.typcategory)."""
    scale: int | None
    """Digits after the point, if a numeric declares them."""
    required: bool


@dataclass(frozen=True)
class Landing:
    """The SQL expression that is selected for a column, and the Arrow type of the result."""

    name: str
    expression: sql.Composable
    arrow_type: pa.DataType


def read_columns(connection: psycopg.Connection, table: str) -> dict[str, SourceColumn] | None:
    """Return the columns that the session may read, by name; None if the table does not exist."""
    [(exists,)] = connection.execute(EXISTS, [table]).fetchall()
    if not exists:
        return None
    rows = connection.execute(COLUMNS, [table]).fetchall()
    return {row[0]: SourceColumn(*row) for row in rows}


def grows(connection: psycopg.Connection, table: str) -> bool:
    """Whether new rows have new times; otherwise the whole table must be read each time."""
    [(found,)] = connection.execute(GROWS, {"table": table}).fetchall()
    return bool(found)


def is_exact(contract_type: str, column: SourceColumn) -> bool:
    """Whether the source's type is one of those that the contract's type stands for."""
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
    """Whether every value of the source's type is valid in the contract's type."""
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
    """Choose how a column is landed; a column that the source lacks is landed as null.

    Times outside the years 1 to 9999, NaN and infinity become null: neither JSON nor readers of
    Parquet can represent them. In an endless column, later times and `infinity` become 9999-12-31.
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
    """Return an SQL template for a column as text; `{0}` is the column."""
    if contract_type == "numeric" and column.data_type in NUMBERS:
        return "case when {0}::text ~ '^-?[0-9.]' then {0} end"
    if contract_type == column.data_type == "date":
        return "case when {0} >= '0001-01-01' and {0} < '10000-01-01' then {0} end"
    if column.category in (ARRAY, COMPOSITE):
        return "to_json({0})"
    # Without the cast, char(n) would keep its padding.
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
