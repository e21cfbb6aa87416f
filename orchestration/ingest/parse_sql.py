"""The SQL that turns numbered lines into typed rows, and the rest into rejects with a reason.

Written from a stream's contract. It reads relations `_chunk` and `_left_out` with columns _file_id
and those of a reader's chunk. Names of its own begin with `_`, as no field of a contract does.

A value is accepted where nothing of it is lost: a quoted number reads as a number, but 2.5 is no
integer, an object no string, and a NUL character (which PostgreSQL cannot store) no text. The same
value gives the same result whatever the format of its file:

- an empty text is a missing value;
- a number is the text of an id: 42 is '42', and 42.0 is '42.0';
- true, t and 1, false, f and 0 are true and false, in any case;
- a required id that names nothing (blanks, seeds/governance/placeholder_ids.csv) is missing;
- a time is ISO 8601, extended or basic, with or without seconds, and of years 1 to 9999 in UTC; the
  name of a zone in brackets after an offset says nothing more;
- of a name that an object has twice the first value counts;
- what JSON has no number for (NaN, Infinity) is a text where any JSON is allowed;
- a decimal is rounded to the digits of its contract;
- a time at midnight, in UTC or without a zone, is a date;
- the first moment of year 1, which Go and .NET write for no time, is a missing value.
"""

from __future__ import annotations

import json

from orchestration.core.contracts import Column, Stream
from orchestration.core.sql import identifier, literal
from orchestration.ingest.field_sql import text_in_line, type_in_line, unknown_fields
from orchestration.ingest.spellings import in_full, without_nan
from orchestration.policies.placeholders import placeholder_ids

# Whole numbers that JSON carries exactly (RFC 8259, section 6): 2**53 + 1 reads as 2**53.
WHOLE = {"bigint": (1 - 2**53, 2**53 - 1), "integer": (-(2**31), 2**31 - 1)}
EARLIEST, LATEST = "1990-01-01", "2100-01-01"

JSON_TYPES = {
    "varchar": "VARCHAR",
    "double precision": "DOUBLE",
    "bigint": "DOUBLE",
    "integer": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "json": "JSON",
    "uuid": "UUID",
}
_ARTICLES = {
    "varchar": "text",
    "double precision": "a number",
    "numeric": "a number of its digits",
    "bigint": "a whole number",
    "integer": "a whole number of four bytes",
    "date": "an ISO 8601 date",
    "boolean": "true or false",
    "timestamp": "an ISO 8601 time",
    "json": "JSON",
    "uuid": "a UUID",
}
NUL_ESCAPE = "\\u0000"
# How booleans are written; databases and data frames write t, f, 1 and 0.
TRUE, FALSE = "('true', 't', '1')", "('false', 'f', '0')"
BLANKS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
A_DATE = r"\d{4}-\d\d-\d\d([T ]00:00(:00([.,]0+)?)?([Zz]|[+-]00(:?00)?)?)?"
# What a time is called that never comes.
ENDLESS = "('infinity', 'never')"
# The times of ISO 8601 and of what reads the warehouse: those of years 1 to 9999 in UTC.
FIRST, LAST = "timestamptz '0001-01-01 00:00:00Z'", "timestamptz '9999-12-31 23:59:59.999999Z'"


def insert_rows(stream: Stream, target: str) -> str:
    """SQL that inserts into `target` every line that keeps the contract; binds the batch id."""
    columns = ", ".join(identifier(c) for c in stream.raw_columns)
    values = ", ".join(_stored(c) for c in stream.columns)
    fine = "\n        and ".join([_in_range(stream)] + [_check(c) for c in stream.columns])
    return f"""
insert into {target} ({columns})
select
    {values},
    {without_nan("_unknown")},
    cast(make_timestamp(epoch_us({_event_time(stream)})) as date),
    _file_id,
    _line,
    cast($batch_id as bigint)
from (
    select
        *,
        {unknown_fields(stream)} as _unknown,
        {fine} as _is_fine
    from ({_parsed(stream, "_chunk")})
)
where _is_fine
"""


def insert_rejects(stream: Stream, rejects: str) -> str:
    """SQL that inserts every line of `_left_out` into `rejects`, with its reason."""
    whens = "\n".join(
        f"        when {condition} then {reason}" for condition, reason in _faults(stream)
    )
    return f"""
insert into {rejects} (file_id, source, stream, file, line, reason, text, batch_id)
select
    _file_id,
    '{stream.source}',
    '{stream.name}',
    _path,
    _line,
    case
{whens}
        else 'does not keep the contract'
    end,
    replace(regexp_replace(_original, '\\r?\\n$', ''), chr(0), '{NUL_ESCAPE}'),
    cast($batch_id as bigint)
from ({_parsed(stream, "_left_out")}) as _parsed
join _files using (_file_id)
"""


