"""Making those wait who guess."""

import threading
import time
from collections.abc import Callable

_SHORTEST, _LONGEST = 0.05, 3.0
_DOUBLINGS = 10
_FORGIVEN_AFTER = 600.0
_REMEMBERED = 10_000
"""Addresses of which failures are remembered."""


class Patience:
    """Each failure of an address doubles the time until its next answer, up to three seconds; ten minutes forgive."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic) -> None:
        self._sleep = sleep
        self._now = now
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str) -> None:
        """Wait as long as this address has deserved."""
        with self._lock:
            count, last = self._failures.get(address, (0, 0.0))
        if count and self._now() - last < _FORGIVEN_AFTER:
            self._sleep(min(_LONGEST, _SHORTEST * 2 ** min(count, _DOUBLINGS)))

    def failed(self, address: str) -> int:
        """Note a failure; return how many there were of late."""
        with self._lock:
            now = self._now()
            count, last = self._failures.pop(address, (0, 0.0))
            count = count + 1 if now - last < _FORGIVEN_AFTER else 1
            if len(self._failures) >= _REMEMBERED:
                del self._failures[next(iter(self._failures))]
            self._failures[address] = count, now
            return count

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        with self._lock:
            self._failures.pop(address, None)
