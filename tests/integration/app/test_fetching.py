"""Pulls of a home, done by threads: what one does to the others, and what is told of each."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.app.admission import write_times
from syncd.app.fetching import Fetching
from syncd.app.pull_times import Patience
from syncd.app.reception import Around
from syncd.app.telling import Telling
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.errors import PassingError
from syncd.sftp.fetching.pinned import StrangerError
from syncd.sftp.fetching.pull import Puller

START = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PULL = {"username": "u", "key_file": "k", "host_key": "SHA256:" + "A" * 43, "schedule": "0 2 * * *"}
FEED = {"name": "users", "files": ["users*.csv"], "schedule": "0 2 * * *"}


class Pulls:
    """Two pulls from two servers, and what they do when a test lets them."""

    def __init__(self, folder: Path, *more: dict[str, Any], **of_first: Any) -> None:
        pulls = [PULL | {"name": "hr", "host": "a"} | of_first, PULL | {"name": "sis", "host": "b"}, *more]
        settings = Settings.model_validate({"pull": pulls, "feed": [FEED], "roster": {"time_zone": "UTC"}})
        state = folder / "state"
        state.mkdir()
        yesterday = START - timedelta(days=1)
        write_times(state / "pulls.json", {pull["name"]: (PULL["schedule"], yesterday) for pull in pulls})
        write_times(state / "schedules.json", {"users": (FEED["schedule"], yesterday)})
        self.now = START + timedelta(hours=1)
        self.told: list[str] = []
        self.done: list[str] = []
        self.release = threading.Event()
        self.begun = threading.Event()
        self.steady = 0.0
        telling = Telling(
            state / "incidents.json",
            lambda incident: self.told.append(f"{incident.key} {incident.over}"),
            lambda: START,
        )
        around = Around(Home(folder), lambda: settings, lambda: None, telling, lambda: self.now)  # type: ignore[arg-type, return-value]
        self.delivered = threading.Event()
        self.fetching = Fetching(around, self.delivered.set, _patience=Patience(lambda: self.steady))

    def run(self, puller: Puller) -> None:
        """Do a pull: that from the first server hangs."""
        name = puller._pull.remote.host
        if name == "a":
            self.begun.set()
            assert self.release.wait(60)
        self.done.append(name)

    def courier(self, stop: threading.Event) -> threading.Thread:
        """Do what is due, on a thread."""
        thread = threading.Thread(target=lambda: self.fetching.deliver(go_on=lambda: not stop.is_set()), daemon=True)
        thread.start()
        return thread


@pytest.fixture
def stop() -> threading.Event:
    """Give the order to stop."""
    return threading.Event()


def _waited(check: Any) -> bool:
    for _ in range(6000):
        if check():
            return True
        threading.Event().wait(0.01)
    return False


def test_a_server_that_hangs_keeps_no_other_from_its_time(tmp_path, monkeypatch, stop):
    """A pull that came a byte at a time held up all that came after it."""
    pulls = Pulls(tmp_path)
    monkeypatch.setattr(Puller, "run", lambda puller, _: pulls.run(puller))
    thread = pulls.courier(stop)
    assert _waited(lambda: pulls.done == ["b"])
    pulls.now += timedelta(days=1)
    pulls.fetching.fresh.set()
    assert _waited(lambda: pulls.done == ["b", "b"])
    pulls.release.set()
    thread.join(60)
    assert ["b", "b", "a"] == pulls.done[:3]


def test_a_time_that_comes_while_the_pull_is_under_way_is_not_missed(tmp_path, monkeypatch, stop):
    """It looked at what is there before that time had come."""
    pulls = Pulls(tmp_path)
    monkeypatch.setattr(Puller, "run", lambda puller, _: pulls.run(puller))
    thread = pulls.courier(stop)
    assert pulls.begun.wait(60)
    pulls.now += timedelta(days=1)
    pulls.release.set()
    thread.join(60)
    assert 2 == pulls.done.count("a")


def test_one_server_is_asked_for_one_thing_after_the_other(tmp_path, monkeypatch, stop):
    """Some let in few at once; and two that move files away from one folder would meet."""
    pulls = Pulls(tmp_path, PULL | {"name": "more", "host": "a"})
    monkeypatch.setattr(Puller, "run", lambda puller, _: pulls.run(puller))
    thread = pulls.courier(stop)
    assert _waited(lambda: pulls.done == ["b"])
    # The thread of the pull that is done lives on for a moment.
    assert _waited(lambda: 1 == sum(each.name.startswith("pull ") for each in threading.enumerate()))
    pulls.release.set()
    thread.join(60)
    assert ["b", "a", "a"] == pulls.done


def test_no_feed_waits_more_than_an_hour_for_a_pull_that_is_under_way(tmp_path, monkeypatch, stop):
    """One that never ends never fails; what was dropped for the feed by others must be taken at last."""
    pulls = Pulls(tmp_path, before=["users"], schedule="hand")
    monkeypatch.setattr(Puller, "run", lambda puller, _: pulls.run(puller))
    thread = pulls.courier(stop)
    assert pulls.begun.wait(60)
    pulls.steady = 3599.0
    assert {"users": "the pull hr"} == pulls.fetching.pending()
    pulls.steady = 3601.0
    pulls.fetching.fresh.set()
    assert _waited(lambda: not pulls.fetching.pending())
    assert pulls.delivered.is_set()
    pulls.release.set()
    thread.join(60)


def test_another_host_key_does_not_end_the_incident_before(tmp_path, monkeypatch):
    """It was told that the pull is done again, when it was worse than before."""
    pulls = Pulls(tmp_path)
    troubles: list[Exception] = [PassingError("away"), StrangerError("another key"), PassingError("away again")]

    def run(*_: object) -> None:
        if troubles:
            raise troubles.pop(0)

    monkeypatch.setattr(Puller, "run", run)
    for _ in range(3):
        with pytest.raises((PassingError, StrangerError)):
            pulls.fetching.by_hand("hr", lambda _: None)
    assert ["pull hr False", "pull hr host key False"] == pulls.told
    pulls.fetching.by_hand("hr", lambda _: None)
    assert ["pull hr True", "pull hr host key True"] == sorted(pulls.told[2:])


def test_an_incident_ends_with_its_pull(tmp_path):
    """Whoever takes a pull that fails out of the settings would see its alarm for ever."""
    pulls = Pulls(tmp_path)
    pulls.fetching.around.telling.alarm("pull old host key", "it has another key")
    pulls.fetching.around.telling.alarm("pull hr", "it cannot be done")
    pulls.fetching.deliver(go_on=lambda: False)
    assert ["pull hr"] == [each["alarm"] for each in pulls.fetching.around.telling.open()]
    assert "pull old host key True" == pulls.told[-1]
