"""Cron expressions, as crontab(5) means them, on APScheduler's trigger.

Where the two differ, crontab holds: Sunday is 0 and 7, where the trigger begins the week with Monday 0.
A day of the month together with a day of the week is refused, since crontab takes either and the trigger
both. An hour that the clocks repeat in autumn does not bring the times of that hour twice, unless the
expression means every hour; a time that they leave out in spring comes an hour later.
The trigger matches the beginning of a part and takes "last-1" for "last"; here a part is matched whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

from apscheduler.triggers.cron import CronTrigger

from syncd.core.calendars import DAYS

_FIELDS = 5
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = re.compile(r"(\*|[0-9]+(-[0-9]+)?)(/[0-9]+)?")
_NAMES = re.compile(r"(?P<first>[a-z]+)(-(?P<last>[a-z]+))?(/(?P<step>[0-9]+))?")
_SUNDAY_FIRST = (*DAYS[-1:], *DAYS[:-1], DAYS[-1])
"""Days of the week as crontab numbers them, 0 to 7."""

_FORMS = {
    "minute": 'minute; it takes 0 to 59, for example "30", "0,30", "10-20" or "*/15"',
    "hour": 'hour; it takes 0 to 23, for example "7", "7,19", "7-18" or "*/2"',
    "day": 'day of the month; it takes 1 to 31, for example "1", "1,15", "1-7" or "*/2", or "last" for the last day',
    "month": 'month; it takes 1 to 12 or jan to dec, for example "8", "jan,aug", "aug-dec" or "*/2"',
}
"""What each field takes, for the message about one of its parts."""

_INSTANT = timedelta(microseconds=1)
_NEAR = timedelta(hours=1)
_FAR = timedelta(days=366 * 9)
"""Further back than any time of an expression that has times at all: the 29th of February over a century's end."""


@dataclass(frozen=True)
class Cron:
    """A cron expression of five fields in a time zone: a rhythm as `syncd.core.schedules` wants it."""

    words: str
    zone: tzinfo

    def __post_init__(self) -> None:
        """Refuse what has no times.

        Raises:
            ValueError: with what is wrong.
        """
        if self.next_after(datetime(2024, 1, 1, tzinfo=UTC)) is None:
            raise ValueError("that never comes")

    @cached_property
    def trigger(self) -> Any:
        """The trigger, for a scheduler.

        Raises:
            ValueError: with what is wrong.
        """
        fields = self.words.split()
        if len(fields) != _FIELDS:
            raise ValueError("it takes five fields: minute, hour, day of the month, month, day of the week")
        minute, hour, day, month, weekday = fields
        _check_parts(minute=minute, hour=hour, day=day, month=month)
        if day != "*" and weekday != "*":
            raise ValueError("it takes a day of the month or a day of the week; leave one of them *")
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday), timezone=self.zone
        )

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first time after a moment; None where none comes any more."""
        found: datetime | None = moment
        while found is not None:
            found = self.trigger.get_next_fire_time(None, (found.astimezone(UTC) + _INSTANT).astimezone(self.zone))
            if found is not None and (not found.fold or self._every_hour):
                # There and back again: a time that the clocks leave out gets the name of the hour after it.
                return found.astimezone(UTC).astimezone(self.zone)
        return None

    def latest_until(self, moment: datetime) -> datetime | None:
        """Return the last time up to and including a moment; None where there was none."""
        moment = moment.astimezone(UTC)
        reach = _NEAR
        while reach < _FAR:
            latest = None
            for latest in self._between(moment - reach, moment):  # noqa: B007 - the last one is wanted
                continue
            if latest is not None:
                return latest
            reach *= 2
        return None

    @property
    def _every_hour(self) -> bool:
        return self.words.split()[1].startswith("*")

    def _between(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        found = self.next_after(begin)
        while found is not None and found <= end:
            yield found
            found = self.next_after(found)


def _check_parts(**fields: str) -> None:
    """Refuse what the trigger would read up to the first character that it does not know, and leave out the rest.

    Raises:
        ValueError: with the form that is meant.
    """
    for name, field in fields.items():
        for part in field.split(","):
            words = _NAMES.fullmatch(part.lower()) if name == "month" else None
            known = words is not None and {words["first"], words["last"] or words["first"]} <= {*_MONTHS}
            if known and words and words["step"]:
                raise ValueError(f'"{part}" is no month; steps take numbers: write "{_as_numbers(words)}"')
            if not known and not _NUMBERS.fullmatch(part) and (name, part.lower()) != ("day", "last"):
                raise ValueError(f'"{part}" is no {_FORMS[name]}')


def _as_numbers(months: re.Match[str]) -> str:
    first, last = (_MONTHS.index(months[name] or "dec") + 1 for name in ("first", "last"))
    return f"{first}-{last}/{months['step']}"


def _weekdays(field: str) -> str:
    """Return a day-of-week field as the trigger reads it: by names."""
    if field == "*":
        return field
    found: list[str] = []
    for part in field.lower().split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin, end = (0, 6) if span == "*" else (_number(first), _number(last) if dash else _number(first))
        if slash and (not step.isdecimal() or not int(step) or not (dash or span == "*")):
            raise ValueError(f'"{part}" is no step; it takes for example "*/2" or "mon-fri/2"')
        end += 7 if end < begin else 0
        found += [_SUNDAY_FIRST[day % 7] for day in range(begin, end + 1, int(step or 1))]
    return ",".join(dict.fromkeys(found))


def _number(name: str) -> int:
    if name in _SUNDAY_FIRST:
        return _SUNDAY_FIRST.index(name)
    if name.isdecimal() and int(name) < len(_SUNDAY_FIRST):
        return int(name)
    raise ValueError(f'"{name}" is no day of the week; it takes mon to sun, or 0 to 7 with Sunday 0 and 7')
