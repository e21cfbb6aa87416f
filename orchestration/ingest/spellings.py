"""SQL for what the engine's own parser reads otherwise than it was meant, or not at all."""

from __future__ import annotations

from orchestration.core.sql import literal

# A form of ISO 8601: year, month, day; hour, minute, second, fraction; offset. The name of a zone
# in brackets says nothing that the offset before it does not.
_TIME = (
    r"\s*(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"(?:(?:[Zz]|([+-]\d\d(?::?\d\d)?))(?:\[[^\[\]]*\])*)?)?\s*"
)
# What is missing leaves marks with nothing between them.
_WRITTEN_OUT = r"\1-\2-\3 \4:\5:\6.\7\8"
_MISSING = ((" ::.", ""), ("::.", ":00:00."), (":.", ":00."))

# Words outside of strings, of which JSON's parts between commas and colons may begin with one.
_NO_NUMBER = r"(?i)(-?(?:nan|inf(?:inity)?))"
_MAY_HOLD_ONE = r"(?i)(?:^|[:,\[])-?(?:nan|inf)"
_STRING_OR_NOT = r'"(?:[^"\\]|\\.)*"|[^"]+'


def in_full(read: str, text: str) -> str:
    """SQL of a time: what the engine read, or where that is null a text in a form of ISO 8601."""
    written = f"regexp_replace({text}, {literal(_TIME)}, {literal(_WRITTEN_OUT)})"
    for missing, meant in _MISSING:
        written = f"replace({written}, {literal(missing)}, {literal(meant)})"
    return (
        f"case when {read} is not null then {read} "
        f"when regexp_full_match({text}, {literal(_TIME)}) "
        f"then try_cast({written} as TIMESTAMPTZ) else try_cast({text} as TIMESTAMPTZ) end"
    )


def without_nan(json: str) -> str:
    """SQL of JSON as the engine writes it, its NaN and infinities, which JSON lacks, as texts."""
    quoted = f"regexp_replace(part, {literal(_NO_NUMBER)}, '\"\\1\"', 'g')"
    parts = (
        f"list_transform(regexp_extract_all({json}, {literal(_STRING_OR_NOT)}), "
        f"lambda part: case when left(part, 1) = '\"' then part else {quoted} end)"
    )
    # Few documents hold these letters; a regular expression costs three times as much as to look.
    return (
        f"case when not (contains(lower({json}), 'nan') or contains(lower({json}), 'inf')) "
        f"then {json} when regexp_matches({json}, {literal(_MAY_HOLD_ONE)}) "
        f"then array_to_string({parts}, '') else {json} end"
    )
