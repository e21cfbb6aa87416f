"""The few errors a person meets, each with the exit code the command line gives it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator


class GranaryError(Exception):
    """Base of every expected failure; the message says what to do and holds no personal data."""

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
    """There are no published marts, or not those that are asked for."""


class WrongRequest(GranaryError):
    """What was asked for does not exist, or contradicts itself."""

    exit_code = 2


def first_line(error: Exception) -> str:
    """The first line of an engine's message, without what it quotes below."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What engines and libraries say of a full disk, once all that they quote is gone.
SAYS_FULL = re.compile(
    "no space left|quota exceeded|file too large|disk is full|max_temp_directory_size",
    re.IGNORECASE,
)
QUOTED = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"")
# SQLSTATEs of a server that is not there, or goes away; and that of its disk.
AWAY = ("08", "57P")
DISK_FULL = "53100"


def is_full(error: BaseException) -> bool:
    """Whether a disk or a quota was full, or a file might not grow, whoever wrote."""
    return any(
        (isinstance(cause, OSError) and cause.errno in FULL)
        or getattr(cause, "sqlstate", None) == DISK_FULL
        or says_full(str(cause))
        for cause in _causes(error)
    )


def says_full(message: str) -> bool:
    """Whether a message says so, and does not just quote something that does."""
    return bool(SAYS_FULL.search(QUOTED.sub("", message)))


def of_engine(error: BaseException) -> str:
    """What to tell of an engine's failure that nobody expected: never its message, which may quote.

    That a disk is full, or a server out of reach, is only told where it is so.
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
    """An error, and those it comes from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# Found before a row is read: the message quotes what was asked, and no value.
_ABOUT_THE_STATEMENT = {"ParserException", "SyntaxException", "BinderException", "CatalogException"}


def without_values(error: Exception) -> str:
    """What an engine says of a statement; the kind of error alone where it may quote rows."""
    said_by_server = str(getattr(error, "sqlstate", None) or "").startswith("42")
    if said_by_server or type(error).__name__ in _ABOUT_THE_STATEMENT:
        return first_line(error)
    return f"{type(error).__name__}, whose message may quote values"
