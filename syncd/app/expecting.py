"""Which feeds have come, which are due, which stay away.

When a feed was first expected stands in `state/dues.json`, so that what was due before is not asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from syncd.app.admission import Schedules, read_times, write_times
from syncd.app.telling import Telling
from syncd.config.feeds import FeedTable
from syncd.config.models import Settings
from syncd.core.dues import Expectation, Standing, came_well, is_delivery, standing
from syncd.core.incidents import Trouble, moment
from syncd.core.runs import Run
from syncd.core.schedules import kept_time
from syncd.store.store import Store

_FILE = "dues.json"
_KEY = "overdue "
_RUNS = 200
"""Runs of a feed that are looked through for one that did well."""

_ANCESTORS = 50


@dataclass(frozen=True)
class Expecting:
    """The feeds of a home at one moment."""

    state: Path
    settings: Settings
    store: Store
    now: datetime

    def tell(self, telling: Telling) -> tuple[str, ...]:
        """Tell which feeds stay away and which have come; return the sentences to be shown."""
        self._remember()
        found, looked = self.look(incident["alarm"] for incident in telling.open())
        return telling.settle(found, looked)

    def _remember(self) -> None:
        """Write down since when each feed is expected."""
        kept = read_times(self.state / _FILE)
        times = {each.feed: (self._words(each.feed), each.since) for each in self._expectations}
        if times != kept:
            write_times(self.state / _FILE, times)

    def look(self, known: Iterable[str]) -> tuple[Mapping[str, Trouble], frozenset[str]]:
        """Return what is wrong, by the key of its incident, and the keys that were looked at.

        known: keys of incidents that are open; those of feeds that are no longer expected are over.
        """
        standings = [self._standing(each) for each in self._expectations]
        found = {f"{_KEY}{each.feed}": self._trouble(each) for each in standings if each.missed}
        looked = {f"{_KEY}{each.feed}" for each in standings}
        return found, frozenset(looked | {key for key in known if key.startswith(_KEY)})

    def feeds(self) -> list[dict[str, Any]]:
        """Return for each feed when it came, when it is due, whether it is overdue, and when it is taken next."""
        schedules = Schedules(self.state, self.settings, self.now)
        expected = {each.feed: self._standing(each) for each in self._expectations}
        return [
            {
                "feed": table.name,
                "last_success": _iso(self.last_success(table.name)),
                "next_due": _iso(expected[table.name].next_due) if table.name in expected else None,
                "overdue": bool(table.name in expected and expected[table.name].missed),
                "schedule": table.schedule,
                "next_schedule": _iso(schedules.next_time(table.name)),
            }
            for table in self.settings.feed_tables
        ]

    def last_success(self, feed: str) -> datetime | None:
        """Return when the newest file of a feed came that did well; one of a requeue came when its first file did.

        A run that a clock which ran ahead put into the future is passed over where an earlier one is found.
        """
        ahead = None
        for run in self.store.runs_of_feed(feed, _RUNS):
            came = self._came(run) if came_well(run) else None
            if came is not None and came <= self.now + timedelta(days=1):
                return came
            ahead = ahead or came
        return ahead

    def _came(self, run: Run) -> datetime | None:
        """Return when the file came that a run goes back to; None for a tryback that was dropped by itself."""
        for _ in range(_ANCESTORS):
            if run.parent is None:
                break
            parent = self.store.run(run.parent)
            if parent is None:
                break
            run = parent
        return run.received if is_delivery(run) else None

    @cached_property
    def _expectations(self) -> tuple[Expectation, ...]:
        zone = self.settings.roster.zone()
        kept = read_times(self.state / _FILE)
        return tuple(
            Expectation(
                feed=table.name,
                rhythm=rhythm,
                grace=table.grace,
                calendar=self.settings.calendar_of(table),
                since=kept_time(kept, table.name, table.due) or self.now,
            )
            for table in self.settings.feed_tables
            if (rhythm := table.due_in(zone))
        )

    def _standing(self, expectation: Expectation) -> Standing:
        came = self.last_success(expectation.feed)
        return standing(expectation, () if came is None else (came,), self.now)

    def _trouble(self, found: Standing) -> Trouble:
        table = self._table(found.feed)
        came = self.last_success(found.feed)
        last = f"the last one that did well came at {moment(came)}" if came else "none has come that did well"
        when = found.missed or self.now
        return Trouble(
            sentence=f"feed {found.feed} is overdue: it was due at {when:%Y-%m-%d %H:%M}; {last}",
            cause=f"No file that fits {' or '.join(table.files)} came, or it was empty, failed or is held.",
            what_next="See what came: syncd runs. Why files wait: syncd status. Else ask who runs the sender.",
            all_clear=f"feed {found.feed} has come",
        )

    def _table(self, feed: str) -> FeedTable:
        return next(table for table in self.settings.feed_tables if table.name == feed)

    def _words(self, feed: str) -> str:
        return self._table(feed).due


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
