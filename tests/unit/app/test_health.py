"""The verdict on a home."""

from typing import Any

import pytest

from syncd.app.health import ASIDE, verdict

WELL: dict[str, Any] = {
    "daemon": {"state": "running", "pid": 4},
    "last_pass": {"age": 20, "stuck": []},
    "drop": {"usable": True, "files": 0, "oldest": None},
    "locks": [],
    "alarms": [],
    "disk": {"free": 10**10},
    "database": {"reachable": True},
    "held": [],
    "unfinished": [],
    "failed": [],
    "mail": {"waiting": 0, "set_aside": 0},
}
FAILED = {"run": 9, "file": "u.csv", "to_mend": 2}
HELD = {"run": 8, "file": "u.csv"}
STALE = {"lock": "alock.txt", "age": 99999, "stale": True}


def test_nothing_wrong_is_0() -> None:
    """Monitoring is green."""
    assert {"code": 0, "problems": []} == verdict(WELL, 30)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"failed": [FAILED]}, "run 9, u.csv: 2 rows to mend: syncd runs show 9"),
        ({"failed": [FAILED | {"to_mend": 0}]}, "run 9, u.csv: failed: syncd runs show 9"),
        ({"unfinished": [{"run": 9, "file": "u.csv", "age": 3601}]}, "run 9, u.csv, is not over for 1 h 0 min"),
        ({"last_pass": {"age": 1, "stuck": ["the disk is full"]}}, "could not go on: the disk is full"),
        ({"last_pass": {"age": 7300, "stuck": []}}, "the daemon has not looked into sync/ for 2 h 1 min"),
        ({"drop": {"usable": True, "files": 3, "oldest": 3700}}, "3 files wait in sync/, the oldest for 1 h 1 min"),
        (
            {"unfinished_uploads": [{"file": "ladok/x.part", "age": 3660}, {"file": "y.tmp", "age": 60}]},
            "unfinished uploads are never taken (1), the oldest, ladok/x.part, has been in sync/ for 1 h 1 min; "
            "see whether its sender died, and rename or remove it",
        ),
        (
            {"drop": {"usable": False, "files": 0, "oldest": None}},
            "sync/ cannot be used: syncd may not read and write there",
        ),
        ({"daemon": {"state": "died", "pid": 4}}, "the daemon (process 4) died: see its log, and start it again"),
        ({"database": {"reachable": False, "reason": "no"}}, "the database cannot be used: no"),
        ({"disk": {"free": 200 << 20}}, "only 200 MB are free on the disk"),
        ({"alarms": [{"alarm": "not-taken", "since": "now", "sentence": "2 files stay"}]}, "2 files stay (since now)"),
        (
            {"mail": {"waiting": 2, "age": 3601, "error": "no", "set_aside": 0}},
            "letters wait (2), the oldest for 1 h 0 min: no",
        ),
        (
            {"mail": {"waiting": 0, "set_aside": 3, "refusal": "a@x: 550 no such user"}},
            "letters were set aside undelivered (3); see syncd mail list: a@x: 550 no such user",
        ),
    ],
)
def test_whatever_somebody_should_see_is_1_and_a_sentence(part: dict[str, Any], words: str) -> None:
    """The sentence says what, and where there is one, the next command."""
    assert {"code": 1, "problems": [words]} == verdict(WELL | part, 30)


@pytest.mark.parametrize(
    "part",
    [
        {"locks": [STALE | {"stale": False}]},
        {"unfinished": [{"run": 9, "file": "u.csv", "age": 60}]},
        {"drop": {"usable": True, "files": 3, "oldest": 60}},
        {"unfinished_uploads": [{"file": "x.part", "age": 60}]},
        {"daemon": {"state": "stopped", "pid": 4}, "last_pass": {"age": 10**6, "stuck": []}},
        {"daemon": {"state": "never"}, "last_pass": {}},
        {"last_pass": {"age": 7300, "stuck": []}, "unfinished": [{"run": 9, "file": "u.csv", "age": 60}]},
    ],
)
def test_work_that_goes_on_is_well(part: dict[str, Any]) -> None:
    """An alarm on every upload is an alarm that nobody reads."""
    assert 0 == verdict(WELL | part, 30)["code"]


def test_a_held_run_goes_before_a_stale_lock_before_the_rest() -> None:
    """One code; every sentence is there all the same, the worst first."""
    found = verdict(WELL | {"held": [HELD], "locks": [STALE], "failed": [FAILED]}, 30)
    assert (3, 3) == (found["code"], len(found["problems"]))
    assert "held" in found["problems"][0]
    assert 5 == verdict(WELL | {"locks": [STALE], "failed": [FAILED]}, 30)["code"]


def test_an_alarm_about_letters_is_not_said_twice() -> None:
    """What is set aside by now says more than the alarm, which tells of the first of them."""
    alarm = {"alarm": ASIDE, "since": "now", "sentence": "a letter was not delivered"}
    mail = {"waiting": 0, "set_aside": 2, "refusal": "a@x: 550"}
    assert 1 == len(verdict(WELL | {"alarms": [alarm], "mail": mail}, 30)["problems"])


def test_an_alarm_about_a_lock_is_not_said_twice() -> None:
    """The same lock is one thing to look at."""
    alarm = {"alarm": "sender-lock-stale", "since": "now", "sentence": "stale lock: alock.txt"}
    assert 1 == len(verdict(WELL | {"locks": [STALE], "alarms": [alarm]}, 30)["problems"])
    assert {"code": 1, "problems": ["stale lock: alock.txt (since now)"]} == verdict(WELL | {"alarms": [alarm]}, 30)


def test_a_daemon_that_looks_rarely_is_not_stuck() -> None:
    """Whoever set rescan to an hour has said so."""
    assert 0 == verdict(WELL | {"last_pass": {"age": 7300, "stuck": []}}, 3600)["code"]


def test_a_hostile_file_name_stays_on_its_line() -> None:
    """It is shown on a terminal."""
    (problem,) = verdict(WELL | {"failed": [FAILED | {"file": "a\n\x1b[2Jb"}]}, 30)["problems"]
    assert problem.isprintable()
