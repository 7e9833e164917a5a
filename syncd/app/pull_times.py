"""When pulls are due: at the times of their own schedule, and before the files of feeds that want them are taken.

What is remembered stands in `state/pulls.json`, the last time of each schedule that is done, and in
`state/pulls-before.json`, the time of a feed before which a pull was done.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from syncd.app.admission import Schedules, read_times, write_times
from syncd.config.models import Settings
from syncd.config.pull import PullTable
from syncd.core.schedules import Firing, firing, kept_time

_TIMES, _BEFORE = "pulls.json", "pulls-before.json"

_WAIT = 3600.0
"""Seconds for which a feed, of which the time has come, waits for a pull that cannot be done."""

_SHORTEST, _LONGEST = 60.0, 600.0
"""Seconds until such a pull is tried again: at first, and at last."""


class PullTimes:
    """The times of the pulls of a home at one moment. Only the daemon settles them."""

    def __init__(self, state: Path, settings: Settings, now: datetime) -> None:
        self._state = state
        self._settings = settings
        self._now = now

    def has_come(self, table: PullTable) -> bool:
        """Tell whether a time of the pull's own schedule has come, and was not tried yet."""
        found = self._firing(table)
        if found and not found.open:
            self._note(_TIMES, table.name, (table.schedule, found.since))
        return bool(found and found.open)

    def tried(self, table: PullTable) -> None:
        """Note that the pull was tried: the time of its own schedule is over."""
        if found := self._firing(table):
            self._note(_TIMES, table.name, (table.schedule, found.open or found.since))

    def awaiting(self, table: PullTable) -> Mapping[str, datetime]:
        """Return the feeds that wait for this pull, each with the time of it that has come."""
        return {
            feed: moment
            for feed in table.before
            if (moment := self._opened.get(feed)) and self._noted(_BEFORE, _key(table, feed), feed) != moment
        }

    def settle(self, table: PullTable, feeds: Mapping[str, datetime]) -> None:
        """Let feeds wait no longer for this pull, at these times of theirs."""
        for feed, moment in feeds.items():
            self._note(_BEFORE, _key(table, feed), (feed, moment))

    def pending(self) -> Mapping[str, str]:
        """Return the feeds that wait for a pull, each with the words for it."""
        return {feed: f"the pull {table.name}" for table in self._settings.pulls for feed in self.awaiting(table)}

    @cached_property
    def _opened(self) -> Mapping[str, datetime]:
        return Schedules(self._state, self._settings, self._now).opened()

    def _firing(self, table: PullTable) -> Firing | None:
        rhythm = table.schedule_in(self._settings.roster.zone())
        return firing(rhythm, self._noted(_TIMES, table.name, table.schedule), self._now) if rhythm else None

    def _noted(self, file: str, key: str, words: str) -> datetime | None:
        return kept_time(read_times(self._state / file), key, words)

    def _note(self, file: str, key: str, words_and_moment: tuple[str, datetime]) -> None:
        times = dict(read_times(self._state / file))
        if times.get(key) != words_and_moment:
            write_times(self._state / file, times | {key: words_and_moment})


@dataclass(slots=True)
class Patience:
    """How long feeds wait for pulls, and when those that fail are tried again. steady: seconds by a steady clock."""

    steady: Callable[[], float] = time.monotonic
    _since: dict[str, float] = field(default_factory=dict)
    _failing: dict[str, tuple[float, float]] = field(default_factory=dict)

    def is_time(self, pull: str) -> bool:
        """Tell whether a pull is to be tried now."""
        _, following = self._failing.get(pull, (0.0, 0.0))
        return self.steady() >= following

    def is_over(self, pull: str) -> bool:
        """Note that feeds wait for a pull; tell whether they have done so long enough."""
        return self.steady() - self._since.setdefault(pull, self.steady()) >= _WAIT

    def ends(self, pull: str) -> bool:
        """Note that a pull failed; tell whether the feeds have waited long enough."""
        now = self.steady()
        pause, _ = self._failing.get(pull, (_SHORTEST, now))
        self._failing[pull] = min(2 * pause, _LONGEST), now + pause
        return self.is_over(pull)

    def forget(self, pull: str) -> None:
        """Note that nobody waits for a pull any more."""
        self._since.pop(pull, None)
        self._failing.pop(pull, None)


def _key(table: PullTable, feed: str) -> str:
    return f"{table.name} before {feed}"
