"""Letters that did not arrive: told once, sent again to those whom the settings name by now, or dropped."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from filelock import FileLock

from syncd.app.mailing import Mailing
from syncd.app.telling import Telling
from syncd.app.undelivered import Undelivered
from syncd.config.home import Home
from syncd.config.loading import resolve
from syncd.core.errors import LockedError, UsageError
from syncd.core.runs import Run, RunState, Trigger
from syncd.frames.findings import none

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
WRONG, RIGHT, OTHER = "typo@x.example", "it@x.example", "other@x.example"
NOBODY = "550 5.1.1 no such user"
ALARM = "[syncd] ALARM a letter was not delivered and set aside"
CLEAR = "[syncd] all clear: no letter is set aside any longer"


class House:
    """A home whose settings a test changes as it goes."""

    def __init__(self, path, office) -> None:
        self.home, self.office, self.to, self.feeds, self.entries = Home(path), office, [WRONG], [], []
        office.habits.refuse = {WRONG: NOBODY}
        ticks = count()
        self.mailing = Mailing(self.home, self.settings, lambda: NOW + timedelta(seconds=next(ticks)))
        store = SimpleNamespace(record_entry=self.entries.append)
        telling = Telling(self.home.state / "incidents.json", self.mailing.tell, self.mailing.now)
        self.undelivered = Undelivered(self.mailing, telling, lambda: store)

    def settings(self):
        mail = {"host": "127.0.0.1", "port": self.office.port, "security": "none", "to": self.to}
        return resolve(
            {"mail": mail, "feed": self.feeds, "roster": {"time_zone": "Europe/Stockholm"}}, {}, "f"
        ).settings

    def tell(self, id: int = 1, feed: str = "") -> None:
        """Write the letter of a run, and send it."""
        run = Run(id=id, work=f"w{id}", file=f"u{id}.csv", trigger=Trigger.WATCH, received=NOW, feed=feed)
        run = Run(
            **{name: getattr(run, name) for name in Run.__slots__} | {"state": RunState.COMPLETED, "finished": NOW}
        )
        self.mailing.letters().tell(run, none())
        self.undelivered.deliver()

    def aside(self) -> list[str]:
        return [letter.subject for letter in self.mailing.outbox.refused.all()]


@pytest.fixture
def house(tmp_path, open_office):
    return House(tmp_path, open_office())


def test_what_is_refused_for_good_is_told_once_to_those_who_can_be_reached(house):
    """Not once a letter, and never about the alarm itself: that would go round for ever."""
    house.to = [WRONG, RIGHT]
    for id in (1, 2, 3):
        house.tell(id)
    assert 1 == house.office.subjects().count(ALARM)
    assert [RIGHT] * 4 == [who for _, to in house.office.envelopes for who in to]
    alarm = next(letter for letter in house.office.letters if letter["Subject"] == ALARM)
    text = alarm.get_body(("plain",)).get_content()
    for words in (NOBODY, WRONG, "u1.csv", "syncd mail retry", "syncd mail drop"):
        assert words in " ".join(text.split())
    assert (3 + 1, 1) == (len(house.aside()), len(house.undelivered.telling.open()))


def test_where_the_only_address_is_wrong_nothing_goes_round(house):
    """Letters and alarm are set aside, and the next round has nothing to do."""
    house.tell()
    assert 2 == len(house.aside())
    tried = len(house.mailing.outbox.refused.all())
    for _ in range(3):
        assert house.undelivered.deliver() is None
    assert (tried, []) == (len(house.aside()), house.office.subjects())


def test_status_tells_how_many_and_why(house):
    """The alarm letter may be the one that nobody gets."""
    house.tell()
    status = house.mailing.status()
    assert (0, 2, True) == (status["waiting"], status["set_aside"], NOBODY in status["refusal"])


def test_once_the_address_is_mended_they_are_sent_to_the_right_one(house):
    """Without a word: the settings say who hears of what. The reader sees to whom it went."""
    house.tell()
    house.to = [RIGHT]
    done = house.undelivered.retry([], "")
    assert [("sent", (RIGHT,), "")] * 2 == [(letter.state, letter.to, letter.reason) for letter in done]
    assert ["[syncd] ok: u1.csv, nothing new in 0 rows (run 1)", ALARM, CLEAR] == house.office.subjects()
    assert {RIGHT} == {str(letter["To"]) for letter in house.office.letters}
    assert ([], 0) == (house.aside(), house.mailing.status()["set_aside"])
    assert ["mail retry"] * 2 == [entry.what.value for entry in house.entries]
    assert f"letter {done[0].mark} to {RIGHT}: [syncd] ok: u1.csv" in house.entries[0].detail


def test_who_has_got_it_does_not_get_it_again(house):
    """Two of three were right; the third is another person now."""
    house.to = [RIGHT, WRONG]
    house.tell()
    house.to = [RIGHT, OTHER]
    house.office.letters.clear()
    house.office.envelopes.clear()
    house.undelivered.retry([], "")
    assert [[OTHER], [OTHER]] == [to for _, to in house.office.envelopes][:2]
    assert f"{RIGHT}, {OTHER}" == house.office.letters[0]["To"]


def test_the_letter_of_a_feed_goes_to_the_readers_of_the_feed(house):
    """Not to the admin, who does not know the matter."""
    feed = {"name": "users", "files": "u*.csv"}
    house.feeds = [feed | {"mail": {"to": [WRONG]}}]
    house.to = [RIGHT]
    house.tell(feed="users")
    house.feeds = [feed | {"mail": {"to": [OTHER]}}]
    assert [(OTHER,)] == [letter.to for letter in house.undelivered.retry([], "")]


def test_somebody_may_be_named_who_gets_it(house):
    """The admin is away, the deputy must know."""
    house.tell()
    first = house.undelivered.letters()[0].mark
    (done,) = house.undelivered.retry([first[:5].upper()], OTHER)
    assert ("sent", [OTHER]) == (done.state, house.office.envelopes[0][1])
    assert 1 == len(house.aside())


def test_refused_again_it_is_set_aside_again_and_says_so(house):
    """The mistake is still there; nothing new is told."""
    house.tell()
    done = house.undelivered.retry([], "")
    assert [("set aside", True)] * 2 == [(letter.state, NOBODY in letter.reason) for letter in done]
    assert ([], 1) == (house.office.subjects(), len(house.undelivered.telling.open()))


def test_sent_again_while_the_server_is_away_it_waits(house, post_offices):
    """As any letter does, and for as long."""
    house.tell()
    house.to, here = [RIGHT], house.office.port
    house.office.port = post_offices.free_port()
    done = house.undelivered.retry([], "")
    assert [("waits", True)] * 2 == [(letter.state, "Connection refused" in letter.reason) for letter in done]
    house.office.port = here
    house.mailing.outbox.note_trouble(None)
    house.undelivered.deliver()
    assert 2 <= len(house.office.letters)


def test_all_who_are_named_have_it(house):
    """The wrong address was simply one too many."""
    house.to = [RIGHT, WRONG]
    house.tell()
    house.to = [RIGHT]
    with pytest.raises(UsageError, match=r"have got letter [0-9a-f]{8}; .* syncd mail drop"):
        house.undelivered.retry([], "")
    assert (2, []) == (len(house.aside()), house.entries)


def test_what_is_dropped_is_gone_and_written_down(house):
    """Who dropped it, and what it was; then all is clear."""
    house.tell()
    done = house.undelivered.drop([])
    assert (["dropped"] * 2, [], ["mail drop"] * 2) == (
        [letter.state for letter in done],
        house.aside(),
        [entry.what.value for entry in house.entries],
    )
    assert [] == house.undelivered.telling.open()


@pytest.mark.parametrize("deed", ["retry", "drop"])
def test_nothing_happens_while_the_daemon_sends(house, deed, monkeypatch):
    """It may have the very letter in its hands."""
    house.tell()
    monkeypatch.setattr("syncd.app.undelivered._PATIENCE", 0.1)
    with FileLock(house.mailing.outbox.folder / "sending.lock"), pytest.raises(LockedError):
        getattr(house.undelivered, deed)(*([], "")[: 2 if deed == "retry" else 1])
    assert (2, []) == (len(house.aside()), house.entries)


@pytest.mark.parametrize(("named", "words"), [("zz", "no letter zz was set aside"), ("", "no letter")])
def test_a_letter_that_is_not_there_is_a_sentence(house, named, words):
    """And where to look; an empty word is no name for the first of them."""
    house.tell()
    for deed in (house.undelivered.drop, lambda marks: house.undelivered.retry(marks, "")):
        with pytest.raises(UsageError, match=words):
            deed([named])


def test_where_none_is_set_aside_nothing_is_done(house):
    """Nor is a folder made."""
    assert ([], [], []) == (house.undelivered.retry([], ""), house.undelivered.drop([]), house.undelivered.letters())
    assert () == house.undelivered.tell()
    with suppress(FileNotFoundError):
        assert [] == list((house.home.state / "outbox").iterdir())


def test_where_mail_is_off_nothing_is_sent_again(house):
    """It would wait for nobody."""
    house.tell()
    house.to = []
    with pytest.raises(UsageError, match="to names nobody"):
        house.undelivered.retry([], "")
    assert 2 == len(house.aside())
