"""Ctrl-C and SIGTERM that are not lost."""

import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """While entered, SIGINT raises KeyboardInterrupt and SIGTERM SystemExit, and :meth:`check` too.

    Python drops an exception that a signal raises inside a callback of its garbage collector, and
    JAX has such a callback. Signals that are ignored stay so; outside the main thread nothing is
    caught.
    """

    def __init__(self) -> None:
        self._pending: BaseException | None = None
        self._previous: dict[int, Any] = {}

    def check(self) -> None:
        """Raises what an earlier signal was to raise."""
        if self._pending:
            raise self._pending

    def _catch(self, number: int, frame: FrameType | None) -> None:
        interrupt = number == signal.SIGINT
        self._pending = KeyboardInterrupt() if interrupt else SystemExit(128 + number)
        raise self._pending

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._catch)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
