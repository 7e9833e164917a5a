"""Incidents of a home: told once when they begin, once when they are over, whatever crashes in between."""

import errno
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from filelock import FileLock

from syncd.app import telling as module
from syncd.app.drop_alarms import trouble, troubles
from syncd.app.telling import Telling
from syncd.core.errors import LockedError, PassingError, UsageError
from syncd.core.handshake import AlarmKind
from syncd.core.incidents import Trouble
from syncd.disk import documents
from syncd.intake.drop import Claim

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
TROUBLE = Trouble(sentence="the tap drips; mend it", cause="c", what_next="n", all_clear="the tap is tight")


class Home:
    """A home with an outbox that keeps each letter once, as the real one does."""

    def __init__(self, path) -> None:
        self.path = path
        self.letters: dict[str, str] = {}
        self.now = NOW
        self.posts = 0

    @property
    def telling(self) -> Telling:
        """Return what a newly started process has."""
        return Telling(self.path / "incidents.json", self._post, lambda: self.now)

    def _post(self, incident) -> None:
        self.posts += 1
        self.letters.setdefault(f"{incident.key} {incident.since} {incident.over}", incident.title)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def test_an_alarm_is_told_once_and_so_is_its_end(home):
    """Over restarts too: each call is a process of its own."""
    said = [home.telling.alarm("tap", "the tap drips; mend it"), home.telling.alarm("tap", "it still drips")]
    home.now += timedelta(hours=2)
    said += [home.telling.all_clear("tap"), home.telling.all_clear("tap")]
    assert [1, 0, 1, 0] == [len(sentences) for sentences in said]
    assert ["the tap drips", "over: the tap drips"] == list(home.letters.values())
    assert "lasted 2 h 0 min" in said[2][0]


def test_what_comes_back_is_told_again(home):
    """Another night, another incident."""
    for _ in range(3):
        home.telling.alarm("tap", "drip")
        home.now += timedelta(seconds=1)
        home.telling.all_clear("tap")
        home.now += timedelta(seconds=1)
    assert 6 == len(home.letters)


def test_other_incidents_stay_as_they_are(home):
    """A look at one thing says nothing of another."""
    home.telling.alarm("tap", "drip")
    home.telling.settle({}, {"door"})
    assert ["tap"] == [incident["alarm"] for incident in home.telling.open()]
    assert [{"alarm": "tap", "since": "2026-11-21T18:30:00+00:00", "sentence": "drip"}] == home.telling.open()


def test_a_quiet_home_is_not_written_to(home):
    """A pass a minute, for years."""
    home.telling.all_clear("tap")
    home.telling.stuck(())
    assert [] == list(home.path.iterdir())


@pytest.mark.parametrize("step", range(1, 7))
def test_a_crash_at_any_step_leads_to_the_same_letters(home, step, monkeypatch):
    """The letter is in the outbox before the incident counts as told."""
    count = 0

    def around(real):
        def call(*arguments):
            nonlocal count
            count += 1
            if count == step:
                raise KeyboardInterrupt
            return real(*arguments)

        return call

    monkeypatch.setattr(documents, "replace", around(documents.replace))
    monkeypatch.setattr(home, "_post", around(home._post))
    with suppress(KeyboardInterrupt):
        home.telling.settle({"tap": TROUBLE}, {"tap"})
        home.now += timedelta(hours=1)
        home.telling.settle({}, {"tap"})
    monkeypatch.undo()
    home.telling.settle({"tap": TROUBLE} if step <= 3 else {}, {"tap"})
    home.now += timedelta(hours=1)
    home.telling.settle({}, {"tap"})
    home.telling.settle({}, {"tap"})
    assert ["the tap drips", "the tap is tight"] == list(home.letters.values())


def test_on_a_full_disk_an_alarm_is_told_once_all_the_same(home, monkeypatch):
    """What cannot be written down is kept in mind, or every pass would alarm."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(documents, "replace", full)
    telling = home.telling
    said = [telling.alarm("disk", "full"), telling.alarm("disk", "full"), telling.all_clear("disk")]
    assert [1, 0, 1] == [len(sentences) for sentences in said]
    assert 2 == len(home.letters)


@pytest.mark.parametrize("damage", ["", "[]", '{"tap": 5}', '{"tap": {"since": "soon"}}', "\x00"])
def test_damaged_memory_is_no_memory(home, damage):
    """It alarms once more, and works."""
    (home.path / "incidents.json").write_text(damage)
    assert [] == home.telling.open()
    assert 1 == len(home.telling.alarm("tap", "drip"))


def test_another_process_is_waited_for_but_not_for_ever(home, monkeypatch):
    """The letters matter more than the order."""
    monkeypatch.setattr(module, "_PATIENCE", 0.2)
    with FileLock(home.path / "incidents.lock"):
        assert 1 == len(home.telling.alarm("tap", "drip"))


def test_what_happened_in_an_instant_has_no_end(home):
    """A lock that was taken over is told, and that is that."""
    assert "gone" == home.telling.event("taken", Trouble(sentence="gone"))
    assert (1, []) == (len(home.letters), home.telling.open())


def test_a_pass_that_cannot_go_on_is_told_once_until_it_can(home):
    """The database is away all night: one alarm, one all-clear."""
    for _ in range(3):
        with pytest.raises(PassingError), home.telling.unless_it_fails():
            raise PassingError("the database is away")
    with home.telling.unless_it_fails():
        home.now += timedelta(hours=3)
    assert ["a pass cannot go on: the database is away", "passes go on again"] == list(home.letters.values())


def test_the_words_of_a_fault_of_syncd_itself_are_not_told(home):
    """They may hold what must not be shown."""
    with pytest.raises(ValueError, match="secret"), home.telling.unless_it_fails():
        raise ValueError("secret")
    assert ["a pass cannot go on: syncd itself failed (ValueError)"] == list(home.letters.values())


@pytest.mark.parametrize("error", [LockedError("another syncd"), UsageError("no such feed")])
def test_what_a_person_is_told_at_once_is_no_incident(home, error):
    """Another syncd at work, or a wrong word on the command line."""
    with pytest.raises(type(error)), home.telling.unless_it_fails():
        raise error
    assert {} == home.letters


def test_runs_that_are_stuck_are_one_incident(home):
    """Whichever runs they are."""
    home.telling.stuck(("run 1: the disk is full", "run 2: the disk is full"))
    home.telling.stuck(("run 3: the disk is full",))
    home.telling.stuck(())
    assert ["2 runs cannot go on", "no run is stuck any longer"] == list(home.letters.values())


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_trouble_of_the_drop_folder_has_a_cause_and_a_next_step(kind):
    """Each alarm with its cause in words; and an end, unless it happened in an instant."""
    words = trouble(kind, "s")
    assert words.cause.endswith(".")
    assert words.what_next.endswith(".")
    assert (kind is AlarmKind.LOCK_TAKEN_OVER) == (words.all_clear == "")
    assert {kind.value: words} == troubles(Claim(found={kind: "s"}))


def test_the_file_is_its_owners_alone(home):
    """It names what is wrong."""
    home.telling.alarm("tap", "drip")
    assert 0o600 == (home.path / "incidents.json").stat().st_mode & 0o777
    assert ["tap"] == list(json.loads((home.path / "incidents.json").read_text()))
