"""Writing the audit of what comes in from outside, on a thread: nobody who sends files waits for the database."""

import queue
import threading
import time
from collections.abc import Callable

import structlog

from syncd.core.audit import Entry
from syncd.core.errors import SyncdError
from syncd.core.seldom import Seldom

_MOST = 100_000
"""Entries that wait at most, should the database be away for long; the log has them all the same."""

_LINGER = 0.2
"""Seconds for which an entry waits for others: a commit for each would slow down who sends many files."""

_TOGETHER = 500
_PAUSE = 1.0
"""Seconds until a database that refused is tried again."""

_FAREWELL = 5.0

_log = structlog.get_logger(__name__)


class Scribe:
    """Keeps entries in order until the database takes them. write: writes several, all or none."""

    def __init__(self, write: Callable[..., None]) -> None:
        self._write = write
        self._waiting: queue.Queue[Entry | None] = queue.Queue(_MOST)
        self._seldom = Seldom()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end; where the database is away, what waits is in the log alone."""
        self._stop.set()
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            _log.error("audit entries are lost", count=_MOST)
        self._thread.join(_FAREWELL)

    def note(self, entry: Entry) -> None:
        """Take an entry to be written."""
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            if count := self._tells("full"):
                _log.error("audit entry is lost", what=entry.what.value, who=entry.who, file=entry.file, count=count)

    def _run(self) -> None:
        over = False
        while not over:
            entries = self._gathered()
            over = entries[-1] is None
            wanted = [entry for entry in entries if entry]
            while wanted and not self._written(wanted):
                if self._stop.wait(_PAUSE):
                    return

    def _gathered(self) -> list[Entry | None]:
        """Return what waits, at least one entry; those that come at about the same time are written together."""
        entries = [self._waiting.get()]
        if entries[0] is not None:
            self._stop.wait(_LINGER)
        while entries[-1] is not None and len(entries) < _TOGETHER and not self._waiting.empty():
            entries.append(self._waiting.get())
        return entries

    def _written(self, entries: list[Entry]) -> bool:
        try:
            self._write(*entries)
        except SyncdError as error:
            if tries := self._tells("away"):
                waiting = len(entries) + self._waiting.qsize()
                _log.warning("audit entries wait", count=waiting, tries=tries, reason=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - some entries that cannot be written must not end all others
            if times := self._tells("refused"):
                _log.error("audit entries are lost", count=len(entries), times=times, exc_info=error)
        return True

    def _tells(self, kind: str) -> int:
        return self._seldom.tells(kind, time.monotonic())
