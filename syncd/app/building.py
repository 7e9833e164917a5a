"""Build what a home needs, from its settings."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo
from functools import partial
from pathlib import Path

import structlog

from syncd.app.backup import Copying
from syncd.app.deliveries import RunReport, Told, run_of_file
from syncd.app.pruning import Pruning
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.config.values import without_password
from syncd.core.claims import Foreign
from syncd.core.feeds import routed
from syncd.core.retention import Keeping
from syncd.core.runs import Run, Trigger
from syncd.dialects.registry import DIALECTS
from syncd.engine.checking import check_file
from syncd.engine.pipeline import Pipeline
from syncd.engine.recognising import Recognition
from syncd.engine.tally import Tally
from syncd.engine.world import Policy, World
from syncd.formats.dialect import Dialect
from syncd.formats.options import Options
from syncd.intake.drop import DropFolder, DropSettings
from syncd.intake.gate import Recollection
from syncd.outputs.artefacts import Artefacts
from syncd.outputs.mail.letters import Letters
from syncd.outputs.mail.outbox import Outbox
from syncd.store.memory_files import MemoryFiles
from syncd.store.picture_files import PictureFiles
from syncd.store.plan_files import PlanFiles
from syncd.store.store import Store

_SECRET_BYTES = 32

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LocalClock:
    """The time in the zone of the settings. Whatever compares times of now takes them from here."""

    zone: tzinfo

    def now(self) -> datetime:
        """Return local time with its offset, as it is stored.

        The offset is fixed: Python adds to and subtracts from times of one zone by the clock on the wall, so that
        spans over the night of a change to or from summer time would be an hour off.
        """
        local = datetime.now(self.zone)
        return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)), fold=0)


@dataclass(slots=True)
class StepLog:
    """A journal that logs the steps of runs and passes them to whoever shows progress."""

    show: Progress | None = None

    def reached(self, run: Run, step: str) -> None:
        """Take note of a step."""
        structlog.get_logger("syncd.run").debug("step", run=run.id, file=run.title, step=step)
        self.progress(run, step, 0, 0)

    def progress(self, run: Run, step: str, done: int, total: int) -> None:
        """Pass on how far a long step has come."""
        if self.show:
            self.show(f"{run.title}: {step}", done, total)


@dataclass(frozen=True, slots=True)
class Hearers:
    """Who hears of runs: at every step, and once they are over or held."""

    journal: StepLog
    letters: Letters


def pipeline(home: Home, settings: Settings, store: Store, hearers: Hearers, secret: bytes) -> Pipeline:
    """Build the pipeline of a home. secret: the key of the installation."""
    return Pipeline(
        World(
            store=store,
            memories=MemoryFiles(home.state / "memory"),
            plans=plans(home),
            artefacts=Artefacts(home.path),
            contents=PictureFiles(home.pictures),
            tally=Tally(store),
            letters=hearers.letters,
            clock=clock(settings),
            journal=hearers.journal,
            policy=Policy(
                limits=settings.limits(),
                foreign=Foreign.UPDATE if settings.roster.may_touch_others else Foreign.REFUSE,
                data_source=settings.roster.data_source,
                recognition=recognition(settings),
                secret=secret,
                feeds={feed.name: feed for feed in settings.feeds()},
            ),
        )
    )


def clock(settings: Settings) -> LocalClock:
    """Build the clock of a home."""
    return LocalClock(settings.roster.zone())


def keeping(settings: Settings, feed: str) -> Keeping:
    """Return how long what the runs of a feed left behind is kept."""
    base = settings.keep.keeping()
    table = next((table for table in settings.feed_tables if table.name == feed), None)
    if table is None:
        return base
    kept = {what: table.kept(what, getattr(base, what)) for what in ("archives", "reports")}
    return replace(base, **kept)


def pruning(home: Home, settings: Settings, store: Store, *, really: bool = True) -> Pruning:
    """Build what removes that which has been kept long enough; or, not really, tells what would go."""
    return Pruning(
        home=home,
        store=store,
        plans=plans(home),
        outbox=Outbox(home.state / "outbox"),
        memories=MemoryFiles(home.state / "memory"),
        pictures=PictureFiles(home.pictures),
        keeping=partial(keeping, settings),
        now=clock(settings).now(),
        really=really,
    )


def copying(
    home: Home, settings: Settings, store: Store, quiet: Callable[[], AbstractContextManager[object]]
) -> Copying:
    """Build what makes a backup. quiet: makes the context in which no other syncd works."""
    url = settings.store.url_for(home)
    path = url.removeprefix("sqlite:///")
    return Copying(
        home=home,
        store=store,
        database=None if path == url else Path(path),
        address=without_password(url),
        quiet=quiet,
        now=clock(settings).now(),
    )


def plans(home: Home) -> PlanFiles:
    """Build the keeper of plans."""
    return PlanFiles(home.state / "runs")


def checked(settings: Settings, files: Iterable[Path], told: Told, journal: StepLog) -> list[RunReport]:
    """Read and check files without a roster; nothing is written."""
    known, now = recognition(settings), clock(settings).now
    known.demand_known(told.dialect, told.object, told.operation, told.options)
    reports = []
    for file in files:
        run = replace(routed(run_of_file(file.name, told, Trigger.CLI, now()), settings.feeds()), started=now())
        journal.reached(run, "check")
        run, found = check_file(run, file, known)
        reports.append(RunReport(run=replace(run, finished=now()), load_findings=found.clone))
    return reports


def drop_folder(home: Home, settings: Settings, known: Recollection) -> DropFolder:
    """Build the drop folder of a home. known: what this process knows of its locks."""
    return DropFolder(
        DropSettings(
            sync=home.sync,
            work=home.work,
            quiet=settings.drop.quiet.total_seconds(),
            stale_after=settings.drop.stale_after.total_seconds(),
        ),
        clock(settings).now,
        known=known,
    )


def recognition(settings: Settings) -> Recognition:
    """Build what finds out what files are, under the options that the settings give each dialect."""
    bases = {name: _base(dialect, settings) for name, dialect in DIALECTS.items()}

    def options_for(dialect: str, said: Mapping[str, str]) -> Options:
        return DIALECTS[dialect].options.from_text(said, bases[dialect])

    return Recognition(dialects=DIALECTS, options_for=options_for)


def _base(dialect: Dialect, settings: Settings) -> Options:
    """Return the options of a dialect that hold where nothing is said of a delivery."""
    return replace(
        dialect.options.from_text(settings.options_of(dialect.name)),
        zone=str(settings.roster.zone()),
        roles=settings.roster.roles,
        methods=settings.roster.methods,
        protected_users=tuple(name.lower() for name in settings.roster.protected_users),
        archive_limits=settings.pictures.limits(),
    )


def secret_of(home: Home, *, keep: bool) -> bytes:
    """Return the key of this installation. It is made when it is first needed; with `keep` off, only for this once."""
    path = home.state / "secret"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = secrets.token_bytes(_SECRET_BYTES)
        if not keep:
            return made
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
        return made
