"""Watching the drop folder: an event says *look again*, nothing more; a scan decides.

Events get lost (a full kernel queue, a network file system), so nobody may rely on them;
they only make things quick.
"""

import os
import re
import threading
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from syncd.core.handshake import LOCK, SENDER_LOCK, is_left_alone

_SOON = [FileClosedEvent, FileMovedEvent, FileCreatedEvent, FileDeletedEvent, DirCreatedEvent]
_POLLED = [*_SOON, FileModifiedEvent]

_NAMELESS = re.compile(r"#\d+")
"""How the kernel calls a file made without a name, as our `lock.txt` is at first, when it is closed."""


class _Hint(FileSystemEventHandler):
    """Sets the event and returns at once: whatever takes longer here delays every event behind it."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake for what came or changed; not for our own `lock.txt`, names left alone, and files that we took away."""
        name = os.path.basename(os.fsdecode(event.dest_path or event.src_path))  # noqa: PTH119 - runs per event
        taken_away = isinstance(event, FileDeletedEvent) and name != SENDER_LOCK
        if not (taken_away or name == LOCK or is_left_alone(name) or _NAMELESS.fullmatch(name)):
            self._wake.set()


class Watcher:
    """Watches one folder, also when it is deleted and made again."""

    def __init__(self, folder: Path, wake: threading.Event, *, polling: bool = False) -> None:
        """Watch nothing yet.

        Args:
            folder: the drop folder.
            wake: set at every hint that something came.
            polling: compare listings instead of asking the kernel: for network file systems.
        """
        self._folder = folder
        self._hint = _Hint(wake)
        self._wake = wake
        self._polling = polling
        self._observer: BaseObserver | None = None
        self._identity: tuple[int, int] | None = None

    def check(self) -> bool:
        """Watch the folder that has the name now; tell whether it is watched.

        To be called now and then: a folder that was deleted and made again needs a new
        watch, and what came in between a new look. Costs one `stat` while nothing changed.
        """
        identity = self._standing()
        if identity is not None and identity == self._identity and self._is_alive():
            return True
        self.stop()
        if identity is None:
            return False
        try:
            observer = PollingObserver() if self._polling else Observer()
            observer.schedule(self._hint, str(self._folder), event_filter=_POLLED if self._polling else _SOON)
            observer.start()
        except OSError:
            return False
        self._observer, self._identity = observer, identity
        self._wake.set()
        return True

    def stop(self) -> None:
        """Stop watching."""
        observer, self._observer, self._identity = self._observer, None, None
        if observer is not None:
            observer.stop()
            observer.join()

    def _standing(self) -> tuple[int, int] | None:
        try:
            status = self._folder.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _is_alive(self) -> bool:
        observer = self._observer
        return observer is not None and observer.is_alive() and all(e.is_alive() for e in observer.emitters)
