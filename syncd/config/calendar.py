"""Days as settings: on which days a school expects its feeds."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer

from syncd.config.table import Table
from syncd.core.calendars import Calendar, holiday, spoken, weekdays

EVERY_DAY, SCHOOL_DAYS = "every day", "school days"


def _holidays(value: object) -> object:
    """Read a list of days and spans of days; the environment separates them by commas."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise ValueError('it takes a list of days such as ["2027-05-13", "2026-12-21..2027-01-06"]')  # noqa: TRY004 - pydantic gathers ValueErrors
    return tuple(day if isinstance(day, tuple) else holiday(day) for day in value)


def _spans(calendar: Calendar) -> list[str]:
    return [first.isoformat() + ("" if first == last else f"..{last.isoformat()}") for first, last in calendar.holidays]


def _calendar(value: object) -> Calendar | None:
    """Read "school days", "every day", days of the week, or a table of days and holidays."""
    if isinstance(value, Mapping):
        if unknown := set(value) - {"days", "holidays"}:
            raise ValueError(
                f"there is no {', '.join(sorted(map(str, unknown)))} in a calendar; it takes days, holidays"
            )
        table = SchoolDays.model_validate({"days": "mon-sun", **value})
        return table.calendar()
    words = str(value).strip().lower()
    if words == SCHOOL_DAYS:
        return None
    try:
        return Calendar(weekdays=weekdays("mon-sun" if words == EVERY_DAY else words))
    except ValueError:
        raise ValueError('it takes "school days", "every day", days such as "mon-fri", or { days, holidays }') from None


def _said(calendar: Calendar | None) -> object:
    if calendar is None:
        return SCHOOL_DAYS
    if calendar.holidays:
        return {"days": spoken(calendar.weekdays), "holidays": _spans(calendar)}
    return EVERY_DAY if calendar == Calendar() else spoken(calendar.weekdays)


Weekdays = Annotated[frozenset[int], BeforeValidator(lambda value: weekdays(str(value))), PlainSerializer(spoken)]
"""Days of the week, written "mon-fri"."""

Holidays = Annotated[
    tuple[tuple[date, date], ...],
    BeforeValidator(_holidays),
    PlainSerializer(lambda days: _spans(Calendar(holidays=days))),
]
"""Days and spans of days, written "2026-12-21..2027-01-06"."""

FeedCalendar = Annotated[InstanceOf[Calendar] | None, BeforeValidator(_calendar), PlainSerializer(_said)]
"""The days of one feed; None for the school days of the home."""


class SchoolDays(Table):
    """The days on which the school is open: those of a feed whose calendar is "school days"."""

    days: Weekdays = Field(
        default=frozenset(range(5)), description="The days of the week.", examples=["mon-sat", "mon, wed, fri"]
    )
    holidays: Holidays = Field(
        default=(),
        description="Days off, single ones and spans of which both ends are off.",
        examples=[["2026-12-21..2027-01-06", "2027-05-13"]],
    )

    def calendar(self) -> Calendar:
        """Return it as the rules of dues take it."""
        return Calendar(weekdays=self.days, holidays=self.holidays)
