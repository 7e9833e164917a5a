"""The loop of the daemon: look at start, at every hint, and every so often; until told to stop.

An order to stop finishes the pass under way first; settings are read anew between two passes.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from syncd.core.errors import FatalError, SyncdError
from syncd.core.runs import Trigger
from syncd.daemon.notify import Notifier
from syncd.daemon.orders import Orders
from syncd.intake.watch import Watcher

_TICK = 0.25
"""Seconds between two looks at whether to stop."""

_RETRY = 1.0
"""Seconds until a folder that could not be watched is tried again."""

_LATE = 2
"""Rescan intervals after which the loop looks by its own steady clock: the scheduler's may have been set back."""

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
    wakes: triggers of APScheduler, at whose times there is something to do.
    """

    sync: Path
    rescan: float = 60.0
    quiet: float = 1.0
    debounce: float = 0.2
    polling: bool = False
    timezone: tzinfo = UTC
    wakes: tuple[Any, ...] = ()


Reread = Callable[[], DaemonSettings]
"""Reads the settings anew; raises SyncdError where they are wrong, and then the old ones hold."""


def run(
    app: DaemonApp,
    settings: DaemonSettings,
    orders: Orders,
    reread: Reread | None = None,
    wake: threading.Event | None = None,
) -> None:
    """Keep the app going until it is ordered to stop; the pass under way is finished first.

    reread: how the settings are read anew; None where there is nothing to be read. wake: set by
    whoever knows that files came.

    Raises:
        FatalError: going on could lose something.
        SyncdError: what a crash left could not be finished.
    """
    notifier = Notifier(os.environ)
    loop = _Loop(app, settings, notifier, orders, wake or threading.Event())
    loop.reread = reread
    try:
        loop.run()
    finally:
        notifier.stopping()


class _Loop:
    """One life of the daemon."""

    def __init__(
        self,
        app: DaemonApp,
        settings: DaemonSettings,
        notifier: Notifier,
        orders: Orders,
        wake: threading.Event,
    ) -> None:
        self._app = app
        self._settings = settings
        self._notifier = notifier
        self._orders = orders
        self._wake = wake
        self._due = threading.Event()
        self._watcher = Watcher(settings.sync, self._wake, polling=settings.polling)
        self._next_look = time.monotonic()
        self._last_tick = time.monotonic()
        self._next_check = time.monotonic()
        self._watched: bool | None = None
        self._busy = True
        self._scheduler = BackgroundScheduler(timezone=settings.timezone)
        self._wrong = ""
        self.reread: Reread | None = None

    def run(self) -> None:
        """Recover, then look until told to stop."""
        self._schedule()
        self._scheduler.start()
        try:
            # Ready at once: recovering may take longer than systemd waits for a start, and files may come meanwhile.
            self._notifier.ready()
            self._notifier.status("finishing what was left half done")
            self._app.recover()
            self._busy = False
            self._due.set()
            while not self._orders.stopped:
                self._tick()
        finally:
            self._scheduler.shutdown()
            self._watcher.stop()

    def _tick(self) -> None:
        self._last_tick = time.monotonic()
        if self._orders.take_reread():
            self._read_anew()
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
        if not self._orders.stopped:
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
            self._notifier.status(f"watching {self._settings.sync}{self._wrong}")
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

    def _read_anew(self) -> None:
        """Take new settings; wrong ones leave everything as it is, and that is said until they are right."""
        if self.reread is None:
            return
        self._notifier.reloading()
        try:
            settings = self.reread()
        except SyncdError as error:
            self._wrong = f"; the settings could not be read anew and the old ones hold: {error}"
            _log.error("settings not read anew, the old ones hold", reason=str(error))
        else:
            self._wrong = ""
            self._take(settings)
            _log.info("settings read anew")
        self._notifier.ready()
        self._notifier.status(f"watching {self._settings.sync}{self._wrong}")

    def _take(self, settings: DaemonSettings) -> None:
        if (settings.sync, settings.polling) != (self._settings.sync, self._settings.polling):
            self._watcher.stop()
            self._watcher = Watcher(settings.sync, self._wake, polling=settings.polling)
            self._watched = None
        self._settings = settings
        self._schedule()
        self._due.set()

    def _schedule(self) -> None:
        """Make the jobs anew: rescans, the times of the feeds, and signs of life."""
        once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler.remove_all_jobs()
        self._scheduler.add_job(self._due.set, "interval", seconds=self._settings.rescan, **once)
        for trigger in self._settings.wakes:
            self._scheduler.add_job(self._due.set, trigger, **once)
        if self._notifier.watchdog:
            self._scheduler.add_job(self._beat, "interval", seconds=self._notifier.watchdog / 2, **once)

    def _beat(self) -> None:
        if self._busy or time.monotonic() - self._last_tick < self._notifier.watchdog:
            self._notifier.alive()
