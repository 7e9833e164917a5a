"""Feeds in a whole home: routing, policies, schedules, dues, and a daemon that reads its settings anew."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.app.building import LocalClock
from syncd.core.runs import Trigger

Home = Any

USERS = "username;firstname;lastname;idnumber\nada;Åda;X;N-ada\n"
COHORTS = "cmd;cidnumber;cname;userid\nadd;c1;First;\n"
SCHEDULED = """
[roster]
time_zone = "UTC"
[[feed]]
name = "users"
files = "u*.csv"
schedule = "30 2 * * *"
"""
EXPECTED = """
[roster]
time_zone = "UTC"
[[feed]]
name = "users"
files = "u*.csv"
due = "07:00"
grace = "30m"
calendar = "mon-fri"
"""
# 2026-11-20 is a Friday.


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock of the home."""

    def set_to(text: str) -> None:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr(LocalClock, "now", lambda clock: moment.astimezone(clock.zone))

    return set_to


def look(home: Home, trigger: Trigger = Trigger.SCHEDULE, feed: str = "") -> Any:
    """Do one pass in this process."""
    with home.app() as app:
        return app.sync(trigger, feed=feed)


def taken(home: Home, trigger: Trigger = Trigger.SCHEDULE, feed: str = "") -> list[str]:
    return [report.run.file for report in look(home, trigger, feed).reports]


def test_a_feed_says_what_its_files_are(home: Home) -> None:
    """Names that nobody could recognise, an encoding that no file tells, a data source: once, in the settings."""
    home.configure(
        '[[feed]]\nname = "people"\nfiles = "pp??.txt"\nobject = "users"\ndata_source = "hr"\nencoding = "cp1252"\n'
    )
    home.sync_folder.joinpath("PP01.TXT").write_bytes(USERS.encode("cp1252"))
    (report,) = look(home).reports
    told = report.as_json()
    assert ("people", "users", "hr", "completed") == tuple(
        told[name] for name in ("feed", "object", "data_source", "state")
    )
    assert ["Åda"] == home.names("user", "firstname")


def test_a_dry_run_and_a_check_know_the_feed_too(home: Home) -> None:
    """What is shown is what would be done."""
    home.configure('[[feed]]\nname = "people"\nfiles = "pp*.txt"\nobject = "users"\n')
    file = home.path / "pp.txt"
    file.write_text(USERS)
    for words in (("sync", str(file), "--dry-run"), ("check", str(file))):
        (told,) = home.run(*words, "--json").json()
        assert ("people", "users") == (told["feed"], told["object"]), words


def test_what_is_told_at_the_command_line_wins(home: Home) -> None:
    """A person knows of an exception."""
    home.configure('[[feed]]\nname = "people"\nfiles = "*"\nobject = "cohorts"\ndata_source = "hr"\n')
    file = home.path / "x.csv"
    file.write_text(USERS)
    (told,) = home.runs("sync", str(file), "--object", "users")
    assert ("people", "users", "hr", 1) == (told["feed"], told["object"], told["data_source"], told["rows"]["applied"])


def test_a_requeue_follows_the_feed_as_it_is_now(home: Home) -> None:
    """The feed named the wrong object; mended, the archived file is worked again."""
    settings = '[[feed]]\nname = "people"\nfiles = "*"\nobject = "{}"\n'
    home.configure(settings.format("cohorts"))
    assert "failed" == home.worked("x.csv", USERS)["state"]
    home.configure(settings.format("users"))
    (told,) = home.runs("requeue", "1")
    assert ("completed", "users") == (told["state"], told["object"])


def test_a_feed_has_limits_of_its_own(home: Home) -> None:
    """One kind by itself; all others are those of the home."""
    home.configure(
        "[limits]\nuser.growth.count = 5\n"
        '[[feed]]\nname = "few"\nfiles = "few*.csv"\nlimits.user.growth = { count = 0, percent = 0 }\n'
    )
    home.worked("users.csv", USERS)
    more = USERS.replace("ada", "bea")
    assert "held" == home.worked("few_users.csv", more)["state"]
    assert "completed" == home.worked("users.csv", more)["state"]


