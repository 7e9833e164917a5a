"""Files that were delivered just now: they can still be asked about, though they may be taken at once.

Clients look after a file that they sent, and set its time, when it is closed; to be told that there is none would
make them send it again.
"""

import os
import time
from collections.abc import Callable

_SECONDS = 30.0


class Recent:
    """What delivered files were like, for half a minute. steady: seconds by a clock that never jumps."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._known: dict[str, tuple[os.stat_result, float]] = {}

    def remember(self, name: str, status: os.stat_result) -> None:
        """Note what a file is like."""
        now = self._steady()
        self._known.pop(name, None)
        self._known[name] = status, now
        while now - next(iter(self._known.values()))[1] > _SECONDS:
            del self._known[next(iter(self._known))]

    def forget(self, name: str) -> None:
        """Note that a file was taken back."""
        self._known.pop(name, None)

    def status(self, name: str) -> os.stat_result | None:
        """Return what a file was like; None where none of that name was delivered just now."""
        status, since = self._known.get(name, (None, 0.0))
        return status if self._steady() - since <= _SECONDS else None

    def set_times(self, name: str, times: tuple[int, int]) -> bool:
        """Note other times of access and change; tell whether such a file is known."""
        known = self.status(name)
        if known is None:
            return False
        plain = list(known)
        plain[7:9] = times
        self._known[name] = os.stat_result(plain), self._known[name][1]
        return True
