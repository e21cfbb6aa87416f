"""Turn SIGINT and SIGTERM into an exception, so that a stopped command cleans up after itself."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def listening() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt in the block when the process is told to stop.

    Yields:
        The signals received so far. Look here rather than at the error: libraries may turn
        the KeyboardInterrupt into one of their own.
    """
    came: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    # A shell or nohup may have set a signal to be ignored; leave that as it is.
    heard = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
