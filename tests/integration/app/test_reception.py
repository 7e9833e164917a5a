"""The SFTP server of the daemon: what it serves, what it leaves out and tells, what it keeps."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import paramiko
import pytest
import sftp_post as fake
from structlog.testing import capture_logs

from syncd.app.reception import Around, Reception
from syncd.app.telling import Telling
from syncd.config.home import Home
from syncd.config.models import Settings


class Hall:
    """A home with a reception, whose settings a test changes; each `look` is one of the daemon."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        (path / "state").mkdir()
        (path / "sync").mkdir()
        self.names = ["ladok", "hr"]
        self.settings: dict[str, Any] = {"enabled": True, "address": "127.0.0.1", "port": 0}
        self.letters: list[str] = []
        self.keys = {}
        for name in ("ladok", "hr", "third"):
            (path / name).mkdir()
            self.keys[name] = fake.new_keys(path / name)
        self.open: list[paramiko.Transport] = []
        telling = Telling(path / "incidents.json", lambda incident: self.letters.append(incident.title), self._now)
        store = SimpleNamespace(record_entry=lambda *_: None, runs_of_sender=lambda *_: [])
        self.reception = Reception(Around(self.home, self._settings, lambda: store, telling, self._now))
        self.telling = telling

    def look(self) -> None:
        """Look once more."""
        self.reception.keep()

    def client(self, name: str) -> paramiko.SFTPClient:
        """Log in as an account."""
        transport = paramiko.Transport(("127.0.0.1", self.reception.port))
        self.open.append(transport)
        transport.connect(username=name, pkey=paramiko.Ed25519Key(filename=str(self.keys[name].path)))
        client = paramiko.SFTPClient.from_transport(transport)
        assert client
        return client

    def alarms(self) -> list[str]:
        """Return the keys of what is wrong."""
        return [each["alarm"] for each in self.telling.open()]

    def key_file(self, name: str) -> Path:
        """Return the file of an account's keys."""
        return self.keys[name].path.with_suffix(".pub")

    def _settings(self) -> Settings:
        accounts = [{"name": name, "keys": [str(self.key_file(name))]} for name in self.names]
        return Settings.model_validate({"sftp": self.settings | {"account": accounts}})

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    """Give a home that serves nobody yet."""
    return Hall(tmp_path)


@contextmanager
def serving(hall: Hall) -> Iterator[None]:
    """Be the daemon meanwhile."""
    with hall.reception.open(Event()):
        try:
            yield
        finally:
            for transport in hall.open:
                transport.close()


@pytest.mark.parametrize("trouble", ["no key file", "no key in it", "a file in place of the box"])
def test_what_is_wrong_with_one_account_concerns_no_other(hall: Hall, trouble: str) -> None:
    """One sender's lost key must not shut the door for a whole city; and it is told, once, and when it is over."""
    text, box = hall.key_file("hr").read_text(), hall.home.sync / "hr"
    if trouble == "no key file":
        hall.key_file("hr").unlink()
    elif trouble == "no key in it":
        hall.key_file("hr").write_text("-----BEGIN")
    else:
        box.write_text("a file")
    with serving(hall):
        session = hall.client("ladok")
        with pytest.raises(paramiko.SSHException):
            hall.client("hr")
        hall.look()
        assert ["sftp account hr"] == hall.alarms()
        assert ["the account hr is not served by SFTP"] == hall.letters
        assert any("The account hr is not served" in line for line in hall.reception.greeting())
        with suppress(FileNotFoundError):
            box.unlink()
        hall.key_file("hr").write_text(text)
        hall.look()
        fake.put(hall.client("hr"), "x.csv")
        fake.put(session, "x.csv")
    assert [] == hall.alarms()
    assert ["the account hr is not served by SFTP", "nothing keeps the account hr from SFTP any more"] == hall.letters


def test_an_alarm_of_an_account_that_is_removed_is_over(hall: Hall) -> None:
    """Also where the daemon was restarted in between."""
    hall.key_file("hr").unlink()
    with serving(hall):
        assert ["sftp account hr"] == hall.alarms()
    again = Reception(hall.reception._around)
    hall.names.remove("hr")
    with again.open(Event()):
        assert [] == hall.alarms()


