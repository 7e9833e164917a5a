"""Many small files of one delivery are planned together; nothing but the time that it takes may show it."""

import random
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from syncd.core.errors import PassingError
from syncd.engine import foresight
from syncd.engine.foresight import Foresight

KILLED = -9
FILES = 24

Maker = Callable[[random.Random, int], str]


def users(rng: random.Random, n: int) -> str:
    """New people, known ones, the same person in two files, names that are taken, rows that fail."""
    number = rng.choice([n, n, n, rng.randrange(FILES)])
    name = rng.choice([f"u{number}"] * 6 + ["ada", "bea", f"u{number} "])
    code = rng.choice([f"N{number}"] * 6 + ["N-ada", ""])
    last = rng.choice(["Doe"] * 8 + ["", "D" * 101, "Zoë"])
    return f"username;firstname;lastname;idnumber\n{name};F{rng.randrange(3)};{last};{code}\n"


def leavers(rng: random.Random, n: int) -> str:
    """Two rows, a flag that may be empty."""
    rows = (f"u{rng.randrange(FILES)};A;B;{rng.choice(['1', '', '0'])}" for _ in range(rng.randrange(1, 3)))
    return "\n".join(["username;firstname;lastname;deleted", *rows, ""])


def courses(rng: random.Random, n: int) -> str:
    """Categories that several files make."""
    category = rng.choice(["Maths", "Maths/One", f"Arts/{rng.randrange(3)}"])
    return f"shortname;fullname;category\nC{rng.choice([n, n, rng.randrange(FILES)])};Course {n};{category}\n"


def enrolments(rng: random.Random, n: int) -> str:
    """Groups that several files make, people that are not there, memberships that are taken away."""
    who = rng.choice(["ada", "bea", "cid", "dan", f"u{n}", "nobody"])
    group = rng.choice([";", ";", f"gaddcreate;G{rng.randrange(2)}"])
    verb = rng.choice(["add", "add", "add", "del"])
    return f"cmd;cid;uid;rolename;enrol;gcmd;g1\n{verb};{rng.choice(['ALG', 'GEO'])};{who};student;manual;{group}\n"


def cohorts(rng: random.Random, n: int) -> str:
    """Cohorts that several files make, and that are bound to courses."""
    who = rng.choice(["ada", "bea", "cid", "dan", "nobody"])
    cohort = rng.choice(["c1", "c2", f"k{rng.randrange(4)}"])
    return f"cmd;cidnumber;cname;userid\n{rng.choice(['add', 'add', 'del'])};{cohort};Cohort {cohort};{who}\n"


MAKERS: dict[str, tuple[str, Maker]] = {
    "users": ("user_{:02}.csv", users),
    "leavers": ("user_{:02}.csv", leavers),
    "courses": ("course_{:02}.csv", courses),
    "enrolments": ("enrol_{:02}.csv", enrolments),
    "cohorts": ("cohort_{:02}.csv", cohorts),
}


def delivered(place: Any, maker: str, seed: int, first: int = 0) -> None:
    rng, (name, make) = random.Random(seed), MAKERS[maker]
    for n in range(FILES):
        place.drop(name.format(first + n), make(rng, n))


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("seed", range(3))
def test_files_that_are_planned_together_end_as_each_by_itself(
    start: Callable[..., Any], maker: str, seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Every report, tryback, archive, run and record is the same, and so is what the next delivery does."""
    place = start("[limits]\nuser.removals = { count = 3, percent = 0 }")
    place.drop("cohort_bindings.csv", "cmd;cohort;course;role\nadd;c1;ALG;student\nadd;c2;GEO;student\n")
    with place.app() as app:
        app.sync()
    delivered(place, maker, seed)
    twin = place.copy(tmp_path / "alone")
    taken = []
    take = Foresight.take
    monkeypatch.setattr(Foresight, "take", lambda own, run: taken.append(made := take(own, run)) or made)
    together = worked_twice(place, maker, seed)
    monkeypatch.setattr(Foresight, "ahead", lambda *_: ())
    alone = worked_twice(twin, maker, seed)
    for what in alone:
        assert alone[what] == together[what], what
    assert maker != "courses" or any(taken)


def worked_twice(place: Any, maker: str, seed: int) -> dict[str, Any]:
    """Work a delivery, then the same with another one mixed in."""
    for extra in (0, 1):
        if extra:
            delivered(place, maker, seed, FILES)
            place.drop(MAKERS[maker][0].format(99), MAKERS[maker][1](random.Random(seed + 50), 99))
        with place.app() as app:
            app.sync()
    return dict(place.end())


def test_a_delivery_is_planned_a_few_times_however_many_files_it_has(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is what makes it fast."""
    drawn = []
    draw = foresight.draw
    monkeypatch.setattr(foresight, "draw", lambda *said: drawn.append(1) or draw(*said))
    monkeypatch.setattr("syncd.engine.planning.draw", lambda *_: pytest.fail("a file was planned by itself"))
    for n in range(60):
        home.drop(f"user_{n:02}.csv", f"username;firstname;lastname\nu{n};A;B\n")
    with home.app() as app:
        reports = app.sync().reports
    assert (1, 60, {"completed"}) == (len(drawn), len(reports), {report.run.state.value for report in reports})


def test_kill_9_within_a_delivery_of_many_files(home: Any, tmp_path: Any) -> None:
    """Runs that were planned together are taken up again one by one."""
    for n in range(10):
        home.drop(f"user_{n}.csv", f"username;firstname;lastname\nu{n};A;B\n")
    whole = home.copy(tmp_path / "whole")
    points = whole.run("sync", points="journal").seen
    rng = random.Random(7)
    for point in sorted(rng.sample(range(1, points + 1), 8)):
        twin = home.copy(tmp_path / "twin")
        assert KILLED == twin.run("sync", points="journal", die=point).code
        twin.run("sync")
        assert whole.end() == twin.end(), point
        shutil.rmtree(twin.path)


def test_where_little_can_be_foreseen_it_is_given_up(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file alone is over the limit: to look at all of them for each would take for ever."""
    home.configure("[limits]\nuser.removals = { count = 0, percent = 0 }")
    home.drop("users.csv", "username;firstname;lastname\n" + "".join(f"u{n};A;B\n" for n in range(120)))
    with home.app() as app:
        app.sync()
    looked = []
    foresee = foresight.foresee
    monkeypatch.setattr("syncd.engine.preparing.foresee", lambda *said: looked.append(1) or foresee(*said))
    for n in range(120):
        home.drop(f"user_{n:03}.csv", f"username;firstname;lastname;deleted\nu{n};A;B;1\n")
    with home.app() as app:
        reports = app.sync().reports
    assert {"held"} == {report.run.state.value for report in reports}
    assert len(looked) <= 3


@pytest.mark.parametrize("step", ["syncd.engine.foresight.draw", "syncd.engine.convoy.carry_out"])
def test_what_fails_for_all_is_done_for_each(home: Any, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """No file is blamed for what another one, or a full disk, did to all of them."""

    def fail(*_said: Any) -> None:
        raise PassingError("the disk is full")

    monkeypatch.setattr(step, fail)
    for n in range(12):
        home.drop(f"user_{n:02}.csv", f"username;firstname;lastname\nu{n};A;B\n")
    with home.app() as app:
        reports = app.sync().reports
    assert ["completed"] * 12 == [report.run.state.value for report in reports]
    assert [f"u{n}" for n in range(12)] == sorted(home.names("user", "username"), key=lambda name: int(name[1:]))