def test_artefacts_can_be_switched_off_and_no_file_is_lost(home: Home) -> None:
    """Promise 1: without archiving the file goes where only syncd reads it, and can be requeued from there."""
    home.configure('[[feed]]\nname = "quiet"\nfiles = "*"\nreport = false\ntryback = false\narchive = false\n')
    told = home.worked("users.csv", f"{USERS}bad;;;\n")
    assert ([], []) == (home.left("reports"), home.left("archives"))
    assert (None, None, "completed_with_failures") == (told["report"], told["tryback"], told["state"])
    kept = home.path / told["archive"]
    assert (f"{USERS}bad;;;\n", 0o600, 0o700) == (
        kept.read_text(),
        kept.stat().st_mode & 0o777,
        kept.parent.stat().st_mode & 0o777,
    )
    assert "bad" not in home.names("user", "username")
    (shown,) = home.runs("runs", "show", "1")
    assert {3} == {f["line"] for f in shown["findings"] if f["severity"] == "error"}
    assert ["completed_with_failures"] == [again["state"] for again in home.runs("requeue", "1")]


def test_a_held_run_without_a_report_waits_and_can_be_decided(home: Home) -> None:
    """Whether it is held must not be read off a file that is not written."""
    home.configure(
        '[[feed]]\nname = "quiet"\nfiles = "*"\nreport = false\nlimits.user.growth = { count = 0, percent = 0 }\n'
    )
    home.worked("a.csv", USERS)
    assert "held" == home.worked("b.csv", USERS.replace("ada", "bea"))["state"]
    assert [] == taken(home)
    with home.app() as app:
        assert "completed" == app.approve(2, "ada", "").run.state.value


def test_files_wait_for_the_time_of_their_feed(home: Home, at: Callable[[str], None]) -> None:
    """Others go on; the time comes once, and takes every match in the order of names."""
    home.configure(SCHEDULED)
    at("2026-11-19 12:00")
    assert [] == taken(home)
    for name in ("u2.csv", "u1.csv"):
        home.drop(name, USERS)
    home.drop("cohorts.csv", COHORTS)
    done = look(home)
    assert ["cohorts.csv"] == [report.run.file for report in done.reports]
    assert ["u1.csv", "u2.csv"] == [name for name, _ in done.left]
    assert "at 2026-11-20 02:30+00:00 (30 2 * * *)" in done.left[0][1]
    assert not (home.sync_folder / "lock.txt").exists()
    at("2026-11-20 02:30")
    assert ["u1.csv", "u2.csv"] == taken(home)
    home.drop("u3.csv", USERS)
    assert [] == taken(home)


def test_a_time_missed_while_the_daemon_was_down_comes_once_at_its_start(home: Home, at: Callable[[str], None]) -> None:
    """However many nights it was down."""
    home.configure(SCHEDULED)
    at("2026-11-16 12:00")
    look(home)
    home.drop("u1.csv", USERS)
    at("2026-11-20 09:00")
    assert ["u1.csv"] == taken(home)
    home.drop("u1.csv", USERS)
    assert [] == taken(home)


def test_a_time_stays_open_while_the_sender_writes(home: Home, at: Callable[[str], None]) -> None:
    """Promise 8: nothing is taken then, and the night is not lost."""
    home.configure(SCHEDULED)
    at("2026-11-19 12:00")
    look(home)
    home.drop("u1.csv", USERS)
    home.drop("alock.txt", "")
    at("2026-11-20 02:30")
    assert "alock.txt" in look(home).blocked
    (home.sync_folder / "alock.txt").unlink()
    at("2026-11-20 02:40")
    assert ["u1.csv"] == taken(home)


