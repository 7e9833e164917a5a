"""Has the time come since the last time?"""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.schedules import Firing, firing, kept_time


class Daily:
    """Every day at 2."""

    def next_after(self, moment: datetime) -> datetime:
        today = moment.replace(hour=2, minute=0, second=0, microsecond=0)
        return today if today > moment else today + timedelta(days=1)

    def latest_until(self, moment: datetime) -> datetime:
        today = moment.replace(hour=2, minute=0, second=0, microsecond=0)
        return today if today <= moment else today - timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def test_a_new_schedule_waits_for_its_next_time() -> None:
    """A feed configured at noon must not be taken at once because it would have been due at night."""
    assert Firing(since=at("21 02:00")) == firing(Daily(), None, at("21 12:00"))


@pytest.mark.parametrize("now", ["21 02:00", "21 02:01", "21 23:59"])
def test_a_time_is_open_from_its_instant_until_it_is_done(now: str) -> None:
    """Also where the daemon was down at that instant."""
    assert at("21 02:00") == firing(Daily(), at("20 02:00"), at(now)).open
    assert None is firing(Daily(), at("21 02:00"), at(now)).open


def test_of_many_missed_times_one_is_open() -> None:
    """A daemon that was down for a week, or a clock that leapt forward, does the work once."""
    assert at("28 02:00") == firing(Daily(), at("10 02:00"), at("28 09:00")).open


def test_a_clock_set_back_over_a_time_does_not_bring_it_twice() -> None:
    """The work of this night is done."""
    found = firing(Daily(), at("21 02:00"), at("21 01:58"))
    assert Firing(since=at("21 02:00")) == found
    assert None is firing(Daily(), found.since, at("21 02:05")).open


def test_a_clock_that_had_run_ahead_does_not_silence_a_schedule() -> None:
    """Set ahead by a week it fired; set right, the nights of this week count all the same."""
    found = firing(Daily(), at("28 02:00"), at("21 12:00"))
    assert (at("21 02:00"), None) == (found.since, found.open)
    assert at("22 02:00") == firing(Daily(), found.since, at("22 02:00")).open


def test_a_schedule_with_other_words_is_a_new_one() -> None:
    """What the old one missed says nothing about the new one."""
    kept = {"users": ("0 2 * * *", at("20 02:00"))}
    assert at("20 02:00") == kept_time(kept, "users", "0 2 * * *")
    assert None is kept_time(kept, "users", "0 3 * * *")
    assert None is kept_time(kept, "courses", "0 2 * * *")
