"""Ctrl-C and `kill`: a command ends as after a failure, so that what it was writing is removed."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def listening() -> Iterator[list[int]]:
    """Interrupt what runs within when the process is told to stop.

    Yields:
        The signals that came. What they interrupt may make any error of them.
    """
    came: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    # Who starts a command in the background may have it ignore one of them.
    heard = [of for of in STOPPING if signal.getsignal(of) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
