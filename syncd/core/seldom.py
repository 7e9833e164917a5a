"""Telling events that may come a thousand times a minute, without a line for each: nobody may fill the log."""

import threading

_FIRST = 5
"""So many of a kind are told one by one; of more, those that double their number."""

_QUIET = 600.0
"""Seconds without another one after which they are counted anew."""

_REMEMBERED = 10_000
"""Kinds of which the number is remembered; of more, the one is forgotten that was silent for longest."""


class Seldom:
    """Says which of many alike events are worth a line; used by several threads at once."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def tells(self, kind: str, now: float) -> int:
        """Count an event; return how many of its kind there were of late if it should be told, otherwise 0.

        now: seconds by a clock that only goes forward.
        """
        with self._lock:
            count, last = self._counts.pop(kind, (0, now))
            count = count + 1 if now - last < _QUIET else 1
            if len(self._counts) >= _REMEMBERED:
                del self._counts[next(iter(self._counts))]
            self._counts[kind] = count, now
        return count if count <= _FIRST or count & (count - 1) == 0 else 0
