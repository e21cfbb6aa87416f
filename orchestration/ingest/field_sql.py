"""The SQL that looks for a column's field in a line: under its names, the first that is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from orchestration.core.contracts import Column, Stream
from orchestration.core.sql import identifier, literal
from orchestration.core.sql_file import filled_in


def type_in_line(fields: Sequence[str]) -> str:
    """The JSON type of the value; null where it is missing, and 'NULL' perhaps where it is null."""
    found = [f"json_type(_text, {_path(field)})" for field in fields]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"nullif({one}, 'NULL')" for one in found)
    return f"coalesce({there})"


def text_in_line(fields: Sequence[str]) -> str:
    """The value as text."""
    found = [f"json_extract_string(_text, {_path(field)})" for field in fields]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def unknown_fields(stream: Stream) -> str:
    """Fields the contract does not know, as one JSON object, or null.

    A line has such fields only if it has more keys than known fields, filled or null. A null field
    is counted where `"name":` occurs: anywhere else in the line that too counts among `_most_keys`.
    What is cheap to ask is asked first.
    """
    optional = [c for c in stream.columns if not c.required]
    return filled_in(
        "ingest/unknown_fields.sql",
        known=[name for c in stream.columns for name in _known_names(c)],
        required_count=len(stream.columns) - len(optional),
        optional=[
            {
                "name": identifier(c.name),
                "as_keys": [literal(json.dumps(field) + ":") for field in c.called],
            }
            for c in optional
        ],
    )


def _known_names(column: Column) -> Iterator[str]:
    """The names that one column explains: of several fields that are there, the first."""
    first, *others = column.called
    yield literal(first)
    for number, field in enumerate(others, start=1):
        before = f"coalesce({type_in_line(column.called[:number])}, 'NULL')"
        yield f"case when {before} = 'NULL' then {literal(field)} end"


def _path(name: str) -> str:
    return literal(f'$."{name}"')
