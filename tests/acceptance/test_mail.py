"""Mail from end to end: a home, real processes, a real SMTP server. Promise 5 for mail: the same letter, once."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from syncd.app import building

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
    """Once per incident, over processes, and an all-clear."""
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


def test_a_letter_to_a_mistyped_address_is_told_mended_and_sent_again(home, office):
    """Set aside at once and said with the server's words, as operators of mail know it; one command sends it."""
    office.habits.refuse = {"typo@x.example": "550 5.1.1 no such user"}
    settings = office.settings().replace('"it@school.example"', '"it@school.example", "{}"')
    home.configure(settings.format("typo@x.example"))
    home.drop("users.csv", USERS)
    assert 0 == home.run("sync").code
    status = home.run("status")
    assert (1, True) == (status.code, "letters were set aside undelivered (2); see syncd mail list:" in status.out)
    assert "550 5.1.1 no such user" in status.out
    listed = home.run("mail", "list", "--json").json()
    assert {("set aside", "typo@x.example")} == {(letter["state"], *letter["to"]) for letter in listed}
    assert 1 == home.run("mail", "retry", listed[0]["letter"]).code
    home.configure(settings.format("deputy@x.example"))
    assert 0 == home.run("mail", "retry", listed[0]["letter"]).code
    assert 0 == home.run("mail", "drop", "--all").code
    told = subjects(office)
    assert ["ok: users.csv, 8 of 8 rows applied (run 1)", "ALARM a letter was not delivered and set aside"] == told[:2]
    assert [["it@school.example"], ["it@school.example"], ["deputy@x.example"]] == [to for _, to in office.envelopes][
        :3
    ]
    home.run("sync")
    assert "all clear: no letter is set aside any longer" == subjects(office)[-1]
    assert 0 == home.run("status").code
    deeds = [entry["what"] for entry in home.run("audit", "--json").json()]
    assert (2, 1) == (deeds.count("mail retry"), deeds.count("mail drop"))


def test_letters_that_were_set_aside_go_in_their_time(home, office, monkeypatch):
    """They name people; nobody sends them again after months. What waits stays, and all is clear."""
    office.habits.refuse = {"it@school.example": "550 no such user"}
    home.configure(office.settings("try_for = '30d'\n[keep]\nletters = '10d'"))
    home.worked("users.csv", USERS)
    home.run("sync")
    office.habits.refuse = {"it@school.example": "450 later"}
    home.worked("bad_users.csv", MIXED)
    home.run("sync")
    now, removed = building.LocalClock.now, []
    for days, dry_run in ((9, False), (11, True), (11, False)):
        monkeypatch.setattr(building.LocalClock, "now", lambda clock, days=days: now(clock) + timedelta(days=days))
        with home.app() as app:
            removed.append(app.prune(dry_run=dry_run).counts["letters"])
    assert [0, 2, 2] == removed
    left = [(letter["state"], letter["subject"].split()[1]) for letter in home.run("mail", "list", "--json").json()]
    assert [("waits", "all"), ("waits", "failed")] == sorted(left)


def test_the_daemon_sends_at_once_and_ends_while_a_server_thinks(home, office):
    """On a thread of its own: neither a pass nor SIGTERM waits for mail."""
    office.habits.slow = 60
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
        end = time.monotonic() + 60
        while len(home.left("archives")) < 3 or not office.tried:
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        begun = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        _, err = daemon.communicate(timeout=50)
    assert (0, True) == (daemon.returncode, time.monotonic() - begun < 30), err
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