def test_a_clock_that_jumps_fires_once(home: Home, at: Callable[[str], None]) -> None:
    """Back over the time: not twice. Forward over several: once. Back by days: not silent until then."""
    home.configure(SCHEDULED)
    at("2026-11-19 12:00")
    look(home)
    for moment, expected in (
        ("2026-11-20 02:30", ["u.csv"]),
        ("2026-11-20 01:00", []),
        ("2026-11-20 02:31", []),
        ("2026-11-27 12:00", ["u.csv"]),
        ("2026-11-21 12:00", []),
        ("2026-11-22 02:30", ["u.csv"]),
    ):
        at(moment)
        home.drop("u.csv", USERS)
        assert expected == taken(home), moment


def test_a_person_takes_what_is_ready(home: Home) -> None:
    """`syncd sync` means now: everything, or the files of one feed."""
    home.configure(f'{SCHEDULED}[[feed]]\nname = "cohorts"\nfiles = "c*.csv"\nschedule = "hand"\n')
    home.drop("u.csv", USERS)
    home.drop("c.csv", COHORTS)
    left = dict(look(home).left)
    assert "syncd sync --feed cohorts" in left["c.csv"]
    assert ["c.csv"] == taken(home, Trigger.CLI, "cohorts")
    assert ["u.csv"] == taken(home, Trigger.CLI)


def test_a_feed_that_is_not_there_is_answered_with_the_nearest(home: Home) -> None:
    """A typing error takes nothing."""
    home.configure(SCHEDULED)
    done = home.run("sync", "--feed", "user")
    assert (2, True) == (done.code, "there is no feed user; there is users" in done.err)


def test_a_file_that_waits_is_no_reason_to_worry(home: Home) -> None:
    """`syncd status` counts it apart from those that nobody takes."""
    home.configure(SCHEDULED)
    home.drop("u.csv", USERS)
    (told,) = home.runs("status")
    assert (0, 1) == (told["drop"]["files"], told["drop"]["waiting"])


def feeds(home: Home) -> dict[str, Any]:
    with home.app() as app:
        (feed,) = app.status()["feeds"]
    return feed


def test_a_feed_that_stays_away_alarms_once_until_it_comes(home: Home, at: Callable[[str], None]) -> None:
    """Silence is the failure that nobody notices."""
    home.configure(EXPECTED)
    at("2026-11-19 06:00")
    home.drop("u.csv", USERS)
    assert () == look(home).alarms
    for moment in ("2026-11-19 12:00", "2026-11-20 07:29"):
        at(moment)
        assert () == look(home).alarms
    assert ("2026-11-19T06:00:00+00:00", False) == (feeds(home)["last_success"], feeds(home)["overdue"])
    at("2026-11-20 07:30")
    (alarm,) = look(home).alarms
    assert "feed users is overdue: it was due at 2026-11-20 07:00; the last one that did well came at" in alarm
    for moment in ("2026-11-20 09:00", "2026-11-22 12:00", "2026-11-23 09:00"):
        at(moment)
        assert () == look(home).alarms
    assert feeds(home)["overdue"]
    home.drop("u.csv", USERS)
    (clear,) = look(home).alarms
    assert "feed users has come" in clear
    assert ("2026-11-24T07:00:00+00:00", False) == (feeds(home)["next_due"], feeds(home)["overdue"])


@pytest.mark.parametrize("content", ["", "username;firstname;lastname\n", "nonsense\n", "username\nada\n"])
def test_an_empty_or_failed_file_has_not_come(home: Home, at: Callable[[str], None], content: str) -> None:
    """It comes every night, and nothing is in it: that is the same as staying away."""
    home.configure(f'{EXPECTED}object = "users"\n')
    at("2026-11-19 12:00")
    look(home)
    at("2026-11-20 06:00")
    home.drop("u.csv", content)
    assert ["u.csv"] == taken(home)
    at("2026-11-20 07:30")
    assert any("overdue" in alarm for alarm in look(home).alarms)


