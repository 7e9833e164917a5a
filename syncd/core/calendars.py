"""Calendars: on which days something is expected. Schools have weekends, holidays and long summers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Names of the days of the week, in the order of `date.weekday`."""

_RANGE = re.compile(r"(?P<first>[a-z]+)\s*(?:-\s*(?P<last>[a-z]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days on which something is expected.

    weekdays: as `date.weekday` counts them, Monday 0. holidays: first and last day of each, both of them off.
    """

    weekdays: frozenset[int] = frozenset(range(7))
    holidays: tuple[tuple[date, date], ...] = ()

    def holds(self, day: date) -> bool:
        """Tell whether something is expected on this day."""
        return day.weekday() in self.weekdays and not any(first <= day <= last for first, last in self.holidays)


def weekdays(text: str) -> frozenset[int]:
    """Read `mon-fri`, `mon, wed` or `sat-mon`; a range may go over the end of the week.

    Raises:
        ValueError: with what it takes.
    """
    found: set[int] = set()
    for part in text.lower().split(","):
        match = _RANGE.fullmatch(part.strip())
        if not match or not {match["first"], match["last"] or match["first"]} <= set(DAYS):
            raise ValueError('it takes days of the week such as "mon-fri" or "mon, wed, fri"')
        found.update(_between(DAYS.index(match["first"]), DAYS.index(match["last"] or match["first"])))
    return frozenset(found)


def holiday(value: object) -> tuple[date, date]:
    """Read a day, or `2026-12-21..2027-01-06`: the first and the last day.

    Raises:
        ValueError: with what it takes.
    """
    first, dots, last = str(value).partition("..")
    try:
        days = date.fromisoformat(first.strip()), date.fromisoformat((last if dots else first).strip())
    except ValueError:
        raise ValueError('it takes days such as "2027-05-13" and "2026-12-21..2027-01-06"') from None
    if days[1] < days[0]:
        raise ValueError(f"{value} ends before it begins")
    return days


def spoken(days: frozenset[int]) -> str:
    """Write days of the week as `weekdays` reads them."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)


def _between(first: int, last: int) -> Iterator[int]:
    return (day % 7 for day in range(first, (last if last >= first else last + 7) + 1))
