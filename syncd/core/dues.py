"""Dues: has a feed come when it was due? Silence raises an alarm, once, and an all-clear when it is over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from syncd.core.calendars import Calendar
from syncd.core.naming import original_name
from syncd.core.runs import Run, RunState
from syncd.core.schedules import Rhythm

_REACH = timedelta(days=800)
"""How far is looked for a time on a day of the calendar: two years, holidays included."""

_AHEAD = timedelta(days=1)
"""A success further ahead than this was stamped by a clock that ran ahead, and says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """When a feed is due.

    rhythm: the times, in the zone of the school. grace: how much later is not yet late. calendar: the days
    on which it is due. since: when it was first expected; what was due before does not count.
    """

    feed: str
    rhythm: Rhythm
    grace: timedelta = timedelta(0)
    calendar: Calendar = field(default_factory=Calendar)
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a feed stands.

    missed: when it was due and did not come, None where it is not overdue. next_due: when it is due next;
    None where that is not foreseen.
    """

    feed: str
    missed: datetime | None = None
    next_due: datetime | None = None


def came_well(run: Run) -> bool:
    """Tell whether a feed came with a run: not empty, not held, not failed, and some row of it stands."""
    over = run.state in (RunState.COMPLETED, RunState.COMPLETED_WITH_FAILURES)
    return over and not run.is_undo and run.rows.total > run.rows.failed


def is_delivery(run: Run) -> bool:
    """Tell whether a run is of a file as its source sends it; a tryback that is dropped again is not."""
    return run.parent is None and original_name(run.file) == run.file


def standing(expectation: Expectation, successes: Iterable[datetime], now: datetime) -> Standing:
    """Return how a feed stands at a moment.

    successes: when its files came that did well.

    What is due at D is met by a file that came after the half of the way from the due before to the next
    regular time after that; a file before that was a late one for the due before. So the file of
    Friday that came an hour late does not hide that there was none on Monday.
    """
    due = _expected_until(expectation, now - expectation.grace)
    following = _expected_after(expectation, now)
    if due is None or due <= expectation.since:
        return Standing(feed=expectation.feed, next_due=following)
    begin = _begin(expectation, due)
    met = any(begin < success <= now + _AHEAD for success in successes)
    return Standing(feed=expectation.feed, missed=None if met else due, next_due=following)


def overdue(
    expectations: Iterable[Expectation], successes: Mapping[str, Iterable[datetime]], now: datetime
) -> list[Standing]:
    """Return the feeds that were due and did not come."""
    standings = (standing(each, successes.get(each.feed, ()), now) for each in expectations)
    return [each for each in standings if each.missed is not None]


def is_ever_due(rhythm: Rhythm, calendar: Calendar) -> bool:
    """Tell whether a rhythm ever falls on a day of a calendar."""
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    days = replace(calendar, holidays=())
    return _expected_after(Expectation(feed="", rhythm=rhythm, calendar=days, since=begin), begin) is not None


def _begin(expectation: Expectation, due: datetime) -> datetime:
    """Return from when on a file counts for what is due at `due`.

    In UTC: Python takes spans between times of one zone by the clock on the wall.
    """
    due = due.astimezone(UTC)
    before = _expected_until(expectation, due - timedelta(microseconds=1))
    if before is None:
        return due - timedelta(days=1)
    before = before.astimezone(UTC)
    regular = expectation.rhythm.next_after(before) or due
    return before + (regular - before) / 2


def _expected_until(expectation: Expectation, moment: datetime) -> datetime | None:
    """Return the last time up to a moment that lies on a day of the calendar."""
    end = moment - _REACH
    while moment > end:
        found = expectation.rhythm.latest_until(moment)
        if found is None or expectation.calendar.holds(found.date()):
            return found
        moment = found.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(microseconds=1)
    return None


def _expected_after(expectation: Expectation, moment: datetime) -> datetime | None:
    """Return the first time after a moment that lies on a day of the calendar."""
    end = moment + _REACH
    while moment < end:
        found = expectation.rhythm.next_after(moment)
        if found is None or expectation.calendar.holds(found.date()):
            return found
        moment = found.replace(hour=23, minute=59, second=59)
    return None
