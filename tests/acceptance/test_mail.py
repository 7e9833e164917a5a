"""Mail from end to end: a home, real processes, a real SMTP server. Promise 5 for mail: the same letter, once."""

import os
import signal
import subprocess
import sys
import time

import pytest

MIXED = "username;firstname;lastname\nnew.one;New;One\nBAD NAME;B;N\n"
USERS = "username;firstname;lastname\n" + "".join(f"pupil{n};P{n};L{n}\n" for n in range(1, 9))
STALE = 4 * 3600


@pytest.fixture
def office(open_office):
    return open_office()


def subjects(office) -> list[str]:
    return [subject.removeprefix("[syncd] ") for subject in office.subjects()]


def make_stale(home) -> None:
    home.drop("alock.txt", "")
    then = time.time() - STALE
    os.utime(home.sync_folder / "alock.txt", (then, then))


def test_a_run_is_told_with_its_reasons(home, office):
    """What the admin reads in the morning (U23)."""
    home.configure(office.settings("attach_tryback = true"))
    home.drop("userimport.csv", MIXED)
    assert 1 == home.run("sync").code
    assert ["failed 1 of 2 rows: userimport.csv (run 1)"] == subjects(office)
    text = office.letters[0].get_body(("plain",)).get_content()
    assert "'BAD NAME' is not a legal username" in text
    assert "syncd requeue reports/userimport_tryback_" in text
    (attachment,) = office.letters[0].iter_attachments()
    assert b"username;firstname;lastname\nBAD NAME;B;N\n" == attachment.get_content()


def test_a_stale_lock_alarms_once_and_then_clears(home, office):
    """Once per incident, over processes, and an all-clear (W1, U6)."""
    home.configure(office.settings())
    make_stale(home)
    assert [5, 5] == [home.run("sync").code for _ in range(2)]
    assert ["sender-lock-stale"] == [alarm["alarm"] for alarm in home.run("status", "--json").json()[0]["alarms"]]
    (home.sync_folder / "alock.txt").unlink()
    assert [0, 0] == [home.run("sync").code for _ in range(2)]
    alarm, clear = subjects(office)
    assert alarm.startswith("ALARM stale lock: alock.txt has been in the drop folder for 4 h")
    assert "all clear: alock.txt does not stop the drop folder any longer" == clear
    assert office.letters[0]["Message-ID"] == office.letters[1]["In-Reply-To"]


def test_a_letter_that_cannot_be_sent_waits_and_stops_nothing(home, post_offices, open_office):
    """The run is done, its exit code its own; status says since when, and why."""
    nobody = post_offices.free_port()
    settings = '[mail]\nhost = "127.0.0.1"\nsecurity = "none"\nto = ["it@x.example"]\nport = {}\n'
    home.configure(settings.format(nobody))
    home.drop("users.csv", USERS)
    assert 0 == home.run("sync").code
    mail = home.run("status", "--json").json()[0]["mail"]
    assert (True, 1, True) == (mail["on"], mail["waiting"], "Connection refused" in mail["error"])
    assert "1 letter waits since" in home.run("status").out
    assert 1 == home.run("mail", "test").code
    office = open_office()
    home.configure(settings.format(office.port))
    tested = home.run("mail", "test", "--to", "me@x.example")
    assert (0, True) == (tested.code, tested.out.startswith("Sent to me@x.example from it@x.example through"))
    home.run("sync")
    assert ["test: mail works", "ok: users.csv, 8 of 8 rows applied (run 1)"] == subjects(office)


def test_the_daemon_sends_at_once_and_ends_while_a_server_thinks(home, office):
    """On a thread of its own: neither a pass nor SIGTERM waits for mail."""
    office.habits.slow = 8
    home.configure(office.settings())
    daemon = subprocess.Popen(
        [sys.executable, "-m", "syncd", "daemon", "--home", str(home.path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for number in range(3):
            home.drop(f"{number}_users.csv", USERS.replace("pupil", f"p{number}."))
        end = time.monotonic() + 15
        while len(home.left("archives")) < 3 or not office.tried:
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        begun = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        _, err = daemon.communicate(timeout=30)
    assert (0, True) == (daemon.returncode, time.monotonic() - begun < 10), err
    assert "Traceback" not in err


def test_no_password_ever_gets_into_a_letter(home, office):
    """Promise 9: of a file, right or wrong, and of the mail server."""
    home.configure(
        office.settings("attach_report = true\nattach_tryback = true\nusername = 'u'\npassword = 'Server-S3cret'")
    )
    secret = "Korrekt-Hast-1"
    home.drop("users.csv", f"username;firstname;lastname;email;password\na1;A;B;{secret};{secret}\nBAD;A;B;;{secret}\n")
    home.drop("menu.csv", f"ann;{secret};x\nbob;{secret};y\n")
    home.run("sync")
    status = home.run("status")
    waiting = list((home.path / "state" / "outbox").glob("*.letter"))
    assert 2 == len(waiting)
    for text in [path.read_text() for path in waiting] + [status.out, home.run("mail", "test").err]:
        assert secret not in text
        assert "Server-S3cret" not in text


def test_a_hostile_file_name_reaches_the_reader_as_words(home, office):
    """Line ends, markup and marks that turn the direction of writing."""
    home.configure(office.settings())
    name = "a\nBcc: x@y\u202egpj.<script>.csv"
    home.drop(name, MIXED)
    home.run("sync")
    (letter,) = office.letters
    assert (None, True) == (letter["Bcc"], str(letter["Subject"]).isprintable())
    assert "<script>" not in letter.get_body(("html",)).get_content()
    assert r"a\nBcc: x@y\u202egpj.<script>.csv" in letter.get_body(("plain",)).get_content()
