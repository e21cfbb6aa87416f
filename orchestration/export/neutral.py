"""Protect texts against formula injection: a spreadsheet must not run an exported text.

A program that opens a CSV file may run a cell as a formula if it begins with `= + - @`, a tab or a
line end (OWASP, "CSV Injection"; CWE-1236). The full-width forms of these signs count too where
Japanese is typed. Such a text gets an apostrophe in front. So does a text that begins with
apostrophes and then such a sign: otherwise nobody could tell which apostrophe was added.
"""

from __future__ import annotations

import re

SIGNS = "=+-@\t\r\n＝＋－＠"
BEGINS = re.compile(rf"'*[{re.escape(SIGNS)}]")
RULE = (
    "A text that begins with = + - @, their full-width forms, a tab or a line end, with or without "
    "apostrophes before it, got one more apostrophe in front, so that no spreadsheet runs it. To "
    "undo: remove one apostrophe from every text that begins with apostrophes and then such a sign."
)


def neutralised(text: str) -> str:
    """Return the text as CSV and Excel get it."""
    return f"'{text}" if BEGINS.match(text) else text


def original(text: str) -> str:
    """Undo `neutralised`."""
    return text[1:] if text.startswith("'") and BEGINS.match(text) else text


def neutralised_sql(column: str) -> str:
    """Return DuckDB's expression for `neutralised`, given a text column.

    Few texts begin with a sign or an apostrophe, so it compares the first character before it
    matches the regular expression: that is cheaper than matching every text.
    """
    first = ", ".join(str(ord(sign)) for sign in "'" + SIGNS)
    signs = "".join(rf"\x{{{ord(sign):x}}}" for sign in SIGNS)
    return (
        f"case when unicode({column}) in ({first}) and "
        f"regexp_matches({column}, '^''*[{signs}]') then '''' || {column} else {column} end"
    )
