"""A file worked in columns ends as if its rows had come one by one, each in a file of its own."""

import random
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from syncd.core.kinds import SPECS, Kind

SEEDS = range(2)
ROWS = 7
Row = Callable[[random.Random], str]


def users(dice: random.Random) -> str:
    name, number, mail = dice.choice("abcd"), dice.choice(["", "1", "2", "3"]), dice.choice(["", "x@x.org", "y@x.org"])
    course, cohort = dice.choice(["", "C1", "C2"]), dice.choice(["", "K1", "K2"])
    old = dice.choice(["", "", "", *"abcd"])
    fate = dice.choice(["0;0", "0;0", "0;1", "1;0"])
    city = dice.choice(["", "Bonn"])
    return ";".join([name, "F", "L", number, mail, old, fate, city, cohort, course, "student", "manual"])


def courses(dice: random.Random) -> str:
    category = dice.choice(["", "Misc", "A", "A/B", "1", "9"])
    return ";".join([dice.choice(["C1", "C2", "C3"]), dice.choice("xy"), dice.choice(["", "1", "2"]), category])


def enrolments(dice: random.Random) -> str:
    verb, method = dice.choice(["add", "add", "del", "shift"]), dice.choice(["manual", "self"])
    group = dice.choice(["", "gadd", "gaddcreate", "greplace", "greplacecreate", "gdel"])
    names = dice.choice(["G;", "H;", "G;H", ";"])
    role = dice.choice(["student", "teacher"])
    times = dice.choice(["", "", "50"]), dice.choice(["", "", "90"])
    return ";".join([verb, dice.choice(["C1", "C2"]), dice.choice("ab"), role, method, *times, group, names])


def cohorts(dice: random.Random) -> str:
    verb, number = dice.choice(["add", "add", "add", "del", "free"]), dice.choice(["1", "2", "3"])
    name, user = dice.choice(["", f"Name {number}", "Other"]), dice.choice(["", "a", "b", "z"])
    return ";".join([verb, number, name, user, dice.choice(["", "", "D", "E"])])


def named_cohorts(dice: random.Random) -> str:
    """Return a row of which the name says the idnumber: contradictions between names have no order."""
    verb, number = dice.choice(["add", "add", "add", "del", "free"]), dice.choice(["1", "2", "3"])
    user = dice.choice(["", "a", "b", "z"])
    return ";".join([verb, dice.choice(["", number]), f"Name {number}", user, dice.choice(["", "", "D", "E"])])


FILES: dict[str, tuple[str, Row, dict[str, Any]]] = {
    "users": (
        "username;firstname;lastname;idnumber;email;oldusername;suspended;deleted;city;cohort;course1;role1;enrol1",
        users,
        {"allow_rename": True},
    ),
    "courses": ("shortname;fullname;idnumber;category", courses, {}),
    "enrolments": ("cmd;cid;uid;rolename;enrol;starttime;endtime;gcmd;g1;g2", enrolments, {}),
    "cohorts": ("cmd;cidnumber;cname;userid;cdescription", cohorts, {}),
    "named_cohorts": ("cmd;cidnumber;cname;userid;cdescription", named_cohorts, {}),
}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("users", {}),
    ("users", {"user_identifier": "username"}),
    ("users", {"user_identifier": "email"}),
    ("users", {"allow_shared_emails": False, "allow_rename": False}),
    ("courses", {}),
    ("courses", {"course_identifier": "idnumber"}),
    ("courses", {"force_update": False}),
    ("enrolments", {}),
    ("enrolments", {"protect_groups": False}),
    ("cohorts", {}),
    ("named_cohorts", {"cohort_identifier": "name"}),
]


def state(school: Any) -> dict[str, Any]:
    """Return the live records, each reference as the name of what it refers to."""
    names: dict[tuple[Kind, int], str] = {}
    for kind, spec in SPECS.items():
        if spec.is_entity:
            names |= {(kind, r["id"]): str(r[spec.natural]) for r in school.roster.records(kind, deleted=True)}
    found = {}
    for kind, spec in SPECS.items():
        refers = spec.refers()
        left_out = {"id", "created_run", "run"}
        found[kind.value] = sorted(
            str({c: names.get((refers[c], v), v) if c in refers else v for c, v in r.items() if c not in left_out})
            for r in school.roster.records(kind)
        )
    return found


def prepared(school: Any) -> Any:
    for name in "ab":
        school.user(name)
    for name in ("C1", "C2"):
        school.course(name)
    for number, name in (("1", "Name 1"), (None, "K1"), (None, "K2")):
        school.cohort(name, number)
    return school


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("object_name", "options"), VARIANTS)
def test_the_end_is_that_of_row_by_row(school: Any, object_name: str, options: dict[str, Any], seed: int) -> None:
    """Waves and columns are only a quicker way to the same roster; and the same rows fail."""
    head, row, base = FILES[object_name]
    object_name = object_name.removeprefix("named_")
    dice = random.Random(f"{object_name}{options}{seed}")
    rows = [row(dice) for _ in range(ROWS)]
    said = base | options
    at_once = prepared(school)
    one_by_one = prepared(type(school)(import_module("tests.fakes.roster").MemoryRoster()))
    answer = at_once.send(object_name, "\n".join([head, *rows]), **said)
    alone = [one_by_one.send(object_name, f"{head}\n{each}", **said) for each in rows]
    assert state(one_by_one) == state(at_once)
    bad = [outcome in ("failed", "partial") for outcome in answer.outcomes]
    assert [each.outcomes[0] in ("failed", "partial") for each in alone] == bad


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("object_name", "options"), VARIANTS)
def test_a_memory_never_changes_the_end(school: Any, object_name: str, options: dict[str, Any], seed: int) -> None:
    """Files of known and new rows in any order end as if nothing had been remembered."""
    head, row, base = FILES[object_name]
    object_name = object_name.removeprefix("named_")
    dice = random.Random(f"memory {object_name}{options}{seed}")
    pool = [row(dice) for _ in range(ROWS)]
    said = base | options
    remembering = prepared(school)
    forgetful = prepared(type(school)(import_module("tests.fakes.roster").MemoryRoster()))
    for _ in range(3):
        text = "\n".join([head, *dice.choices(pool, k=4)]) + "\n"
        first, second = remembering.deliver(object_name, text, **said), forgetful.deliver(object_name, text, **said)
        forgetful.memories.clear()
        assert state(forgetful) == state(remembering)
        assert second.rows.to_mend == first.rows.to_mend
