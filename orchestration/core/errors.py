"""The errors that people meet, each with the exit code of the command line.

Engines quote values in their messages, and a value may be somebody's address. Functions below turn
an engine's error into a text that holds none.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator


class GranaryError(Exception):
    """Base of every expected failure; its message says what to do and holds no personal data."""

    exit_code = 1


class ConfigurationError(GranaryError):
    """A setting, key or contract is missing or wrong."""

    exit_code = 3


class WarehouseError(GranaryError):
    """The warehouse cannot be reached or does not answer."""

    exit_code = 3


class WarehouseBusy(WarehouseError):
    """Another process is writing to the warehouse."""


class SourceError(GranaryError):
    """A source database cannot be reached or read; the message names neither host nor user."""

    exit_code = 3


class BuildError(GranaryError):
    """dbt reported a failure."""


class PublishRefused(GranaryError):
    """The last build is not fit to publish."""


class NothingPublished(GranaryError):
    """There are no published marts, or not the requested ones."""


class WrongRequest(GranaryError):
    """What the user asked for does not exist or contradicts itself."""

    exit_code = 2


def first_line(error: Exception) -> str:
    """Return the first line of an engine's message, without the statement that follows it."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What engines and libraries say when a disk is full.
SAYS_FULL = re.compile(
    "no space left|quota exceeded|file too large|disk is full|max_temp_directory_size",
    re.IGNORECASE,
)
QUOTED = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"")
# SQLSTATE classes: connection exceptions (08) and a server that shuts down (57P).
AWAY = ("08", "57P")
DISK_FULL = "53100"


def is_full(error: BaseException) -> bool:
    """Whether the cause is a full disk, an exhausted quota or a file size limit."""
    return any(
        (isinstance(cause, OSError) and cause.errno in FULL)
        or getattr(cause, "sqlstate", None) == DISK_FULL
        or says_full(str(cause))
        for cause in _causes(error)
    )


def says_full(message: str) -> bool:
    """Whether a message reports a full disk; quoted text does not count, it may be data."""
    return bool(SAYS_FULL.search(QUOTED.sub("", message)))


def of_engine(error: BaseException) -> str:
    """Describe an unexpected failure of an engine without its message, which may quote values.

    Only a full disk and an unreachable server are told apart; anything else is named by its kind.
    """
    kind = type(error).__name__
    state = getattr(error, "sqlstate", "") or ""
    if is_full(error):
        whose = "the server's disk" if state == DISK_FULL else "the disk"
        return f"{whose} is full, or a quota is: make room and run it again"
    if state.startswith(AWAY) or (not state and kind == "OperationalError"):
        return "the server cannot be reached any more: run it again when it is there"
    code = f" {state}" if state else ""
    return f"the warehouse failed ({kind}{code}); its message may quote values and is not shown"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and the chain of errors behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# Raised before a row is read: the message can quote the statement, but no value.
_ABOUT_THE_STATEMENT = {"ParserException", "SyntaxException", "BinderException", "CatalogException"}


def without_values(error: Exception) -> str:
    """Return an engine's message about a statement, or only its kind where it may quote rows."""
    # Class 42 is a syntax error or a broken access rule.
    is_syntax = str(getattr(error, "sqlstate", None) or "").startswith("42")
    if is_syntax or type(error).__name__ in _ABOUT_THE_STATEMENT:
        return first_line(error)
    return f"{type(error).__name__}, whose message may quote values"
