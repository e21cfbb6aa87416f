"""Text that a spreadsheet takes for text, whatever it begins with.

A cell that begins with one of `= + - @`, a tab or a line end may be run as a formula by the program
that opens a CSV file (OWASP, "CSV Injection"; CWE-1236), and so may the full-width forms of these
signs where Japanese is typed. Such a text gets an apostrophe in front. So does one that begins with
apostrophes and then such a sign: without that nobody could tell which apostrophe was added.
"""

from __future__ import annotations

import re

SIGNS = "=+-@\t\r\n＝＋－＠"
BEGINS = re.compile(rf"'*[{re.escape(SIGNS)}]")
RULE = (
    "A text that begins with = + - @, their full-width forms, a tab or a line end, with or without "
    "apostrophes before it, has one apostrophe more in front, so that no spreadsheet runs it. To "
    "undo: take one apostrophe off every text that begins with apostrophes and then such a sign."
)


def neutralised(text: str) -> str:
    """The text as it is exported to CSV and Excel."""
    return f"'{text}" if BEGINS.match(text) else text


def original(text: str) -> str:
    """The text that was neutralised."""
    return text[1:] if text.startswith("'") and BEGINS.match(text) else text


def neutralised_sql(column: str) -> str:
    """DuckDB's expression for the same, for a column that holds text.

    Only few texts begin with a sign or an apostrophe: comparing the first character of all is
    cheaper than matching all.
    """
    first = ", ".join(str(ord(sign)) for sign in "'" + SIGNS)
    signs = "".join(rf"\x{{{ord(sign):x}}}" for sign in SIGNS)
    return (
        f"case when unicode({column}) in ({first}) and "
        f"regexp_matches({column}, '^''*[{signs}]') then '''' || {column} else {column} end"
    )
