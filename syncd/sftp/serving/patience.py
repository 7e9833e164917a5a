"""Making those wait who guess."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

_SHORTEST, _LONGEST = 0.05, 3.0
_DOUBLINGS = 10
_FORGIVEN_AFTER = 600.0
_REMEMBERED = 10_000
"""Addresses of which failures are remembered."""

_LOOK = 0.5
"""Seconds until somebody who waits for a turn notices that the connection is over."""


@dataclass(slots=True)
class _Failures:
    """The failures of an address, by account, and when the last one was."""

    counts: dict[str, int] = field(default_factory=dict)
    last: float = 0.0


class Patience:
    """One guess of an address at a time; each failure doubles the time until the next, up to three seconds.

    Ten minutes without another one forgive all of them; a success those of its own account.
    """

    def __init__(
        self,
        pause: Callable[[Event, float], object] = Event.wait,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause
        self._now = now
        self._failures: dict[str, _Failures] = {}
        self._queues: dict[str, deque[object]] = {}
        self._lock = threading.Condition()

    @contextmanager
    def turn(self, address: str, over: Event) -> Iterator[bool]:
        """Wait for the turn of a guess, and as long as its address has deserved; the block is the guess.

        Gives False where the connection was ended meanwhile. over: set then, so it says how long a wait is at most.
        """
        ticket = object()
        with self._lock:
            queue = self._queues.setdefault(address, deque())
            queue.append(ticket)
        try:
            with self._lock:
                while queue[0] is not ticket and not over.is_set():
                    self._lock.wait(_LOOK)
                deserved = self._deserved(address)
            if deserved and not over.is_set():
                self._pause(over, deserved)
            yield not over.is_set()
        finally:
            with self._lock:
                queue.remove(ticket)
                if not queue:
                    del self._queues[address]
                self._lock.notify_all()

    def failed(self, address: str, account: str) -> None:
        """Note a failure. account: "" for all names that are none."""
        with self._lock:
            known = self._failures.pop(address, None)
            if known is None or self._now() - known.last >= _FORGIVEN_AFTER:
                known = _Failures()
            if len(self._failures) >= _REMEMBERED:
                del self._failures[next(iter(self._failures))]
            known.counts[account] = known.counts.get(account, 0) + 1
            known.last = self._now()
            self._failures[address] = known

    def succeeded(self, address: str, account: str) -> None:
        """Forget the failures of an account from an address, not those of the address with others."""
        with self._lock:
            if known := self._failures.get(address):
                known.counts.pop(account, None)

    def _deserved(self, address: str) -> float:
        known = self._failures.get(address)
        if known is None or self._now() - known.last >= _FORGIVEN_AFTER:
            return 0.0
        count = sum(known.counts.values())
        return min(_LONGEST, _SHORTEST * 2 ** min(count, _DOUBLINGS)) if count else 0.0
