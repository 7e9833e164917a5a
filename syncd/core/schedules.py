"""Schedules: has the time come since the last time? Decided from instants, whatever the clock did in between."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Rhythm(Protocol):
    """Something that comes again and again, such as a cron expression in a time zone."""

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time after a moment; None where none comes any more."""

    def latest_until(self, moment: datetime) -> datetime | None:
        """Return the last time up to and including a moment; None where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """How a schedule stands. `since`: the last time that counts as done. `open`: the time that is not, None for none.

    A time becomes done when `since` is set to it.
    """

    since: datetime
    open: datetime | None = None


def firing(rhythm: Rhythm, since: datetime | None, now: datetime) -> Firing:
    """Return how a schedule stands.

    However many times were missed, one is open: the last. A clock that was set back does not bring
    a time twice; but where whole times lie between it and the last one done, that was done by a clock
    that ran ahead, and is forgotten: the schedule must not stand still until then.

    Args:
        rhythm: the schedule.
        since: the last time done; None where the schedule is new, so that what was before it does not count.
        now: the time of the decision.
    """
    latest = rhythm.latest_until(now)
    if since is None:
        return Firing(since=latest or now)
    if since > now:
        following = rhythm.next_after(now)
        return Firing(since=latest or now) if following is not None and following < since else Firing(since=since)
    return Firing(since=since, open=latest if latest is not None and latest > since else None)


Kept = Mapping[str, tuple[str, datetime]]
"""What is remembered of schedules, by feed: the words of the schedule, and a time. Other words, a new schedule."""


def kept_time(kept: Kept, name: str, words: str) -> datetime | None:
    """Return the time that is remembered of a schedule with these words; None where it is a new one."""
    found = kept.get(name)
    return found[1] if found and found[0] == words else None
