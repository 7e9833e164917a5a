"""Cron expressions as crontab(5) means them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.config.cron import Cron

ZONE = ZoneInfo("Europe/Stockholm")


def times(words: str, begin: str, count: int) -> list[str]:
    cron, found = Cron(words, ZONE), []
    moment: datetime | None = datetime.fromisoformat(begin).replace(tzinfo=ZONE)
    for _ in range(count):
        assert moment is not None
        moment = cron.next_after(moment)
        found.append(moment.isoformat(timespec="minutes") if moment else "")
    return found


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later() -> None:
    """The night of spring is worked, too; 2026-03-29 has no half past two."""
    assert ["2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00"] == times(
        "30 2 * * *", "2026-03-27 12:00", 3
    )


def test_a_time_that_the_clocks_repeat_comes_once() -> None:
    """The feed of the night is one feed; 2026-10-25 has half past two twice."""
    assert ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"] == times("30 2 * * *", "2026-10-24 12:00", 2)


def test_a_schedule_of_every_hour_goes_on_through_the_repeated_one() -> None:
    """Files come in that hour, too."""
    assert ["2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00", "2026-10-25T03:00+01:00"] == (
        times("*/30 * * * *", "2026-10-25 02:10", 4)
    )


@pytest.mark.parametrize("words", ["30 2 * * *", "*/20 * * * *", "0 7 * * 1-5", "15 4 1 * *", "0 0 29 2 *"])
def test_the_latest_time_is_the_one_of_which_the_next_is_later(words: str) -> None:
    """Forward and backward agree at every hour of the days on which the clocks change."""
    cron = Cron(words, ZONE)
    for begin in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)):
        for minutes in range(7, 4000, 97):
            now = begin + timedelta(minutes=minutes)
            latest = cron.latest_until(now)
            assert latest is not None
            following = cron.next_after(latest)
            assert following is not None
            assert latest <= now < following
            assert latest == cron.latest_until(latest)


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", ["Sun"]),
        ("7", ["Sun"]),
        ("1-5", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("5-7", ["Fri", "Sat", "Sun"]),
        ("fri-mon", ["Mon", "Fri", "Sat", "Sun"]),
        ("mon,WED", ["Mon", "Wed"]),
        ("*/3", ["Wed", "Sat", "Sun"]),
    ],
)
def test_days_of_the_week_are_numbered_as_crontab_does(field: str, days: list[str]) -> None:
    """The scheduler underneath counts from Monday; a weekend feed would run on the wrong days."""
    cron, moment = Cron(f"0 12 * * {field}", UTC), datetime(2026, 11, 16, tzinfo=UTC)
    found = []
    for _ in range(8):
        following = cron.next_after(moment)
        if following is None or following >= datetime(2026, 11, 23, tzinfo=UTC):
            break
        found.append(following.strftime("%a"))
        moment = following
    assert days == found


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("0 2 * *", "five fields"),
        ("", "five fields"),
        ("0 25 * * *", "25"),
        ("0 2 * * 8", "no day of the week"),
        ("0 2 * * mon/2", "no step"),
        ("0 2 30 2 *", "never comes"),
        ("0 2 1 * mon", "leave one of them"),
        ("x 2 * * *", "x"),
    ],
)
def test_what_is_no_schedule_is_refused(words: str, why: str) -> None:
    """At the check, not at night."""
    with pytest.raises(ValueError, match=why):
        Cron(words, UTC)


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("0 2 last-1 * *", '"last" for the last day'),
        ("0 2 last/2 * *", '"last" for the last day'),
        ("0 2 1,lastmon * *", '"last" for the last day'),
        ("0 2 L * *", '"last" for the last day'),
        ("0 2 15W * *", "1 to 31"),
        ("0 2 1st * *", "1 to 31"),
        ("0 2 * jan-mar/2 *", 'write "1-3/2"'),
        ("0 2 * JAN/3 *", 'write "1-12/3"'),
        ("0 2 * jan#2 *", "1 to 12 or jan to dec"),
        ("0 2 * jan-3 *", "1 to 12 or jan to dec"),
        ("0 2 * jan- *", "1 to 12 or jan to dec"),
        ("0 2 * jan2 *", "1 to 12 or jan to dec"),
        ("0 2 * jan-mar-may *", "1 to 12 or jan to dec"),
        ("0 2 * january *", "1 to 12 or jan to dec"),
        ("0 2 * 1-mar *", "1 to 12 or jan to dec"),
        ("0 2 * * mon/", "mon-fri/2"),
        ("0 2 * * */", "mon-fri/2"),
        ("0 2 * * mon-fri/", "mon-fri/2"),
        ("0 2 * * mon#2", "mon to sun"),
        ("0 2 * * 5L", "mon to sun"),
        ("*/ 2 * * *", r"\*/15"),
        ("0 2-4x * * *", "0 to 23"),
        ("0 ٣ * * *", "0 to 23"),
        ("0,, 2 * * *", "0 to 59"),
    ],
)
def test_a_part_is_taken_whole_or_refused_with_the_right_form(words: str, form: str) -> None:
    """The scheduler underneath takes the beginning of a part that it knows and drops the rest: other days, no word."""
    with pytest.raises(ValueError, match=form):
        Cron(words, UTC)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("0 2 last * *", ["01-31", "02-28", "03-31"]),
        ("0 2 15,LAST * *", ["01-15", "01-31", "02-15"]),
        ("0 2 1 jan-mar *", ["01-01", "02-01", "03-01"]),
        ("0 2 1 1-3/2 *", ["01-01", "03-01", "01-01"]),
        ("0 2 1 FEB,aug *", ["02-01", "08-01", "02-01"]),
        ("0 2 28-31/2 * *", ["01-28", "01-30", "02-28"]),
        ("0 2 * * fri-mon/2", ["01-02", "01-04", "01-09"]),
    ],
)
def test_a_part_that_is_accepted_means_what_is_written(words: str, days: list[str]) -> None:
    """In any case of letters, and in lists."""
    cron, moment, found = Cron(words, UTC), datetime(2026, 1, 1, tzinfo=UTC), []
    for _ in days:
        following = cron.next_after(moment)
        assert following is not None
        moment = following
        found.append(following.strftime("%m-%d"))
    assert days == found
