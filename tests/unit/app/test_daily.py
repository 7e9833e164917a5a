"""What is due once a day."""

from datetime import UTC, datetime, timedelta

from syncd.app.pruning import Daily

HOUR = 3600.0


class Clocks:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.wall = datetime(2026, 11, 21, 18, tzinfo=UTC)

    def go(self, hours: float, wall: float | None = None) -> None:
        self.seconds += hours * HOUR
        self.wall += timedelta(hours=hours if wall is None else wall)

    def daily(self) -> Daily:
        return Daily(lambda: self.seconds, lambda: self.wall)


def test_it_is_due_at_the_start_and_then_once_a_day() -> None:
    """A machine that is switched off every night must get its turn, too."""
    clocks = Clocks()
    daily = clocks.daily()
    seen = []
    for hours in (0, 1, 22, 1, 1, 24):
        clocks.go(hours)
        seen.append(daily.is_due())
    assert [True, False, False, True, False, True] == seen


def test_a_clock_set_back_stops_nothing() -> None:
    """Time is counted by a clock that never jumps."""
    clocks = Clocks()
    daily = clocks.daily()
    assert daily.is_due()
    clocks.go(24, wall=-24 * 400)
    assert daily.is_due()


def test_a_day_on_which_the_clock_leapt_ahead_is_left_out() -> None:
    """Retention by a wrong clock would remove a year of files; a person has a day to mend it."""
    clocks = Clocks()
    daily = clocks.daily()
    assert daily.is_due()
    clocks.go(24, wall=24 * 365)
    assert not daily.is_due()
    clocks.go(24)
    assert daily.is_due()
