"""Options that the backup commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestration.core.terminal import progress_of

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
IdentityFile = Annotated[
    Path | None,
    typer.Option(
        "--identity",
        metavar="FILE",
        help="Private key of the backups; default GRANARY_BACKUP_IDENTITY_FILE.",
    ),
]


class Tier(StrEnum):
    """A tier of backup, as on the command line."""

    CRITICAL = "1"
    IMPORTANT = "2"
    ARCHIVE = "3"


class Scenario(StrEnum):
    """A disaster that can be rehearsed."""

    CORRUPTION = "corruption"
    OUTAGE = "outage"
    BREACH = "breach"
    HUMAN_ERROR = "human_error"
    SYSTEM_FAILURE = "system_failure"


def moment_of(text: str) -> datetime:
    """Parse a time given on the command line; return it in UTC, without zone.

    Raises:
        typer.BadParameter: it is not a time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a time: write it as 2026-03-01T14:05:00Z", param_hint="--at"
        ) from None
    return (
        (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        .astimezone(UTC)
        .replace(tzinfo=None)
    )


@contextlib.contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """One bar after the other, each named for what it counts."""
    with contextlib.ExitStack() as stack:
        shown: dict[str, Callable[[int, int], None]] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in shown:
                stack.close()
                shown.clear()
                shown[what] = stack.enter_context(progress_of(what))
            shown[what](done, total)

        yield advance
