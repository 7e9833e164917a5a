"""The application: an open home, and everything that can be asked of it."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self

import structlog
from filelock import FileLock, Timeout

from syncd.app import building, reading
from syncd.app.admission import Asked, Schedules
from syncd.app.backup import Backup
from syncd.app.boxes import Boxes
from syncd.app.building import Progress, StepLog
from syncd.app.deliveries import Pass, RunReport, Told
from syncd.app.expecting import Expecting
from syncd.app.fetching import Fetching
from syncd.app.logs import configure, log_pruned
from syncd.app.looking import Looking
from syncd.app.mailing import Mailing
from syncd.app.pruning import Daily, Pruned
from syncd.app.pulse import Pulse
from syncd.app.reception import Around, Reception
from syncd.app.status import Standing
from syncd.app.telling import Telling
from syncd.app.undelivered import Undelivered
from syncd.app.witness import DAEMON, witnessed
from syncd.app.workshop import Workshop
from syncd.config.home import Home
from syncd.config.template import template
from syncd.core.audit import Deed
from syncd.core.errors import LockedError, PassingError, SyncdError, UsageError
from syncd.core.runs import UNDO, Trigger
from syncd.intake.gate import Recollection
from syncd.store.store import Store

_PATIENCE = 60.0
"""Seconds that a decision of a person waits for a pass that is under way."""

_TURN = 5.0
"""Seconds that the daemon waits for a command that is at work; then its turn comes with the next pass."""


class App(Looking):
    """An open home. A context manager: leaving it closes everything."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._journal = StepLog()
        self._worked = False
        self._pulse = Pulse(home.state)
        self._locks = Recollection()
        self._box_locks: dict[str, Recollection] = {}
        self._daily = Daily(time.monotonic, self._now)
        self.mailing = Mailing(home, lambda: self._settings, self._now)
        """The mail of the home."""
        self.telling = Telling(home.state / "incidents.json", self.mailing.tell, self._now)
        """The way to alarm people."""
        self.undelivered = Undelivered(self.mailing, self.telling, lambda: self.store)
        """The letters that wait or were set aside."""
        around = Around(home, lambda: self._settings, lambda: self.store, self.telling, self._now)
        self.reception = Reception(around)
        """The SFTP server, which runs in the daemon."""
        self.fetching = Fetching(around, self.reception.delivered)
        """The pulls."""

    @classmethod
    def open(cls, home: Path) -> "App":
        """Open a home.

        Raises:
            UsageError: the configuration is wrong, or there is no such folder.
        """
        if not home.is_dir():
            raise UsageError(f"there is no folder {home}; make a home of it with: syncd init --home {home}")
        configure(logging.WARNING)
        return cls(Home(home.absolute()))

    @staticmethod
    def init(home: Path) -> list[Path]:
        """Make what is missing of a home: folders, commented settings, database. Return what was made."""
        place = Home(home.absolute())
        made = [f for f in (place.path, place.sync, place.reports, place.archives, place.state) if not f.exists()]
        for folder in made:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700 if folder == place.state else 0o770)
        if not place.config_file.exists():
            place.config_file.parent.mkdir(exist_ok=True)
            place.config_file.write_text(template(), encoding="utf-8")
            made.append(place.config_file)
        had_database = place.database.exists()
        with App.open(home) as app:
            app.store.seq()
            if made:
                app.store.record_entry(witnessed(Deed.INIT, app._now(), detail=str(place.path)))
        if place.database.exists() and not had_database:
            made.append(place.database)
        return made

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what a command wrote, if it worked any file, and close everything."""
        if self._worked and (kind is None or issubclass(kind, SyncdError)):
            self.undelivered.deliver(hasty=True)
        self._open.close()

    def reload(self) -> None:
        """Read the settings anew; where they are wrong, the old ones hold, and that is told.

        Raises:
            UsageError: what is wrong.
        """
        self._settings = reading.anew(self._home, self._settings, self.telling)
        with suppress(PassingError):
            self.store.record_entry(witnessed(Deed.RELOAD, self._now(), how=DAEMON))

    def recover(self) -> None:
        """Finish what a crash or a stop left half done; where another syncd is at work, that one does it."""
        with suppress(LockedError), self.telling.unless_it_fails(), self._working(None) as workshop:
            workshop.resume()
            self.mailing.caught_up = True
            self.telling.all_clear(reading.WRONG)

    def sync(self, trigger: Trigger = Trigger.CLI, progress: Progress | None = None, feed: str = "") -> Pass:
        """Do one pass: finish what was left, claim what is in sync/, work it in order of dependence.

        feed: take only the files of this one. Without, a person gets all that is ready, and the daemon
        leaves those of feeds whose time has not come.

        Raises:
            UsageError: there is no such feed.
            LockedError: another syncd works on this home.
        """
        by_hand = trigger is Trigger.CLI
        self.reception.keep()
        with self.telling.unless_it_fails(), self._working(progress, patience=0 if by_hand else _TURN) as workshop:
            asked = Asked(by_hand=by_hand, feed=feed, first={} if by_hand else self.fetching.pending())
            schedules = Schedules(self._home.state, self._settings, self._now())
            done = workshop.one_pass(trigger, schedules.admit(asked))
            done = replace(done, alarms=(*done.alarms, *self._expecting().tell(self.telling)))
            if not by_hand and self._daily.is_due():
                self._tidy()
            self._pulse.passed(done, trigger, self._now())
            self.mailing.caught_up = True
        return done

    def sync_files(
        self,
        files: list[Path],
        told: Told,
        dry_run: bool,  # noqa: FBT001
        progress: Progress | None = None,
    ) -> list[RunReport]:
        """Work these files as one delivery, as if dropped; or only plan and weigh them, leaving no trace.

        Raises:
            UsageError: what is told of the files makes no sense.
            LockedError: another syncd works on this home.
        """
        if told.operation == UNDO:
            raise UsageError("an undo takes no file; to take back what a run did: syncd undo RUN")
        building.recognition(self._settings).demand_known(told.dialect, told.object, told.operation, told.options)
        if dry_run:
            self._journal.show = progress
            return self._workshop(self._roster_to_look_at(), keep=False).dry_run(files, told)
        with self._working(progress) as workshop:
            workshop.resume()
            return _or_raise(*workshop.work(workshop.deposit(files, told)))

    def check(self, files: list[Path], told: Told, progress: Progress | None = None) -> list[RunReport]:
        """Read and check these files without a roster; UsageError where what is told of them makes no sense."""
        self._journal.show = progress
        return building.checked(self._settings, files, told, self._journal)

    def requeue(self, ref: str, by: str) -> list[RunReport]:
        """Work a tryback, or the files of a run, again: as one run, or several where they belong together no more."""
        with self._working(None) as workshop:
            workshop.resume()
            return _or_raise(*workshop.requeue(ref, by))

    def undo(self, id: int, by: str, reason: str, show: Callable[[RunReport], None]) -> RunReport:
        """Take back what a run did, as a run of its own; `show` is told first what will be done.

        Raises:
            UsageError: the run cannot be undone.
        """
        with self._working(None, patience=_PATIENCE) as workshop:
            workshop.resume()
            return workshop.undo(id, by, reason, show)

    def plan_undo(self, id: int, by: str, reason: str) -> RunReport:
        """Return what an undo would do, leaving no trace."""
        return self._workshop(self.store, keep=False).plan_undo(id, by, reason)

    def approve(self, id: int, by: str, reason: str) -> RunReport:
        """Carry out the plan of a held run, exactly as it was shown."""
        with self._working(None, patience=_PATIENCE) as workshop:
            return workshop.decide(id, by, reason, approve=True)

    def reject(self, id: int, by: str, reason: str) -> RunReport:
        """End a held run; nothing of it is applied."""
        with self._working(None, patience=_PATIENCE) as workshop:
            return workshop.decide(id, by, reason, approve=False)

    def status(self) -> dict[str, Any]:
        """Return how things stand; nothing is made, and what is broken is told."""
        return Standing(
            home=self._home,
            settings=self._settings,
            now=self._now(),
            open_store=lambda: self.store,
            telling=self.telling,
            mailing=self.mailing,
        ).status()

    def prune(self, dry_run: bool) -> Pruned:  # noqa: FBT001
        """Remove what has been kept long enough, or only tell what would go."""
        with self._working(None, patience=_PATIENCE):
            return building.pruning(self._home, self._settings, self.store, really=not dry_run).run()

    def backup(self, file: Path, bulky: bool) -> Backup:  # noqa: FBT001
        """Copy the home into one new file. bulky: reports and archives, too.

        Raises:
            UsageError: there is such a file already.
            LockedError: another syncd worked for too long.
        """
        quiet = partial(self._working, None, patience=_PATIENCE)
        return building.copying(self._home, self._settings, self.store, quiet).to(file.absolute(), bulky=bulky)

    @contextmanager
    def as_daemon(self, wake: Event | None = None) -> Iterator[None]:
        """Be the daemon of the home while the block lasts. wake: set when there is something to take."""
        with self._pulse.beating(self._now()), self.reception.open(wake or Event()):
            yield

    def _tidy(self) -> None:
        try:
            log_pruned(building.pruning(self._home, self._settings, self.store).run())
        except PassingError as error:
            structlog.get_logger("syncd.prune").warning("not everything was pruned", reason=str(error))

    def _expecting(self) -> Expecting:
        return Expecting(self._home.state, self._settings, self.store, self._now())

    def _now(self) -> datetime:
        return building.clock(self._settings).now()

    @contextmanager
    def _working(self, progress: Progress | None, patience: float = 0) -> Iterator[Workshop]:
        """Hold the home's lock: one syncd at a time takes and works files.

        Raises:
            LockedError: another one has it.
        """
        self._home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._journal.show = progress
        try:
            with FileLock(self._home.state / "home.lock", timeout=patience):
                self._worked = True
                yield self._workshop(self.store)
        except Timeout:
            raise LockedError(
                f"another syncd is at work in {self._home.path}; nothing was taken: wait for it, or look: syncd status"
            ) from None

    def _workshop(self, store: Store, *, keep: bool = True) -> Workshop:
        """Build the workshop; with `keep` off it writes nothing of its own."""
        return Workshop(
            self._home,
            store,
            building.drop_folder(self._home, self._settings, self._locks),
            Boxes(self._home, self._settings, self._now, self._box_locks, self.reception.delivered),
            building.pipeline(
                self._home,
                self._settings,
                store,
                building.Hearers(self._journal, self.mailing.letters()),
                building.secret_of(self._home, keep=keep),
            ),
            self.telling,
        )


def _or_raise(reports: list[RunReport], troubles: list[str]) -> list[RunReport]:
    if troubles:
        raise PassingError("\n".join(troubles))
    return reports
