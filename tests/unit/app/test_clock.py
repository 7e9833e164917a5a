"""The time of a home."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from syncd.app import building

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture
def at(monkeypatch):
    """Give what reads the clock of a home in Stockholm at an instant."""

    def read(instant: str) -> datetime.datetime:
        class Machine(datetime.datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.datetime.fromisoformat(instant).astimezone(tz)

        monkeypatch.setattr(building, "datetime", Machine)
        return building.LocalClock(ZONE).now()

    return read


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("2026-10-25T00:59:50Z", "2026-10-25T01:00:10Z", "2026-10-25T02:00:10+01:00"),
        ("2027-03-28T00:59:50Z", "2027-03-28T01:00:10Z", "2027-03-28T03:00:10+02:00"),
        ("2028-02-29T11:59:50Z", "2028-02-29T12:00:10Z", "2028-02-29T13:00:10+01:00"),
    ],
)
def test_spans_are_true_in_the_nights_in_which_the_clocks_change(at, before, after, shown):
    """A run that took twenty seconds must neither take an hour nor end before it began; nor may a retry be overdue."""
    then, now = at(before), at(after)
    assert shown == now.isoformat()
    assert (20, True) == ((now - then).total_seconds(), then < now)
    assert datetime.datetime.fromisoformat(after) == then + datetime.timedelta(seconds=20)
    assert now == datetime.datetime.fromisoformat(now.isoformat())
