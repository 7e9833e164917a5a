"""The loop of the daemon: look at start, at every hint, and every so often; until told to stop."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from types import FrameType
from typing import Protocol, runtime_checkable

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from syncd.core.errors import FatalError, SyncdError
from syncd.core.runs import Trigger
from syncd.daemon.notify import Notifier
from syncd.intake.watch import Watcher

_TICK = 0.25
"""Seconds between two looks at whether to stop."""

_RETRY = 1.0
"""Seconds until a folder that could not be watched is tried again."""

_LATE = 2
"""Rescan intervals after which the loop looks by its own steady clock: the scheduler's may have been set back."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = structlog.get_logger(__name__)


class DaemonApp(Protocol):
    """What the daemon keeps going."""

    def recover(self) -> None:
        """Finish what a crash or a stop left half done."""

    def sync(self, trigger: Trigger) -> object:
        """Do one pass over the drop folder; what comes back may be `Unsettled`."""


@runtime_checkable
class Unsettled(Protocol):
    """What a pass may return to say that some files stay only because they still change."""

    @property
    def unsettled(self) -> bool:
        """Whether another look soon is worth it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonSettings:
    """What the daemon watches and how often it looks.

    sync: the drop folder. rescan: seconds between two looks without any hint. quiet: seconds
    until files that still change are looked at again. debounce: seconds from a hint to the
    look, so that a burst is one. polling: for network file systems, where the kernel gives no hints.
    """

    sync: Path
    rescan: float = 60.0
    quiet: float = 1.0
    debounce: float = 0.2
    polling: bool = False
    timezone: tzinfo = UTC


def run(app: DaemonApp, settings: DaemonSettings, stop: threading.Event) -> None:
    """Keep the app going until `stop` is set, by a signal or by the caller; the pass under way is finished first.

    Raises:
        FatalError: going on could lose something.
        SyncdError: what a crash left could not be finished.
    """
    notifier = Notifier(os.environ)
    with _signals(stop):
        try:
            _Loop(app, settings, notifier, stop).run()
        finally:
            notifier.stopping()


class _Loop:
    """One life of the daemon."""

    def __init__(self, app: DaemonApp, settings: DaemonSettings, notifier: Notifier, stop: threading.Event) -> None:
        self._app = app
        self._settings = settings
        self._notifier = notifier
        self._stop = stop
        self._wake = threading.Event()
        self._due = threading.Event()
        self._watcher = Watcher(settings.sync, self._wake, polling=settings.polling)
        self._next_look = time.monotonic()
        self._last_tick = time.monotonic()
        self._next_check = time.monotonic()
        self._watched: bool | None = None
        self._busy = True

    def run(self) -> None:
        """Recover, then look until told to stop."""
        scheduler = self._scheduler()
        scheduler.start()
        try:
            # Ready at once: recovering may take longer than systemd waits for a start, and files may come meanwhile.
            self._notifier.ready()
            self._notifier.status("finishing what was left half done")
            self._app.recover()
            self._busy = False
            self._due.set()
            while not self._stop.is_set():
                self._tick()
        finally:
            scheduler.shutdown()
            self._watcher.stop()

    def _tick(self) -> None:
        self._last_tick = time.monotonic()
        self._keep_watch()
        if time.monotonic() >= self._next_look:
            self._wake.set()
        if not (self._wake.wait(_TICK) or self._due.is_set()):
            return
        if not self._due.is_set():
            time.sleep(self._settings.debounce)
        trigger = Trigger.SCHEDULE if self._due.is_set() else Trigger.WATCH
        self._wake.clear()
        self._due.clear()
        if not self._stop.is_set():
            self._pass(trigger)

    def _keep_watch(self) -> None:
        """Watch the folder that has the name now; without a watch the rescans go on."""
        if time.monotonic() < self._next_check:
            return
        watched = self._watcher.check()
        if watched != self._watched:
            note = _log.info if watched else _log.warning
            note("drop folder watched" if watched else "drop folder not watched", rescan=self._settings.rescan)
        self._watched = watched
        self._next_check = time.monotonic() + (_TICK if watched else _RETRY)

    def _pass(self, trigger: Trigger) -> None:
        self._busy = True
        try:
            result = self._app.sync(trigger)
            unsettled = isinstance(result, Unsettled) and result.unsettled
            self._notifier.status(f"watching {self._settings.sync}")
        except FatalError:
            raise
        except SyncdError as error:
            unsettled = False
            self._failed(error)
            _log.warning("pass failed", trigger=trigger.value, reason=str(error))
        except Exception as error:  # noqa: BLE001 - the daemon outlives a pass that fails, whatever the reason
            unsettled = False
            self._failed(error)
            _log.error("pass failed", trigger=trigger.value, exc_info=error)
        finally:
            self._busy = False
        wait = self._settings.quiet if unsettled else _LATE * self._settings.rescan
        self._next_look = time.monotonic() + wait

    def _failed(self, error: Exception) -> None:
        self._notifier.status(f"the last pass failed: {error}")

    def _scheduler(self) -> BackgroundScheduler:
        """Return the schedule: rescans, and signs of life while the loop turns or a pass is under way."""
        scheduler = BackgroundScheduler(timezone=self._settings.timezone)
        once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler.add_job(self._due.set, "interval", seconds=self._settings.rescan, **once)
        if self._notifier.watchdog:
            scheduler.add_job(self._beat, "interval", seconds=self._notifier.watchdog / 2, **once)
        return scheduler

    def _beat(self) -> None:
        if self._busy or time.monotonic() - self._last_tick < self._notifier.watchdog:
            self._notifier.alive()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set `stop`; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        # Nobody waits on this event, so a signal cannot meet its lock held, except by itself.
        if not stop.is_set():
            stop.set()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
