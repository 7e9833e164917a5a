"""The mail of a home, joined from its settings."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.app.mailing import Mailing
from syncd.config.home import Home
from syncd.config.loading import resolve
from syncd.core.errors import PassingError, UsageError
from syncd.core.incidents import Incident, Trouble
from syncd.core.runs import Run, RunState, Trigger
from syncd.frames.findings import none

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 21, 18, 30, tzinfo=ZONE)


class House:
    """A home whose settings a test changes as it goes."""

    def __init__(self, path, office) -> None:
        self.home, self.office, self.mail, self.feeds = Home(path), office, {}, []
        self.now = NOW
        self.mailing = Mailing(self.home, self.settings, lambda: self.now)
        self.mailing.caught_up = True

    def settings(self):
        on = {"host": "127.0.0.1", "port": self.office.port, "security": "none", "to": ["it@x.example"]}
        tables = {"mail": on | self.mail, "feed": self.feeds, "roster": {"time_zone": "Europe/Stockholm"}}
        return resolve(tables, {}, "f").settings

    def run(self, feed: str = "", **changes) -> Run:
        values = {"id": 1, "work": "w", "file": "u.csv", "trigger": Trigger.WATCH, "received": self.now, "feed": feed}
        return Run(**(values | {"state": RunState.COMPLETED, "object": "users", "finished": self.now} | changes))


@pytest.fixture
def house(tmp_path, open_office):
    return House(tmp_path, open_office())


def test_a_feed_may_have_an_audience_of_its_own(house):
    """The person in charge of one file does not want to hear of all."""
    house.feeds = [
        {"name": "users", "files": "u*.csv", "mail": {"to": ["sis@x.example"], "policy": "failure"}},
        {"name": "courses", "files": "c*.csv"},
    ]
    heard = {name: house.mailing.audience_of(house.run(name)) for name in ("users", "courses", "gone", "")}
    assert (("sis@x.example",), "failure") == (heard["users"].to, heard["users"].status.value)
    for name in ("courses", "gone", ""):
        assert (("it@x.example",), "always") == (heard[name].to, heard[name].status.value)
    assert ("it@x.example",) == house.mailing.audience_of(None).to


def test_a_run_is_told_and_delivered(house):
    """From the settings to the server."""
    house.mailing.letters().tell(house.run(), none())
    assert house.mailing.fresh.is_set()
    assert (1, house.office.subjects()) == (house.mailing.status()["waiting"], [])
    assert house.mailing.deliver() is None
    assert ["[syncd] ok: u.csv, nothing new in 0 rows (run 1)"] == house.office.subjects()
    assert 0 == house.mailing.status()["waiting"]


def test_where_mail_is_off_nothing_happens(house):
    """Not even a folder."""
    house.mail = {"to": []}
    house.mailing.letters().tell(house.run(), none())
    house.mailing.tell(Incident(key="k", trouble=Trouble(sentence="s"), since=house.now))
    assert house.mailing.deliver() is None
    assert [] == list(house.home.path.iterdir())
    assert (False, "mail is off: host is set, but to names nobody") == (
        house.mailing.status()["on"],
        house.mailing.status()["missing"],
    )


def test_what_keeps_letters_is_told_and_raises_nothing(house, post_offices):
    """Mail never stops anything else."""
    house.mail = {"port": post_offices.free_port()}
    house.mailing.letters().tell(house.run(), none())
    wait = house.mailing.deliver()
    status = house.mailing.status()
    assert 50 < wait <= 60
    assert (1, "2026-11-21T18:30:00+01:00", True) == (
        status["waiting"],
        status["since"],
        "Connection refused" in status["error"],
    )


def test_a_letter_gets_old_from_when_it_was_put_in(house, post_offices):
    """A run of last week that a crash left is told today; its letter must not be given up at the first refusal."""
    house.mail = {"port": post_offices.free_port()}
    house.mailing.letters().tell(house.run(finished=NOW - timedelta(days=6)), none())
    house.mailing.deliver()
    assert (1, 0) == (house.mailing.status()["waiting"], house.mailing.status()["age"])
    house.now += timedelta(days=6)
    house.mailing.deliver()
    assert (0, 1) == (house.mailing.status()["waiting"], house.mailing.status()["set_aside"])


def test_a_password_file_that_is_gone_is_told_and_raises_nothing(house):
    """Somebody tidied up; the letters wait."""
    house.mailing.letters().tell(house.run(), none())
    house.mail = {"username": "u", "password_file": "gone"}
    assert house.mailing.deliver() > 0
    assert "mail.password_file" in house.mailing.status()["error"]


def test_a_hasty_round_leaves_the_rest_to_the_next(house, monkeypatch):
    """`syncd sync` tries, and ends."""
    for number in range(1, 4):
        house.mailing.letters().tell(house.run(id=number, work=f"w{number}"), none())
    monkeypatch.setattr("syncd.app.mailing._HASTY", 2)
    house.office.habits.slow = 2.5
    house.mailing.deliver(hasty=True)
    assert (1, 2) == (len(house.office.letters), house.mailing.status()["waiting"])
    assert house.mailing.status()["error"] is None


def test_the_digest_goes_out_at_its_time_once_what_a_crash_left_is_done(house):
    """Yesterday's runs in one letter; a run that is still to be told of would be missing in it."""
    house.mail = {"status": "digest", "digest_at": "07:00"}
    now = house.now
    for number, ended in enumerate((now - timedelta(days=2), now - timedelta(days=1, hours=1), now), 1):
        house.mailing.letters().tell(house.run(id=number, work=f"w{number}", finished=ended), none())
    house.mailing.caught_up = False
    house.mailing.deliver()
    assert [] == house.office.subjects()
    house.mailing.caught_up = True
    house.mailing.deliver()
    (subject,) = house.office.subjects()
    assert subject.startswith("[syncd] digest: 2 runs, nothing failed")
    assert 1 == house.mailing.status()["digest"]


def test_the_hour_that_the_clocks_repeat_in_autumn_has_one_digest(house):
    """2026-10-25 has half past two twice; a letter an hour after the other would be the day's second."""
    house.mail = {"status": "digest", "digest_at": "02:30"}
    times = ("02:20+02:00", "02:35+02:00", "02:55+02:00", "02:20+01:00", "02:40+01:00")
    for number, time in enumerate(times, 1):
        house.now = datetime.fromisoformat(f"2026-10-25T{time}")
        house.mailing.letters().tell(house.run(id=number, work=time), none())
        house.mailing.deliver()
    assert (1, 4) == (len(house.office.subjects()), house.mailing.status()["digest"])


def test_a_test_letter_goes_straight_to_the_server(house):
    """And ends the wait of the others, once it got through."""
    house.office.habits.answer = "421 down"
    house.mailing.letters().tell(house.run(), none())
    house.mailing.deliver()
    with pytest.raises(PassingError, match=r"no letter was sent: .* 421 down"):
        house.mailing.test("")
    house.office.habits.answer = "250 OK"
    tested = house.mailing.test("me@x.example")
    assert (("me@x.example",), {}, [["me@x.example"]]) == (
        tested.sent,
        tested.refused,
        [to for _, to in house.office.envelopes],
    )
    assert "server.json" not in {path.name for path in (house.home.state / "outbox").iterdir()}


@pytest.mark.parametrize(("to", "mail", "words"), [("me", {}, "is no address"), ("", {"host": ""}, "host is not")])
def test_a_test_that_makes_no_sense_is_a_sentence(house, to, mail, words):
    """What to set, and where."""
    house.mail = mail
    with pytest.raises(UsageError, match=words):
        house.mailing.test(to)
