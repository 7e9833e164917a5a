"""When pulls are done."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.app.admission import Asked, Schedules, write_times
from syncd.app.fetching import Fetching
from syncd.app.pull_times import Patience
from syncd.app.reception import Around
from syncd.app.telling import Telling
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.errors import PassingError, UsageError
from syncd.intake.drop import Claim
from syncd.sftp.fetching.pinned import StrangerError

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
        self.trouble = None
        self.waited = []
        telling = Telling(tmp_path / "state" / "incidents.json", lambda _: None, lambda: self.now)
        around = Around(Home(tmp_path), lambda: settings, lambda: None, telling, lambda: self.now)
        clock = self

        class Noting(Fetching):
            def _do(self, table, how, heard=None):
                clock.done.append((f"{clock.now:%d %H:%M}", table.name, how))
                if clock.trouble:
                    raise clock.trouble

        self.fetching = Noting(around, lambda: None, _patience=Patience(self.seconds))

    def seconds(self):
        """Return what a steady clock shows."""
        return self.now.timestamp()

    def at(self, **later):
        """Let it be later, and let pass and courier look."""
        self.now = START + timedelta(**later)
        waits = self.why()
        self.fetching.deliver(go_on=lambda: True)
        self.waited.append((f"{self.now:%H:%M}", bool(waits), bool(self.why())))
        if not self.why():
            self.schedules().admit(self.asked()).claimed(Claim())
        return self

    def why(self):
        """Return why files of the feed stay."""
        return self.schedules().admit(self.asked()).waits("users.csv")

    def schedules(self):
        return Schedules(self.fetching.around.home.state, self.fetching.around.settings(), self.now)

    def asked(self):
        return Asked(by_hand=False, first=self.fetching.pending())


def test_a_pull_is_done_once_at_each_of_its_times(tmp_path):
    """Looks are many, times few; what was missed is made up for once."""
    clock = Clock(tmp_path, schedule="0 * * * *").at().at(minutes=20).at(minutes=31).at(minutes=40).at(hours=5)
    assert [("22 02:01", "hr", "daemon"), ("22 06:30", "hr", "daemon")] == clock.done


def test_a_pull_by_hand_is_never_done_by_itself(tmp_path):
    """Nor is its time."""
    assert [] == Clock(tmp_path, schedule="hand").at().at(days=3).done


def test_the_files_of_a_feed_wait_for_the_pull_before_it(tmp_path):
    """It is done once, as soon as the time of the feed has come; what it brings is taken with the rest."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.at(minutes=29).at(minutes=31).at(minutes=32).at(hours=5)
    assert [("22 02:01", "hr", "daemon")] == clock.done
    assert [("01:59", True, True), ("02:01", True, False), ("02:02", True, True)] == clock.waited[:3]


def test_the_pass_that_finds_a_feed_waiting_wakes_the_courier(tmp_path):
    """It must not wait for the courier's next look."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.at(minutes=29)
    assert not clock.fetching.fresh.is_set()
    clock.now = START + timedelta(minutes=30)
    assert "the pull hr is done first" == clock.why()
    assert clock.fetching.fresh.is_set()


def test_a_pull_before_a_feed_that_fails_is_tried_again_and_the_feed_is_late(tmp_path):
    """Later and later: a minute, two, four."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.trouble = PassingError("away")
    for minute in range(30, 40):
        clock.at(minutes=minute)
    clock.trouble = None
    for minute in range(40, 50):
        clock.at(minutes=minute)
    assert ["22 02:00", "22 02:01", "22 02:03", "22 02:07", "22 02:15"] == [time for time, _, _ in clock.done]
    assert ("02:15", True, False) == clock.waited[15]
    assert all(late for _, _, late in clock.waited[:15])


def test_a_feed_waits_an_hour_and_no_longer(tmp_path):
    """What was dropped for it by others must not wait for a server that is gone; another night is another chance."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.trouble = PassingError("away")
    for minute in range(30, 120):
        clock.at(minutes=minute)
    let_go = [time for time, _, waits in clock.waited if not waits]
    assert ["03:05"] == let_go
    clock.at(days=1, minutes=31)
    assert ("22 03:05", "23 02:01") == (clock.done[-2][0], clock.done[-1][0])


@pytest.mark.parametrize("trouble", [UsageError("refused"), StrangerError("another key")])
def test_no_feed_waits_for_a_pull_that_nobody_mends_by_trying(tmp_path, trouble):
    """Who tries a wrong password again and again is locked out at last."""
    clock = Clock(tmp_path, schedule="hand", before=["users"])
    clock.trouble = trouble
    clock.at(minutes=31).at(minutes=32).at(minutes=50)
    assert ["22 02:01"] == [time for time, _, _ in clock.done]
    assert ("02:01", True, False) == clock.waited[0]


def test_a_pull_that_fails_is_tried_at_its_own_next_time(tmp_path):
    """Without a feed that waits there is no hurry."""
    clock = Clock(tmp_path, schedule="0 * * * *")
    clock.trouble = PassingError("away")
    clock.at().at(minutes=31).at(minutes=32).at(minutes=91)
    assert ["22 02:01", "22 03:01"] == [time for time, _, _ in clock.done]


def test_an_unknown_name_is_answered_with_those_that_are(tmp_path):
    """People mistype."""
    with pytest.raises(UsageError, match="there is no pull rh; there is hr"):
        Clock(tmp_path).fetching.by_hand("rh", print)
