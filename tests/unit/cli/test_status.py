"""The command `syncd status`."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from syncd.cli.commands.status import age

Syncd = Callable[..., Result]
STATE: dict[str, Any] = {
    "verdict": {"code": 3, "problems": ["run 12, u.csv, is held for approval: syncd runs show 12"]},
    "home": "/srv/h",
    "version": "1.2",
    "daemon": {"state": "running", "pid": 99, "host": "h", "since": "2026-11-21T18:30:05+01:00"},
    "last_pass": {"age": 12, "trigger": "watch", "blocked": "", "runs": [12]},
    "drop": {"usable": True, "files": 2, "oldest": 75, "waiting": 0},
    "locks": [{"lock": "alock.txt", "age": 7500, "stale": False}],
    "alarms": [],
    "mail": {"on": False, "missing": "off"},
    "disk": {"free": 12_300_000_000, "free_percent": 45.5},
    "database": {"reachable": True, "kind": "sqlite", "bytes": 282_600},
    "held": [
        {"run": 12, "file": "u.csv", "feed": "", "received": "r", "finished": None, "age": 90, "breaches": ["a", "b"]}
    ],
    "unfinished": [],
    "last_run": {"run": 12, "file": "u.csv", "state": "held", "age": 90},
    "roster": {"user": 852, "course": 0, "enrolment": 9},
    "targets": {},
}


def test_it_is_read_in_one_glance(syncd: Syncd, app: Any) -> None:
    """The verdict first, then a line for each part, then a table of what is there; what is empty is not shown."""
    app.answer = STATE
    result = syncd("status")
    assert 3 == result.exit_code
    assert [
        "1 to look at:",
        "  run 12, u.csv, is held for approval: syncd runs show 12",
        "",
        "home       /srv/h (syncd 1.2)",
        "daemon     running (process 99, since 2026-11-21T18:30:05+01:00)",
        "last pass  12s ago by watch: 1 run",
        "last run   12 u.csv: held, 1m 30s ago",
        "sync/      2 files, the oldest for 1m 15s",
        "database   sqlite, 282.6 kB",
        "disk       12.3 GB free (45.5 %)",
        "mail       off",
        "roster     852 users, 9 enrolments",
        "",
        "locks:",
        "LOCK       AGE    STALE",
        "alock.txt  2h 5m  no",
        "",
        "held:",
        "RUN  FILE   AGE     BREACHES",
        " 12  u.csv  1m 30s  a; b",
    ] == result.stdout.splitlines()


def test_an_empty_home_has_a_word_for_everything(syncd: Syncd, app: Any) -> None:
    """The first look, before the first file."""
    app.answer = STATE | {
        "verdict": {"code": 0, "problems": []},
        "daemon": {"state": "never"},
        "last_pass": {},
        "drop": {"usable": True, "files": 0, "oldest": None, "waiting": 0},
        "database": {"reachable": False, "kind": "sqlite", "reason": "there is none yet"},
        "locks": [],
        "held": [],
        "last_run": {},
        "roster": {},
    }
    result = syncd("status")
    assert 0 == result.exit_code
    assert [
        "Well.",
        "",
        "home       /srv/h (syncd 1.2)",
        "daemon     none was ever started",
        "last pass  none yet",
        "last run   none yet",
        "sync/      empty",
        "database   sqlite: cannot be used",
        "disk       12.3 GB free (45.5 %)",
        "mail       off",
        "roster     empty",
    ] == result.stdout.splitlines()


@pytest.mark.parametrize("code", [0, 1, 3, 5])
def test_the_exit_code_is_the_verdict(code: int, syncd: Syncd, app: Any) -> None:
    """A monitor needs to read nothing."""
    app.answer = STATE | {"verdict": {"code": code, "problems": []}}
    result = syncd("status", "--json")
    assert (code, app.answer) == (result.exit_code, json.loads(result.stdout))


def test_the_help_tells_the_codes() -> None:
    """They are set up once, at a terminal, with the help beside it."""
    from syncd.cli.commands.status import status

    told = [line.split()[0] for line in (status.__doc__ or "").splitlines() if line.strip()[:1].isdigit()]
    assert ["2", "3", "5", "1", "0"] == told


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0s"), (59, "59s"), (3600, "1h 0m"), (7500, "2h 5m"), (90000, "1d 1h")]
)
def test_an_age_is_shown_in_its_two_largest_units(seconds: int, shown: str) -> None:
    """Nobody divides by 3600 at night."""
    assert shown == age(seconds)
