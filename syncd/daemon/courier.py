"""The courier: sends letters, and fetches files, on a thread of its own, so that no pass waits for a server."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import structlog

_LOOK = 30.0
"""Seconds between two looks: another process may have put a letter into the outbox."""

_PAUSE = 1.0
"""Seconds between two looks at least."""

_FAREWELL = 5.0
"""Seconds that the end of the daemon waits for the letter that is under way."""

_log = structlog.get_logger(__name__)


class Deliver(Protocol):
    """Does what is due; returns the seconds until something is due, None for nothing."""

    def __call__(self, *, go_on: Callable[[], bool]) -> float | None:
        """Ask `go_on` before each letter, or each server."""
        ...


class Courier:
    """A context manager: letters are sent while the block lasts, those that come at once."""

    def __init__(self, deliver: Deliver, fresh: threading.Event, what: str = "letters") -> None:
        """Take what sends, the event that says that a letter has come, and the word for what is sent."""
        self._deliver = deliver
        self._fresh = fresh
        self._what = what
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"courier of {what}", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End with the letter that is under way; one that takes too long is sent again by the next process."""
        self._stop.set()
        self._fresh.set()
        self._thread.join(_FAREWELL)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._fresh.clear()
            wait = _LOOK
            try:
                due = self._deliver(go_on=lambda: not self._stop.is_set())
                wait = _LOOK if due is None else min(max(due, _PAUSE), _LOOK)
            except Exception as error:  # noqa: BLE001 - mail never ends the daemon, and is tried again
                _log.error(f"{self._what} not delivered", exc_info=error)
            if not self._stop.is_set():
                self._fresh.wait(wait)
