"""What a daemon is told from outside while it lives: to stop, and to read its settings anew."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Orders:
    """To stop, once and for all; to read the settings anew, as often as it is asked for.

    A signal may give them: nothing is locked that a signal could meet locked.
    """

    def __init__(self) -> None:
        self._stopped = False
        self._asked = False

    @property
    def stopped(self) -> bool:
        """Whether to stop."""
        return self._stopped

    def stop(self) -> None:
        """Stop, after what is under way."""
        self._stopped = True

    def reread(self) -> None:
        """Read the settings anew, between two passes."""
        self._asked = True

    def take_reread(self) -> bool:
        """Return whether the settings are to be read anew; it is asked for no longer then."""
        asked, self._asked = self._asked, False
        return asked


@contextmanager
def by_signals() -> Iterator[Orders]:
    """Let SIGTERM and SIGINT order to stop, and SIGHUP to read the settings anew, while the block lasts.

    SIGHUP stops, too, where it says that the terminal went away from which the daemon was started.
    Signals are heard by the main thread only; elsewhere the orders are the caller's alone.
    """
    orders = Orders()
    if threading.current_thread() is not threading.main_thread():
        yield orders
        return

    shown = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP and (not shown or _has_terminal()):
            orders.reread()
        else:
            orders.stop()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield orders
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
