"""SQL for spellings that DuckDB's parser misreads or does not read at all."""

from __future__ import annotations

from orchestration.core.sql import literal

# ISO 8601: year, month, day; hour, minute, second, fraction; offset. A zone's name in brackets is
# ignored, because the offset before it says the same.
_TIME = (
    r"\s*(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"(?:(?:[Zz]|([+-]\d\d(?::?\d\d)?))(?:\[[^\[\]]*\])*)?)?\s*"
)
# Missing parts leave separators with nothing between them, which _MISSING fills.
_WRITTEN_OUT = r"\1-\2-\3 \4:\5:\6.\7\8"
_MISSING = ((" ::.", ""), ("::.", ":00:00."), (":.", ":00."))

# NaN and infinity as DuckDB writes them, outside of JSON strings.
_NO_NUMBER = r"(?i)(-?(?:nan|inf(?:inity)?))"
_MAY_HOLD_ONE = r"(?i)(?:^|[:,\[])-?(?:nan|inf)"
_STRING_OR_NOT = r'"(?:[^"\\]|\\.)*"|[^"]+'


def in_full(read: str, text: str) -> str:
    """Return SQL of a time: `read` if not null, else `text` parsed as any form of ISO 8601.

    Args:
        read: SQL of the time as the engine parsed it.
        text: SQL of the original text.
    """
    written = f"regexp_replace({text}, {literal(_TIME)}, {literal(_WRITTEN_OUT)})"
    for missing, meant in _MISSING:
        written = f"replace({written}, {literal(missing)}, {literal(meant)})"
    return (
        f"case when {read} is not null then {read} "
        f"when regexp_full_match({text}, {literal(_TIME)}) "
        f"then try_cast({written} as TIMESTAMPTZ) else try_cast({text} as TIMESTAMPTZ) end"
    )


def without_nan(json: str) -> str:
    """Return SQL of a JSON document in which NaN and infinity, invalid in JSON, are quoted."""
    quoted = f"regexp_replace(part, {literal(_NO_NUMBER)}, '\"\\1\"', 'g')"
    parts = (
        f"list_transform(regexp_extract_all({json}, {literal(_STRING_OR_NOT)}), "
        f"lambda part: case when left(part, 1) = '\"' then part else {quoted} end)"
    )
    # Search for the letters first: few documents have them, and a regular expression costs three
    # times as much.
    return (
        f"case when not (contains(lower({json}), 'nan') or contains(lower({json}), 'inf')) "
        f"then {json} when regexp_matches({json}, {literal(_MAY_HOLD_ONE)}) "
        f"then array_to_string({parts}, '') else {json} end"
    )
