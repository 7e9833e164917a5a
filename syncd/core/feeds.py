"""Feeds: what is expected of which files. The first feed whose pattern fits a file's name takes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from syncd.core.claims import Foreign
from syncd.core.limits import Limits
from syncd.core.naming import original_name
from syncd.core.runs import Run

ARRIVAL, HAND = "arrival", "hand"
"""The schedules that are no cron expressions: as soon as a file is there, and only when somebody asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """Which artefacts runs leave behind.

    report, tryback: the files in reports/. archive: off, the delivered file goes not to archives/ but to
    state/kept/, where only syncd reads it: no file is lost (promise 1), whatever is configured.
    """

    report: bool = True
    tryback: bool = True
    archive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A configured kind of file.

    files: shell wildcards, matched against whole names; letter case does not matter. dialect, object,
        operation, data_source: "" where files tell, or the settings of the home. options: of the
        dialect, as text. schedule: "arrival", "hand" or a cron expression. owns: data sources whose records it may
        change, beside its own. foreign: what becomes of records of others; None where it does not say. limits: all
        that hold for it.
    """

    name: str
    files: tuple[str, ...]
    dialect: str = ""
    object: str = ""
    operation: str = ""
    data_source: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    schedule: str = ARRIVAL
    owns: tuple[str, ...] = ()
    foreign: Foreign | None = None
    limits: Limits = field(default_factory=dict)
    keeps: Keeps = Keeps()

    def takes(self, file: str) -> bool:
        """Tell whether a file of this name is of this feed; so is a tryback of such a file."""
        names = {file.casefold(), original_name(file).casefold()}
        return any(fnmatchcase(name, pattern.casefold()) for pattern in self.files for name in names)


def feed_of(feeds: Iterable[Feed], file: str) -> Feed | None:
    """Return the first feed that takes a file, None where none does."""
    return next((feed for feed in feeds if feed.takes(file)), None)


def routed(run: Run, feeds: Iterable[Feed]) -> Run:
    """Return a run with what its feed declares; what was told of the file wins over that.

    `from_feed` names what the feed added, so that a later run of the file is not bound by it.
    """
    feed = feed_of(feeds, run.file)
    if feed is None:
        return run
    plain = {name: getattr(feed, name) for name in ("dialect", "object", "operation", "data_source")}
    added = {name: value for name, value in plain.items() if value and not getattr(run, name)}
    options = {name: value for name, value in feed.options.items() if name not in run.options}
    return replace(
        run,
        feed=feed.name,
        from_feed=(*added, *(f"options.{name}" for name in options)),
        options={**options, **run.options},
        **added,
    )


def as_told(run: Run) -> Mapping[str, str | Mapping[str, str]]:
    """Return what is known of a run's file but for what its feed added: what holds when the file comes again."""
    names = ("dialect", "object", "operation", "data_source")
    plain = {name: "" if name in run.from_feed else getattr(run, name) for name in names}
    options = {name: value for name, value in run.options.items() if f"options.{name}" not in run.from_feed}
    return {**plain, "options": options}