def _parsed(stream: Stream, relation: str) -> str:
    """Lines with one column a field, null where the line is no JSON object or the field unfit.

    Some fields are taken as text and read as their type in a column beside (see `_taken_as_text`).
    """
    shape = json.dumps(
        {
            field: "VARCHAR" if _taken_as_text(c) else JSON_TYPES[c.data_type]
            for c in stream.columns
            for field in c.called
        }
    )
    said = ", ".join(
        f"coalesce({', '.join(f'_said.{identifier(field)}' for field in c.called)}) "
        f"as {identifier(c.name)}"
        for c in stream.columns
    )
    read = "".join(
        f",\n            {_read(c)} as {_typed(c)}" for c in stream.columns if _is_read(c)
    )
    replaced = ", ".join(
        f"{_emptied(c) if not c.required or len(c.called) > 1 else _said_in_full(c)} "
        f"as {identifier(c.name)}"
        for c in stream.columns
        if not c.required or len(c.called) > 1 or c.data_type == "timestamp"
    )
    return f"""
        select
            * replace ({replaced}){read}
        from (
            select * exclude (_said), {said}
            from (
                select
                    *,
                    contains(_text, '{NUL_ESCAPE}') as _has_nul,
                    json_transform(_text, {literal(shape)}) as _said
                from (
                    select
                        _file_id,
                        _line,
                        _fault,
                        _most_keys,
                        _text as _original,
                        case when _fault is null and json_valid(_text) then _text end as _text
                    from {relation}
                )
            )
        )
    """


def _taken_as_text(column: Column) -> bool:
    """Whether a field is taken from the line as text, to be read as its type afterwards.

    So a wrong value of an optional field is told from a missing one without reading the line again,
    a number never passes for true, and the first of several fields counts, whatever it holds.
    """
    if column.kind == "json":
        return False
    several = len(column.called) > 1
    return column.kind in ("boolean", "date", "numeric") or several or not column.required


def _emptied(column: Column) -> str:
    """An optional field, null where it is an empty text."""
    name = identifier(column.name)
    if column.data_type == "json":
        return f"case when cast({name} as varchar) <> '\"\"' then {name} end"
    return f"nullif({name}, '')"


def _names_something(column: Column) -> str:
    """Whether a required field is no empty text, and an id none that stands for no id."""
    name = identifier(column.name)
    zero = "'00000000-0000-0000-0000-000000000000'"
    if column.data_type == "uuid":
        return f"{name} <> {zero}" if column.is_id else "true"
    if column.data_type != "varchar" or column.may_be_empty:
        return "true"
    if column.is_id:
        listed = ", ".join(map(literal, ("", *placeholder_ids())))
        return f"lower(trim({name}, {BLANKS})) not in ({listed})"
    return f"{name} <> ''"


def _is_read(column: Column) -> bool:
    return column.data_type == "json" or (_taken_as_text(column) and column.data_type != "varchar")


def _read(column: Column) -> str:
    """The text of a field as its engine type, null where it does not read as that."""
    name = identifier(column.name)
    if column.data_type == "json":
        return f"nullif({_json_text(column)}, '\"\"')"
    if column.data_type == "boolean":
        return (
            f"case when lower({name}) in {TRUE} then true "
            f"when lower({name}) in {FALSE} then false end"
        )
    if column.kind == "date":
        fits = f"regexp_full_match({name}, {literal(A_DATE)}) and {name} >= '0001'"
        return f"case when {fits} then try_cast(left({name}, 10) as date) end"
    if column.kind == "numeric":
        return f"try_cast({name} as {column.data_type})"
    read = f"try_cast({name} as {JSON_TYPES[column.data_type]})"
    if column.data_type == "timestamp":
        read = in_full(read, name)
    if column.endless:
        end = "timestamptz '9999-12-31 00:00:00Z'"
        return f"case when lower({name}) in {ENDLESS} or {read} > {LAST} then {end} else {read} end"
    return read


def _said_in_full(column: Column) -> str:
    """A required time, whatever form of ISO 8601 it has; that it is read again is rare."""
    return in_full(identifier(column.name), text_in_line(column.called))


def _typed(column: Column) -> str:
    """The column of `_parsed` that holds the field as its engine type."""
    return identifier(f"_{column.name} as read") if _is_read(column) else identifier(column.name)


def _stored(column: Column) -> str:
    if column.data_type in WHOLE:
        return f"cast({_typed(column)} as {column.data_type})"
    if column.data_type == "timestamp":
        said = _typed(column) if column.required else f"nullif({_typed(column)}, {FIRST})"
        return f"make_timestamp(epoch_us({said}))"
    if column.data_type == "json":
        return without_nan(_typed(column))
    return _typed(column)


