"""The SQL that turns numbered lines into typed rows, and the rest into rejects with a reason.

Written from a stream's contract. It reads a relation `chunk (file_id, line, text, fault)`.

A value is accepted where nothing of it is lost: a quoted number reads as a number, but 2.5 is no
integer, an object no string, and a NUL character (which PostgreSQL cannot store) no text.
"""

from __future__ import annotations

import json

from orchestration.contracts import Column, Stream

# Whole numbers that JSON carries exactly (RFC 8259, section 6).
LARGEST_INTEGER = 2**53
EARLIEST, LATEST = "1990-01-01", "2100-01-01"

_TRANSFORM_TYPES = {
    "varchar": "VARCHAR",
    "double precision": "DOUBLE",
    "bigint": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "json": "JSON",
}
_ARTICLES = {
    "varchar": "text",
    "double precision": "a number",
    "bigint": "a whole number",
    "boolean": "true or false",
    "timestamp": "an ISO 8601 time",
    "json": "JSON",
}
NUL_ESCAPE = "\\u0000"


def insert_rows(stream: Stream, target: str) -> str:
    """SQL that inserts into `target` every line that keeps the contract; binds the batch id."""
    columns = ", ".join(_quote(c) for c in stream.raw_columns)
    values = ", ".join(_stored(c) for c in stream.columns)
    fine = "\n        and ".join(
        [f"{_quote(stream.event_time)} between '{EARLIEST}' and '{LATEST}'"]
        + [check for c in stream.columns for check in _checks(c)]
    )
    return f"""
insert into {target} ({columns})
select
    {values},
    {_extra(stream)},
    cast({_quote(stream.event_time)} at time zone 'UTC' as date),
    file_id,
    line,
    cast($batch_id as bigint)
from (
    select
        *,
        {fine} as is_fine
    from ({_parsed(stream)})
)
where is_fine
"""


def insert_rejects(stream: Stream, target: str, rejects: str) -> str:
    """SQL that inserts into `rejects` each line of `chunk` that is not among the rows."""
    whens = "\n".join(
        f"        when {condition} then {reason}" for condition, reason in _faults(stream)
    )
    unloaded = (
        f"select * from chunk anti join (select _file_id, _line from {target} "
        f"where _batch_id = $batch_id) as loaded "
        f"on chunk.file_id = loaded._file_id and chunk.line = loaded._line"
    )
    return f"""
insert into {rejects} (file_id, source, stream, file, line, reason, text, batch_id)
select
    file_id,
    '{stream.source}',
    '{stream.name}',
    files.path,
    line,
    case
{whens}
        else 'does not keep the contract'
    end,
    replace(rtrim(original, chr(10) || chr(13)), chr(0), '{NUL_ESCAPE}'),
    cast($batch_id as bigint)
from ({_parsed(stream, f"({unloaded})")}) as parsed
join files using (file_id)
"""


def _parsed(stream: Stream, relation: str = "chunk") -> str:
    """Lines with one column a field, null where the line is no JSON object or the field unfit."""
    shape = json.dumps({c.name: _TRANSFORM_TYPES[c.data_type] for c in stream.columns})
    return f"""
        select file_id, line, original, fault, text, unnest(json_transform(text, {_text(shape)}))
        from (
            select
                file_id,
                line,
                fault,
                text as original,
                case when fault is null and json_valid(text) then text end as text
            from {relation}
        )
    """


def _stored(column: Column) -> str:
    name = _quote(column.name)
    if column.data_type == "bigint":
        return f"cast({name} as bigint)"
    if column.data_type == "timestamp":
        return f"make_timestamp(epoch_us({name}))"
    return f"cast({name} as varchar)" if column.data_type == "json" else name


def _checks(column: Column) -> list[str]:
    """Conditions a field must meet; cheap ones decide before any that reads the line again."""
    name = _quote(column.name)
    typed = f"json_type(text, {_path(column.name)})"
    missing = "false" if column.required else f"coalesce({typed}, 'NULL') = 'NULL'"
    sound = {
        "varchar": f"case when {_looks_untyped(name)} then {typed} = 'VARCHAR'"
        f" else not contains({name}, chr(0)) end",
        "double precision": f"isfinite({name})",
        "bigint": f"{name} = trunc({name}) and abs({name}) <= {LARGEST_INTEGER}",
        "boolean": "true",
        "timestamp": "true",
        "json": "true",
    }[column.data_type]
    return [f"case when {name} is null then {missing} else {sound} end"]


def _looks_untyped(name: str) -> str:
    """Whether a text may come from a JSON number, boolean, object or array: by its first byte."""
    return (
        f"({name} < ':' or {name} between '[' and '\\' or {name} >= '{{' or "
        f"{name} in ('true', 'false'))"
    )


def _faults(stream: Stream) -> list[tuple[str, str]]:
    faults = [
        ("fault is not null", "fault"),
        ("regexp_full_match(original, '\\s*')", "'blank line'"),
        ("text is null", "'malformed JSON'"),
        ("json_type(text) <> 'OBJECT'", "'not a JSON object'"),
    ]
    for column in stream.columns:
        typed = f"json_type(text, {_path(column.name)})"
        if column.required:
            faults.append(
                (f"coalesce({typed}, 'NULL') = 'NULL'", f"'missing field: {column.name}'")
            )
    for column in stream.columns:
        name, typed = _quote(column.name), f"json_type(text, {_path(column.name)})"
        wrong = f"'wrong type: {column.name} is not {_ARTICLES[column.data_type]}'"
        faults.append((f"{name} is null and {typed} <> 'NULL'", wrong))
        if column.data_type == "varchar":
            faults.append((f"{name} is not null and {typed} <> 'VARCHAR'", wrong))
            faults.append((f"contains({name}, chr(0))", f"'NUL character in {column.name}'"))
        if column.data_type in ("bigint", "double precision"):
            faults.append((f"not ({_checks(column)[0]})", wrong))
    event_time = _quote(stream.event_time)
    faults.append(
        (
            f"{event_time} not between '{EARLIEST}' and '{LATEST}'",
            f"'out of range: {stream.event_time}'",
        )
    )
    return faults


def _extra(stream: Stream) -> str:
    """Fields the contract does not know, as one JSON object, or null."""
    known = "[" + ", ".join(_text(c.name) for c in stream.columns) + "]"
    keys = "json_keys(text)"
    unknown = f"list_filter({keys}, lambda k: not list_contains({known}, k))"
    pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
    pairs = (
        f"list_transform({unknown}, lambda k: json_quote(k) || ':' || "
        f"coalesce(cast(json_extract(text, {pointer}) as varchar), 'null'))"
    )
    return (
        f"case when {keys} <> {known} and len({unknown}) > 0 "
        f"then '{{' || array_to_string({pairs}, ',') || '}}' end"
    )


def _path(name: str) -> str:
    return f"'$.{name}'"


def _quote(name: str) -> str:
    return f'"{name}"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
