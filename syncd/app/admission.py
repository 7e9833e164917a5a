"""Which files of sync/ may be taken in a pass: those of a feed with a schedule wait until their time has come.

What is remembered of schedules stands in `state/schedules.json`: of each feed the words of its schedule
and the last time that counts as done. Lost, a schedule goes on with its next time.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from syncd.app.unknown import no_such
from syncd.config.models import Settings
from syncd.core.feeds import HAND, Feed, feed_of
from syncd.core.schedules import Firing, Kept, Rhythm, firing, kept_time
from syncd.disk import documents
from syncd.intake.drop import Claim
from syncd.intake.taking import UNSETTLED

_FILE = "schedules.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whether a person asked for the pass, who takes everything that is ready; `feed`: or only that one's files.

    first: of feeds of which the time has come, what must be done before; their files stay till then.
    """

    by_hand: bool
    feed: str = ""
    first: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a pass is told. waits: why a file of that name stays, or "". claimed: hears what became of it."""

    waits: Callable[[str], str]
    claimed: Callable[[Claim], None]


class Schedules:
    """The schedules of a home at one moment. Whoever admits with them holds the home's lock."""

    def __init__(self, state: Path, settings: Settings, now: datetime) -> None:
        self._path = state / _FILE
        self._feeds = settings.feeds()
        zone = settings.roster.zone()
        self._rhythms: Mapping[str, Rhythm] = {
            table.name: cron for table in settings.feed_tables if (cron := table.schedule_in(zone))
        }
        self._now = now
        self._kept = read_times(self._path)
        self._words = {feed.name: feed.schedule for feed in self._feeds if feed.name in self._rhythms}
        self._firings = {
            name: firing(rhythm, kept_time(self._kept, name, self._words[name]), now)
            for name, rhythm in self._rhythms.items()
        }

    def admit(self, asked: Asked) -> Admission:
        """Return what a pass is told.

        Raises:
            UsageError: there is no feed of the name that was asked for.
        """
        names = [feed.name for feed in self._feeds]
        if asked.feed and asked.feed not in names:
            raise no_such("feed", asked.feed, names)
        return Admission(
            waits=lambda file: self._why(feed_of(self._feeds, file), asked),
            claimed=lambda claim: self._settle(claim, asked),
        )

    def next_time(self, name: str) -> datetime | None:
        """Return when files of a feed are taken next; None where it has no times."""
        rhythm = self._rhythms.get(name)
        return rhythm.next_after(self._now) if rhythm else None

    def opened(self) -> Mapping[str, datetime]:
        """Return the feeds of which the time has come, each with that time."""
        return {name: found.open for name, found in self._firings.items() if found.open}

    def _why(self, feed: Feed | None, asked: Asked) -> str:
        """Return why a file of this feed stays; "" where it may be taken."""
        if asked.by_hand:
            return "" if not asked.feed or (feed and feed.name == asked.feed) else f"it is not of the feed {asked.feed}"
        if feed is None or (feed.schedule != HAND and feed.name not in self._rhythms):
            return ""
        if feed.schedule == HAND:
            return f"the feed {feed.name} is taken when somebody asks: syncd sync --feed {feed.name}"
        if self._firings[feed.name].open:
            first = asked.first.get(feed.name)
            return f"{first} is done first" if first else ""
        time = self.next_time(feed.name)
        when = f"at {time.isoformat(sep=' ', timespec='minutes')}" if time else "at no time to come"
        return f"the feed {feed.name} is taken {when} ({feed.schedule}); at once: syncd sync --feed {feed.name}"

    def _settle(self, claim: Claim, asked: Asked) -> None:
        """Remember which times are done: not while the sender writes, nor of a feed that waits for something."""
        late = {feed.name for name, why in claim.left if why in UNSETTLED and (feed := feed_of(self._feeds, name))}
        late.update(asked.first)
        covered = {asked.feed} if asked.feed else set(self._firings)
        times = {}
        for name, found in self._firings.items():
            done = found.open and name in covered and name not in late and not claim.blocked
            times[name] = (self._words[name], _done(found) if done else found.since)
        if times != self._kept:
            write_times(self._path, times)


def read_times(path: Path) -> Kept:
    """Return what is remembered by feed: words and a time; what cannot be read is forgotten."""
    document = documents.read(path)
    return dict(_times(document)) if isinstance(document, dict) else {}


def write_times(path: Path, times: Kept) -> None:
    """Remember words and a time by feed. A disk that refuses costs a repetition, and stops nothing."""
    with suppress(OSError):
        documents.replace(path, {name: [words, time.isoformat()] for name, (words, time) in times.items()})


def _times(document: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, datetime]]]:
    for name, value in document.items():
        with suppress(ValueError, TypeError):
            words, time = value
            yield name, (str(words), datetime.fromisoformat(time))


def _done(found: Firing) -> datetime:
    return found.open or found.since