def test_an_upload_goes_on_while_accounts_come_and_go(hall: Hall) -> None:
    """SIGHUP, or an edited file of keys, is no reason to cut the upload of a whole night."""
    with serving(hall):
        port, other = hall.reception.port, hall.client("hr")
        file = hall.client("ladok").open("x.csv", "wb")
        file.write(b"half ")
        hall.names.append("third")
        hall.look()
        fake.put(hall.client("third"), "y.csv")
        hall.names.remove("hr")
        hall.look()
        with pytest.raises((OSError, EOFError, paramiko.SSHException)):
            other.listdir("/")
        with hall.key_file("ladok").open("a") as keys:
            keys.write(hall.key_file("third").read_text())
        hall.look()
        file.write(b"and half")
        file.close()
        assert port == hall.reception.port
    assert b"half and half" == (hall.home.sync / "ladok" / "x.csv").read_bytes()


def test_the_box_stays_the_same_for_who_sends_and_who_comes_next(hall: Hall) -> None:
    """It knows who sends which file: the older of two senders is cut off, not mixed in."""
    with serving(hall):
        old = hall.client("ladok").open("x.csv", "wb")
        old.write(b"old " * 100)
        hall.names.append("third")
        hall.look()
        fake.put(hall.client("ladok"), "x.csv", b"new")
        with pytest.raises(OSError, match="another session"):
            old.write(b"old")
    assert b"new" == (hall.home.sync / "ladok" / "x.csv").read_bytes()


def test_other_limits_are_those_of_another_server(hall: Hall) -> None:
    """They hold at once, for all."""
    with serving(hall):
        client = hall.client("ladok")
        hall.settings["file_size"] = "1B"
        hall.look()
        with pytest.raises((OSError, EOFError, paramiko.SSHException)):
            client.listdir("/")
        with pytest.raises(OSError, match="larger"):
            fake.put(hall.client("ladok"), "x.csv", b"two")


@pytest.mark.parametrize("trouble", ["no key", "a folder in its place", "no folder for it"])
def test_a_host_key_that_does_not_do_stops_nothing_else_and_is_said(hall: Hall, trouble: str) -> None:
    """The daemon has other work; and nobody may believe that SFTP is served."""
    place = hall.home.state / "sftp"
    if trouble == "no folder for it":
        place.write_text("a file")
    else:
        place.mkdir()
        (place / "host_key").mkdir() if trouble != "no key" else (place / "host_key").write_text("corrupt")
    with serving(hall):
        (said,) = hall.reception.greeting()
        assert said.startswith("SFTP is not served at 127.0.0.1 port 0: ")
        assert str(place) in said
        assert ["sftp"] == hall.alarms()
        place.rename(place.with_name("away"))
        hall.look()
        assert [] == hall.alarms()
        said = hall.reception.greeting()[0]
        assert f"SFTP is served at 127.0.0.1 port {hall.reception.port}; " in said
        assert all(f"{key} ({kind})" in said for kind, key in hall.reception.fingerprints().items())
        assert ["ssh-ed25519", "ecdsa-sha2-nistp256"] == list(hall.reception.fingerprints())
        assert 0 != hall.reception.port
        fake.put(hall.client("ladok"), "x.csv")


def test_a_port_that_is_taken_is_said_and_fills_no_log(hall: Hall) -> None:
    """It is tried with every look."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        hall.settings["port"] = taken.getsockname()[1]
        with capture_logs() as lines, serving(hall):
            assert "Address already in use" in hall.reception.greeting()[0]
            for _ in range(30):
                hall.look()
            assert [1, 2, 3, 4, 5, 8, 16] == [line["count"] for line in lines]
            taken.close()
            hall.look()
            assert hall.settings["port"] == hall.reception.port


def test_a_server_that_is_off_greets_nobody(hall: Hall) -> None:
    """And what was wrong with it is over."""
    hall.key_file("hr").unlink()
    with serving(hall):
        hall.settings["enabled"] = False
        hall.look()
        assert ([], 0, []) == (hall.reception.greeting(), hall.reception.port, hall.alarms())