def _json_text(column: Column) -> str:
    """A JSON field as text. Parquet and CSV hold objects and arrays as texts: those are what they
    say, not texts that quote them, and have no blanks between their parts."""
    text = f"cast({identifier(column.name)} as varchar)"
    said = f"({identifier(column.name)} ->> '$')"
    return (
        f"case when left({text}, 2) in ('\"{{', '\"[') and json_valid({said}) "
        f"then cast(json({said}) as varchar) else {text} end"
    )


def _holds_nul(column: Column) -> str:
    """Whether a field has a NUL character; in JSON, an odd number of backslashes before u0000."""
    if column.data_type == "varchar":
        return f"contains({identifier(column.name)}, chr(0))"
    return f"regexp_matches({_typed(column)}, '(^|[^\\\\])(\\\\\\\\)*\\\\u0000')"


def _check(column: Column) -> str:
    """Whether a field is what the contract says. Only a suspect value has its line read again."""
    name, sound = identifier(column.name), _sound(column)
    if column.required:
        return f"{name} is not null and {_names_something(column)} and {sound}"
    return f"({name} is null or {sound})"


def _sound(column: Column) -> str:
    """Whether a field that is there is of its type."""
    name, value = identifier(column.name), _typed(column)
    match column.kind:
        case "varchar":
            # Outside a filter, only CASE spares the second operand where the first decides.
            return (
                f"case when _has_nul and {_holds_nul(column)} then false "
                f"when {_looks_untyped(name)} "
                f"then {type_in_line(column.called)} {_texts(column)} else true end"
            )
        case "double precision":
            return _number(column, f"isfinite({value})")
        case "bigint" | "integer":
            least, largest = WHOLE[column.kind]
            fits = f"{value} between {least} and {largest}"
            return _number(column, f"{value} = trunc({value}) and {fits}")
        case "timestamp":
            return f"coalesce({value} between {FIRST} and {LAST}, false)"
        case "json":
            return f"{value} is not null and not (_has_nul and {_holds_nul(column)})"
    return f"{value} is not null"


def _texts(column: Column) -> str:
    """Which JSON types a text may have."""
    return "not in ('BOOLEAN', 'OBJECT', 'ARRAY')" if column.is_id else "= 'VARCHAR'"


def _number(column: Column, sound: str) -> str:
    """Whether a number is sound; read as numbers, true and false are 1 and 0."""
    fine = f"coalesce({sound}, false)"
    if _taken_as_text(column):
        return fine
    is_number = f"{type_in_line(column.called)} <> 'BOOLEAN'"
    return f"case when {identifier(column.name)} in (0, 1) then {is_number} else {fine} end"


def _looks_untyped(name: str) -> str:
    """Whether a text may come from a JSON number, boolean, object or array: by its first byte."""
    return (
        f"({name} < ':' or {name} between '[' and '\\' or {name} >= '{{' or "
        f"{name} in ('true', 'false'))"
    )


def _faults(stream: Stream) -> list[tuple[str, str]]:
    faults = [
        ("_fault is not null", "_fault"),
        ("regexp_full_match(_original, '\\s*')", "'blank line'"),
        ("_text is null", "'malformed JSON'"),
        ("json_type(_text) <> 'OBJECT'", "'not a JSON object'"),
    ]
    for column in stream.columns:
        typed = type_in_line(column.called)
        if column.required:
            empty = f"{typed} = 'VARCHAR' and {text_in_line(column.called)} = ''"
            nothing = "false" if column.may_be_empty else empty
            if column.is_id:
                nothing += f" or not coalesce({_names_something(column)}, true)"
            faults.append(
                (f"coalesce({typed}, 'NULL') = 'NULL' or {nothing}",
                 f"'missing field: {column.name}'")
            )  # fmt: skip
    for column in stream.columns:
        if column.data_type in ("varchar", "json"):
            nul = f"_has_nul and {_holds_nul(column)}"
            faults.append((nul, f"'NUL character in {column.name}'"))
        wrong = f"wrong type: {column.name} is not {_ARTICLES[column.kind]}"
        faults.append((f"not coalesce({_check(column)}, false)", f"'{wrong}'"))
    faults.append(
        (
            f"not {_in_range(stream)}",
            f"'out of range: {stream.event_time}'",
        )
    )
    return faults


def _event_time(stream: Stream) -> str:
    """The column of `_parsed` that holds the time of the event."""
    return _typed(next(c for c in stream.columns if c.name == stream.event_time))


def _in_range(stream: Stream) -> str:
    """Whether the calendar (dim_date) knows the day of the event."""
    time = _event_time(stream)
    return f"({time} >= '{EARLIEST}' and {time} < '{LATEST}')"
