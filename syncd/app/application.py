"""The application: an open home, and everything that can be asked of it."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from syncd.app import building
from syncd.app.building import Progress, StepLog
from syncd.app.deliveries import Pass, RunReport, Told
from syncd.app.logs import configure
from syncd.app.status import status_of
from syncd.app.workshop import Workshop
from syncd.config.home import Home
from syncd.config.loading import load
from syncd.config.models import Settings
from syncd.config.template import template
from syncd.core.errors import LockedError, PassingError, UsageError
from syncd.core.kinds import Kind
from syncd.core.runs import Run, RunState, Trigger
from syncd.store.store import Store

_PATIENCE = 60.0
"""Seconds that a decision of a person waits for a pass that is under way."""


class App:
    """An open home. A context manager: leaving it closes everything."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._settings = load(home, os.environ).settings
        self._journal = StepLog()
        self._open = ExitStack()

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
        if place.database.exists() and not had_database:
            made.append(place.database)
        return made

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        self._open.close()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    @cached_property
    def store(self) -> Store:
        """The database of the home."""
        self._home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._opened(self._settings.store.url_for(self._home))

    def recover(self) -> None:
        """Finish what a crash or a stop left half done; where another syncd is at work, that one does it."""
        with suppress(LockedError), self._working(None) as workshop:
            workshop.resume()

    def sync(self, trigger: Trigger = Trigger.CLI, progress: Progress | None = None) -> Pass:
        """Do one pass: finish what was left, claim what is in sync/, work it in order of dependence.

        Raises:
            LockedError: another syncd works on this home.
        """
        with self._working(progress) as workshop:
            return workshop.one_pass(trigger)

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
        building.options_reader(self._settings)(told.dialect or "moodle", told.options)
        if dry_run:
            self._journal.show = progress
            return self._workshop(self._roster_to_look_at(), keep=False).dry_run(files, told)
        with self._working(progress) as workshop:
            workshop.resume()
            return _or_raise(*workshop.work(workshop.deposit(files, told)))

    def check(self, files: list[Path], told: Told, progress: Progress | None = None) -> list[RunReport]:
        """Read and check these files without a roster."""
        self._journal.show = progress
        return building.checked(self._settings, files, told, self._journal)

    def requeue(self, ref: str, by: str) -> RunReport:
        """Make a new run from a tryback file or from the archived file of a run, and work it."""
        with self._working(None) as workshop:
            workshop.resume()
            return _or_raise(*workshop.requeue(ref, by))[0]

    def runs(self, state: RunState | None = None, limit: int = 50) -> list[Run]:
        """Return runs, the newest first."""
        return self.store.runs(state=state, limit=limit)

    def run(self, id: int) -> RunReport | None:
        """Return one run with its findings."""
        run = self.store.run(id)
        return RunReport(run=run, load_findings=partial(building.plans(self._home).findings, run)) if run else None

    def approve(self, id: int, by: str, reason: str) -> RunReport:
        """Carry out the plan of a held run, exactly as it was shown."""
        with self._working(None, patience=_PATIENCE) as workshop:
            return workshop.decide(id, by, reason, approve=True)

    def reject(self, id: int, by: str, reason: str) -> RunReport:
        """End a held run; nothing of it is applied."""
        with self._working(None, patience=_PATIENCE) as workshop:
            return workshop.decide(id, by, reason, approve=False)

    def records(self, kind: Kind, deleted: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001
        """Return the records of a kind as contract JSON."""
        return self.store.records(kind, deleted=deleted)

    def record(self, kind: Kind, key: str) -> list[dict[str, Any]]:
        """Return the records that a person could mean by this key."""
        return self.store.record(kind, key)

    def status(self) -> dict[str, Any]:
        """Return how things stand."""
        return status_of(self._home, self._settings, self.store)

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
            building.drop_folder(self._home, self._settings),
            building.pipeline(
                self._home, self._settings, store, self._journal, building.secret_of(self._home, keep=keep)
            ),
        )

    def _roster_to_look_at(self) -> Store:
        """Return the roster for a dry run; one not yet made is made elsewhere and thrown away."""
        url = self._settings.store.url_for(self._home)
        path = url.removeprefix("sqlite:///")
        if path == url or Path(path).exists():
            return self.store
        folder = self._open.enter_context(TemporaryDirectory(prefix="syncd-"))
        return self._opened(f"sqlite:///{folder}/empty.db")

    def _opened(self, url: str) -> Store:
        store = Store.open(url)
        self._open.callback(store.close)
        return store


def _or_raise(reports: list[RunReport], troubles: list[str]) -> list[RunReport]:
    if troubles:
        raise PassingError("\n".join(troubles))
    return reports