def test_a_file_that_failed_and_was_put_right_has_come(home: Home, at: Callable[[str], None]) -> None:
    """A requeue goes back to the file of the morning, and only to that."""
    settings = f'{EXPECTED}object = "{{}}"\n'
    home.configure(settings.format("cohorts"))
    at("2026-11-19 12:00")
    look(home)
    at("2026-11-20 06:00")
    home.drop("u.csv", USERS)
    look(home)
    at("2026-11-20 07:30")
    assert 1 == len(look(home).alarms)
    home.configure(settings.format("users"))
    with home.app() as app:
        app.requeue("1", "ada")
    (clear,) = look(home).alarms
    assert "has come" in clear
    assert "2026-11-20T06:00:00+00:00" == feeds(home)["last_success"]


def test_a_feed_that_is_no_longer_expected_is_not_overdue_for_ever(home: Home, at: Callable[[str], None]) -> None:
    """Its incident ends with its setting."""
    home.configure(EXPECTED)
    at("2026-11-19 12:00")
    look(home)
    at("2026-11-20 12:00")
    assert 1 == len(look(home).alarms)
    home.configure('[roster]\ntime_zone = "UTC"\n')
    assert 1 == len(look(home).alarms)
    with home.app() as app:
        assert [] == app.status()["alarms"]


class Daemon:
    """A daemon of a home as a process."""

    def __init__(self, home: Home) -> None:
        self.log = home.path / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "syncd", "daemon", "--home", str(home.path)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")},
            )

    def until(self, *words: str) -> None:
        end = time.monotonic() + 60
        while not any(all(word in line for word in words) for line in self.log.read_text().splitlines()):
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)


@contextmanager
def daemon(home: Home) -> Iterator[Daemon]:
    one = Daemon(home)
    try:
        yield one
    finally:
        one.process.terminate()
        assert 0 == one.process.wait(60)


def test_a_daemon_takes_up_a_missed_time_and_reads_good_and_bad_settings(home: Home) -> None:
    """The whole of it in one life: missed at start, waiting, a bad file, a good one."""
    home.configure(SCHEDULED)
    before = datetime.now(UTC) - timedelta(days=3)
    (home.path / "state" / "schedules.json").write_text(json.dumps({"users": ["30 2 * * *", before.isoformat()]}))
    home.drop("u1.csv", USERS)
    with daemon(home) as one:
        one.until('"event": "run"', "u1.csv")
        home.drop("u2.csv", USERS)
        home.drop("c.csv", COHORTS)
        one.until('"event": "run"', "c.csv")
        assert ["u2.csv"] == home.left("sync")
        good = (home.path / "config" / "syncd.toml").read_text()
        (home.path / "config" / "syncd.toml").write_text(good.replace("30 2 * * *", "30 99 * * *"))
        assert 2 == home.run("config", "check").code
        one.process.send_signal(signal.SIGHUP)
        one.until("old ones hold", "feed[1].schedule")
        assert ["u2.csv"] == home.left("sync")
        (home.path / "config" / "syncd.toml").write_text(good.replace("30 2 * * *", "arrival"))
        one.process.send_signal(signal.SIGHUP)
        one.until('"event": "run"', "u2.csv")
    assert [] == home.runs("status")[0]["alarms"]


def test_a_good_file_in_another_database_needs_a_restart(home: Home, tmp_path: Path) -> None:
    """Half of a life in one roster and half in another would be nobody's roster."""
    with home.app() as app:
        home.configure(f'[store]\nurl = "sqlite:///{tmp_path}/other.db"\n')
        with pytest.raises(Exception, match="restart"):
            app.reload()
        assert ["settings"] == [alarm["alarm"] for alarm in app.status()["alarms"]]
        home.configure("")
        app.reload()
        assert [] == app.status()["alarms"]
