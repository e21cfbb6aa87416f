"""What dbt says, passed on as it comes; a full disk is heard, and its tracebacks are left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from orchestration.core.errors import says_full

# What begins a traceback, and what belongs to one without being indented.
BEGINS = ("Traceback (most recent call last)", "--- Logging error ---")
GOES_ON = ("Call stack:", "Message:", "Arguments:", "During handling of", "The above exception")


def pass_on(lines: Iterable[str], output: IO[str]) -> bool:
    """Write dbt's lines to `output`, and return whether one says that a disk is full.

    A traceback is held back until the line that ends it says what it is of.
    """
    heard_full = False
    held: list[str] = []
    is_within = is_of_full = False
    for line in lines:
        heard_full = heard_full or says_full(line)
        goes_on = is_within and (line[:1].isspace() or line.startswith(GOES_ON))
        if goes_on or any(sign in line for sign in BEGINS):
            is_within = True
            if not is_of_full:
                held.append(line)
        elif is_within and says_full(line):
            # More of it may follow: who called, and with what.
            held, is_of_full = [], True
        else:
            is_within = is_of_full = False
            output.writelines([*held, line])
            output.flush()
            held = []
    return heard_full
