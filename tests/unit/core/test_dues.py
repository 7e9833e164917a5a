"""Has a feed come when it was due?"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.config.cron import Cron
from syncd.core.calendars import Calendar, holiday, weekdays
from syncd.core.dues import Expectation, came_well, is_delivery, is_ever_due, overdue, standing
from syncd.core.runs import RowCounts, Run, RunState, Trigger

ZONE = ZoneInfo("Europe/Stockholm")
SCHOOL = Calendar(weekdays=weekdays("mon-fri"), holidays=(holiday("2026-12-21..2027-01-06"),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


USERS = Expectation(
    feed="users",
    rhythm=Cron("0 7 * * *", ZONE),
    grace=timedelta(minutes=30),
    calendar=SCHOOL,
    since=at("2026-11-01 12:00"),
)
# 2026-11-20 is a Friday.


def missed(successes: list[str], now: str, **changes: object) -> datetime | None:
    return standing(replace(USERS, **changes), map(at, successes), at(now)).missed  # type: ignore[arg-type]


def test_a_feed_that_came_in_time_is_not_missed() -> None:
    """An export of the evening before counts for the morning."""
    assert None is missed(["2026-11-19 22:00"], "2026-11-20 09:00")
    assert None is missed(["2026-11-20 06:59"], "2026-11-20 09:00")


def test_nothing_is_overdue_before_due_and_grace_are_over() -> None:
    """Five minutes late is not an incident."""
    assert None is missed(["2026-11-19 06:00"], "2026-11-20 07:29")
    assert at("2026-11-20 07:00") == missed(["2026-11-19 06:00"], "2026-11-20 07:30")


def test_it_is_overdue_until_it_comes() -> None:
    """And then it is over, however late."""
    assert at("2026-11-20 07:00") == missed(["2026-11-19 06:00"], "2026-11-20 18:00")
    assert None is missed(["2026-11-20 17:00"], "2026-11-20 18:00")


def test_a_late_file_does_not_hide_that_the_next_one_is_missing() -> None:
    """The file of Friday that came at nine is not the one of Monday."""
    assert at("2026-11-23 07:00") == missed(["2026-11-20 09:00"], "2026-11-23 08:00")


def test_in_the_hour_that_the_clocks_repeat_the_file_of_the_first_is_not_that_of_the_second() -> None:
    """What comes at 02:10 summer time is late for the 02:00 before it, and not early for that of winter time."""
    every_hour = replace(USERS, rhythm=Cron("0 * * * *", ZONE), calendar=Calendar(), since=at("2026-10-24 12:00"))
    now = datetime.fromisoformat("2026-10-25T02:40+01:00")
    met = {
        came: standing(every_hour, [datetime.fromisoformat(came)], now).missed is None
        for came in ("2026-10-25T02:10+02:00", "2026-10-25T02:40+02:00", "2026-10-25T02:10+01:00")
    }
    assert [False, True, True] == list(met.values()), met


def test_a_file_of_friday_evening_is_the_one_of_monday() -> None:
    """Some send when the week is over."""
    assert None is missed(["2026-11-20 22:00"], "2026-11-23 08:00")


@pytest.mark.parametrize("now", ["2026-11-21 12:00", "2026-11-22 12:00", "2026-12-24 12:00", "2027-01-06 12:00"])
def test_nothing_is_due_on_days_without_school(now: str) -> None:
    """A weekend is not an incident; what was missed before is."""
    assert None is missed(["2026-11-20 06:00", "2026-12-18 06:00"], now)


def test_the_next_due_is_after_the_holidays() -> None:
    """The page tells when somebody should look."""
    assert at("2027-01-07 07:00") == standing(USERS, [], at("2026-12-18 08:00")).next_due


def test_what_was_due_before_the_feed_was_known_is_not_asked_for() -> None:
    """Who configures a feed at noon gets no alarm of the morning."""
    assert None is missed([], "2026-11-20 12:00", since=at("2026-11-20 11:00"))
    assert at("2026-11-23 07:00") == missed([], "2026-11-23 12:00", since=at("2026-11-20 11:00"))


def test_a_clock_set_back_raises_nothing() -> None:
    """What came an hour in the future has come."""
    assert None is missed(["2026-11-20 06:30"], "2026-11-20 05:30")
    assert None is missed(["2026-11-20 09:30"], "2026-11-20 08:30")


def test_a_success_out_of_a_far_future_says_nothing() -> None:
    """A clock that ran a year ahead must not silence the alarm for a year."""
    assert at("2026-11-20 07:00") == missed(["2027-11-20 06:00"], "2026-11-20 08:00")


def test_a_clock_that_leaps_forward_raises_once_and_is_over_when_it_is_back() -> None:
    """A wrong alarm is withdrawn."""
    assert at("2026-12-18 07:00") == missed(["2026-11-20 06:00"], "2026-12-18 12:00")
    assert None is missed(["2026-11-20 06:00"], "2026-11-20 12:00")


def test_the_hour_of_day_is_the_schools_in_winter_and_summer() -> None:
    """Seven o'clock stays seven o'clock when the clocks change."""
    for day in ("2026-10-24", "2026-10-25", "2027-03-28"):
        due = at(f"{day} 07:00")
        every_day = replace(USERS, calendar=Calendar(), since=at("2026-01-01 00:00"))
        assert due == standing(every_day, [], due + timedelta(minutes=30)).missed
        assert due == standing(every_day, [], due - timedelta(hours=1)).next_due


def test_a_feed_that_is_due_once_a_week_is_asked_for_once_a_week() -> None:
    """Not every feed comes every night."""
    weekly = {"rhythm": Cron("0 7 * * mon", ZONE)}
    assert None is missed(["2026-11-16 06:00"], "2026-11-20 12:00", **weekly)
    assert at("2026-11-23 07:00") == missed(["2026-11-16 06:00"], "2026-11-23 08:00", **weekly)


def test_only_feeds_that_stay_away_are_overdue() -> None:
    """Each by its own successes."""
    both = [USERS, replace(USERS, feed="courses")]
    found = overdue(both, {"users": [at("2026-11-20 06:00")]}, at("2026-11-20 08:00"))
    assert ["courses"] == [each.feed for each in found]


def test_a_rhythm_that_never_meets_its_calendar_is_known() -> None:
    """It would never raise an alarm, and nobody would notice."""
    assert not is_ever_due(Cron("0 7 * * sat", ZONE), SCHOOL)
    assert is_ever_due(Cron("0 7 29 2 *", ZONE), Calendar(weekdays=weekdays("thu")))


def run(**changes: object) -> Run:
    base = Run(work="w", file="users.csv", trigger=Trigger.WATCH, received=at("2026-11-20 06:00"))
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "rows", "well"),
    [
        (RunState.COMPLETED, RowCounts(applied=1), True),
        (RunState.COMPLETED, RowCounts(unchanged=1), True),
        (RunState.COMPLETED_WITH_FAILURES, RowCounts(applied=1, failed=9), True),
        (RunState.COMPLETED_WITH_FAILURES, RowCounts(failed=9), False),
        (RunState.COMPLETED, RowCounts(), False),
        (RunState.HELD, RowCounts(applied=5), False),
        (RunState.FAILED, RowCounts(), False),
        (RunState.REJECTED, RowCounts(skipped=5), False),
        (RunState.UNDONE, RowCounts(applied=5), False),
    ],
)
def test_only_what_stands_counts_as_having_come(state: RunState, rows: RowCounts, well: bool) -> None:
    """An empty file, a held run and a failed one are no news that all is well."""
    assert well is came_well(run(state=state, rows=rows))


def test_an_undo_is_no_delivery_that_did_well() -> None:
    """It took back what had come."""
    assert not came_well(run(state=RunState.COMPLETED, rows=RowCounts(applied=5), operation="undo", parent=1))


def test_a_tryback_is_not_what_the_source_sends() -> None:
    """Mended rows of yesterday do not stand for the file of today."""
    assert is_delivery(run())
    assert not is_delivery(run(file="users_tryback_20261119-063000.csv"))
    assert not is_delivery(run(parent=3))
