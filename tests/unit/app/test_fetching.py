"""When pulls are done."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.app.admission import write_times
from syncd.app.fetching import Fetching
from syncd.app.reception import Around
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.errors import PassingError, UsageError

ZONE = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 11, 22, 1, 30, tzinfo=ZONE)
PULL = {"name": "hr", "host": "h", "username": "u", "key_file": "k", "host_key": "SHA256:" + "A" * 43}
FEED = {"name": "users", "files": ["users*.csv"], "schedule": "0 2 * * *"}


class Clock:
    """Pulls of a home at a time that a test sets; they are only noted."""

    def __init__(self, tmp_path, **pull):
        tables = {"pull": [PULL | pull], "feed": [FEED], "roster": {"time_zone": "Europe/Stockholm"}}
        settings = Settings.model_validate(tables)
        (tmp_path / "state").mkdir()
        write_times(tmp_path / "state" / "schedules.json", {"users": ("0 2 * * *", START - timedelta(hours=1))})
        self.now = START
        self.done = []
        self.fails = False
        around = Around(Home(tmp_path), lambda: settings, lambda: None, None, lambda: self.now)
        clock = self

        class Noting(Fetching):
            def _done(self, table, how):
                clock.done.append((f"{clock.now:%d %H:%M}", table.name, how))
                if clock.fails:
                    raise PassingError("away")
                return []

        self.fetching = Noting(around, lambda: None)

    def at(self, **later):
        """Let it be later, and look."""
        self.now = START + timedelta(**later)
        self.fetching.deliver(go_on=lambda: True)
        self.fetching.before_feeds()
        return self


def test_a_pull_is_done_once_at_each_of_its_times(tmp_path):
    """Looks are many, times few; what was missed is made up for once."""
    clock = Clock(tmp_path, schedule="0 * * * *").at().at(minutes=20).at(minutes=31).at(minutes=40).at(hours=5)
    assert [("22 02:01", "hr", "daemon"), ("22 06:30", "hr", "daemon")] == clock.done


def test_a_pull_by_hand_is_never_done_by_itself(tmp_path):
    """Nor is its time."""
    assert [] == Clock(tmp_path, schedule="hand").at().at(days=3).done


def test_a_pull_before_a_feed_is_done_when_the_time_of_the_feed_has_come(tmp_path):
    """Once; the files must be there when the feed's are taken."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.at(minutes=29).at(minutes=31).at(minutes=32)
    assert [("22 02:01", "hr", "daemon")] == clock.done


def test_a_pull_before_a_feed_that_fails_is_tried_again_with_the_next_look(tmp_path):
    """The feed is late then, not left out."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.fails = True
    clock.at(minutes=31).at(minutes=32)
    clock.fails = False
    clock.at(minutes=33).at(minutes=34)
    assert ["22 02:01", "22 02:02", "22 02:03"] == [time for time, _, _ in clock.done]


def test_an_unknown_name_is_answered_with_those_that_are(tmp_path):
    """People mistype."""
    with pytest.raises(UsageError, match="there is no pull rh; there is hr"):
        Clock(tmp_path).fetching.by_hand("rh")
