"""A file worked in columns ends as if its rows had come one by one, each in a file of its own."""

import random
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.kinds import GROUPING

SEEDS = range(2)
ROWS = 7
Row = Callable[[random.Random], str]


# Names of one record agree in these rows: rows that contradict each other fail only where they stand in one file.
NUMBERS = {"a": "1", "b": "2", "c": "3", "d": "4", "C1": "1", "C2": "2", "C3": ""}


def users(dice: random.Random) -> str:
    name, mail = dice.choice("abcd"), dice.choice(["", "x@x.org", "y@x.org"])
    return _user(dice, name, mail)


def named_users(dice: random.Random) -> str:
    """Return a row of which the address says the username."""
    name = dice.choice("abcd")
    return _user(dice, name, dice.choice(["", f"{name}@x.org", f"{name.upper()}@X.org"]))


def _user(dice: random.Random, name: str, mail: str) -> str:
    number = dice.choice(["", NUMBERS[name]])
    course, cohort = dice.choice(["", "C1", "C2"]), dice.choice(["", "K1", "K2"])
    old = dice.choice(["", "", "", *"abcd"])
    fate = dice.choice(["0;0", "0;0", "0;1", "1;0"])
    city = dice.choice(["", "Bonn"])
    return ";".join([name, "F", "L", number, mail, old, fate, city, cohort, course, "student", "manual"])


def courses(dice: random.Random) -> str:
    category = dice.choice(["", "Misc", "A", "A/B", "1", "9"])
    name, rename, gone = dice.choice(["C1", "C2", "C3"]), dice.choice(["", "", "", "C3", "C4"]), dice.choice("0001")
    return ";".join([name, dice.choice("xy"), dice.choice(["", NUMBERS[name]]), category, rename, gone])


def uploads(dice: random.Random) -> str:
    """Return a row with the columns of Moodle's user upload; nobody is deleted, whose enrolment would begin anew."""
    cohorts = dice.choice(["", "K1", "K2"]), dice.choice(["", "K1", "Name 1", "7"])
    course = dice.choice(["", "C1", "C2"]), dice.choice(["", "1", "2"]), dice.choice(["", "500000050"])
    return ";".join([dice.choice("abc"), "F", "L", *cohorts, *course, dice.choice(["0", "1", "30"]), dice.choice("01")])


def enrolments(dice: random.Random) -> str:
    verb, method = dice.choice(["add", "add", "del", "shift"]), dice.choice(["manual", "self"])
    group = dice.choice(["", "gadd", "gaddcreate", "greplace", "greplacecreate", "gdel"])
    names = dice.choice(["G;", "H;", "G;H", ";"])
    role = dice.choice(["student", "teacher"])
    times = dice.choice(["", "", "50"]), dice.choice(["", "", "90"])
    return ";".join([verb, dice.choice(["C1", "C2"]), dice.choice("ab"), role, method, *times, group, names])


def cohorts(dice: random.Random) -> str:
    verb, number = dice.choice(["add", "add", "add", "del", "free"]), dice.choice(["1", "2", "3"])
    name, user = dice.choice(["", f"Name {number}", f"Name {number}"]), dice.choice(["", "a", "b", "z"])
    return ";".join([verb, number, name, user, dice.choice(["", "", "D", "E"])])


def named_cohorts(dice: random.Random) -> str:
    """Return a row of which the name says the idnumber: contradictions between names have no order."""
    verb, number = dice.choice(["add", "add", "add", "del", "free"]), dice.choice(["1", "2", "3"])
    user = dice.choice(["", "a", "b", "z"])
    return ";".join([verb, dice.choice(["", number]), f"Name {number}", user, dice.choice(["", "", "D", "E"])])


def groups(dice: random.Random) -> str:
    """Return a row that cites only a grouping which stands before the file: those of a file are worked first."""
    kind, course = dice.choice(["group", "grouping"]), dice.choice(["C1", "C1", "C2"])
    name = dice.choice("GHI")
    number = dice.choice(["", name.lower()])
    update = dice.choice(["", "", "g", "h", "i", "G", "H", "1"])
    cited = dice.choice(["", "", "std", "z"]) if kind == "group" else ""
    return ";".join([kind, course, name, number, update, dice.choice(["", "D"]), cited])


def group_members(dice: random.Random) -> str:
    verb, course = dice.choice(["add", "add", "del", "shift"]), dice.choice(["C1", "C1", "C2", ""])
    return ";".join([verb, course, dice.choice(["g", "h", "i", "z"]), dice.choice("aab")])


def cohort_bindings(dice: random.Random) -> str:
    """Return a row that makes no group: a group stays, so that file by file there may be more of them."""
    verb, role = dice.choice(["add", "add", "del", "restore", "fulldel"]), dice.choice(["student", "teacher", "*"])
    place = [dice.choice(["1", "1", "9"]), dice.choice(["C1", "C2"]), role, dice.choice(["", "manual"])]
    return ";".join([verb, *place, dice.choice(["", "90", "95"])])


def metacourses(dice: random.Random) -> str:
    return ";".join([dice.choice(["add", "add", "del"]), dice.choice(["C1", "C2"]), dice.choice(["C1", "C2", "C9"])])


FILES: dict[str, tuple[str, Row, dict[str, Any]]] = {
    "users": (
        "username;firstname;lastname;idnumber;email;oldusername;suspended;deleted;city;cohort;course1;role1;enrol1",
        users,
        {"allow_rename": True},
    ),
    "courses": ("shortname;fullname;idnumber;category;rename;delete", courses, {}),
    "uploaded users": (
        "username;firstname;lastname;cohort1;cohort2;course1;type1;enroltimestart1;enrolperiod1;enrolstatus1",
        uploads,
        {},
    ),
    "named users": (
        "username;firstname;lastname;idnumber;email;oldusername;suspended;deleted;city;cohort;course1;role1;enrol1",
        named_users,
        {"allow_rename": True},
    ),
    "enrolments": ("cmd;cid;uid;rolename;enrol;starttime;endtime;gcmd;g1;g2", enrolments, {}),
    "cohorts": ("cmd;cidnumber;cname;userid;cdescription", cohorts, {}),
    "named cohorts": ("cmd;cidnumber;cname;userid;cdescription", named_cohorts, {}),
    "cohort_bindings": ("cmd;cohort;course;role;enrol;enrolend", cohort_bindings, {}),
    "metacourses": ("cmd;master;meta", metacourses, {}),
    "groups": ("type;courseid;name;idnumber;updateid;description;grouping", groups, {}),
    "group_members": ("cmd;courseid;groupid;userid", group_members, {}),
}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("users", {}),
    ("users", {"user_identifier": "username"}),
    ("named users", {"user_identifier": "email"}),
    ("users", {"allow_shared_emails": False, "allow_rename": False}),
    ("uploaded users", {}),
    ("uploaded users", {"cohort_identifier": "name", "cohort_autocreate": False}),
    ("courses", {}),
    ("courses", {"course_identifier": "idnumber"}),
    ("courses", {"force_update": False}),
    ("enrolments", {}),
    ("enrolments", {"protect_groups": False}),
    ("cohorts", {}),
    ("named cohorts", {"cohort_identifier": "name"}),
    ("cohort_bindings", {}),
    ("metacourses", {}),
    ("groups", {}),
    ("groups", {"group_identifier": "name", "grouping_identifier": "name"}),
    ("groups", {"group_identifier": "id", "empty_means": "keep"}),
    ("group_members", {}),
    ("group_members", {"protect_groups": False}),
]
BROKE_ONCE = [
    # A row used the cohort that a later row makes, or missed the one that an earlier row makes.
    ("cohorts", {}, 97),
    ("named cohorts", {"cohort_identifier": "name"}, 80),
]
CASES = [*((*variant, seed) for variant in VARIANTS for seed in SEEDS), *BROKE_ONCE]


def state(school: Any) -> dict[str, Any]:
    """Return the live records, each reference as the name of what it refers to."""
    names: dict[tuple[Kind, int], str] = {}
    for kind, spec in SPECS.items():
        if spec.is_entity:
            names |= {
                (kind, r["id"]): str(next(r[name] for name in spec.natural if r[name]))
                for r in school.roster.records(kind, deleted=True)
            }
    found = {}
    for kind, spec in SPECS.items():
        refers = spec.refers()
        left_out = {"id", "created_run", "run"}
        found[kind.value] = sorted(
            str({c: names.get((refers[c], v), v) if c in refers else v for c, v in r.items() if c not in left_out})
            for r in school.roster.records(kind)
        )
    return found


def prepared(school: Any, object_name: str) -> Any:
    for name in "ab":
        school.user(name)
    for name in ("C1", "C2"):
        school.course(name)
    for number, name in (("1", "Name 1"), (None, "K1"), (None, "K2")):
        school.cohort(name, number)
    if object_name.startswith("group"):
        _with_groups(school)
    if object_name in ("cohort_bindings", "metacourses"):
        _with_bindings(school)
    return school


def _with_bindings(school: Any) -> None:
    """Put both users into a cohort that is bound to a course, which is the master of the other one."""
    for user in (1, 2):
        school.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=user)
    school.send("metacourses", "master;meta\nC1;C2")
    school.send("cohort_bindings", "cohort;course;enrolend\n1;C1;90")


def _with_groups(school: Any) -> None:
    """Enrol a in both courses and b in one; put a into one group by a file and into another by hand."""
    for user, course in ((1, 1), (1, 2), (2, 1)):
        school.enrolment(user, course)
    for course, name in ((1, "G"), (1, "H"), (1, "I"), (2, "G")):
        school.roster.add(Kind.GROUP, course_id=course, name=name, idnumber=name.lower())
    for group, tag in ((1, "syncd"), (2, None)):
        school.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=1, course_id=1, component=tag)
    school.roster.add(GROUPING, course_id=1, name="std", idnumber="std")


@pytest.mark.parametrize(("object_name", "options", "seed"), CASES)
def test_the_end_is_that_of_row_by_row(school: Any, object_name: str, options: dict[str, Any], seed: int) -> None:
    """Waves and columns are only a quicker way to the same roster; and the same rows fail."""
    head, row, base = FILES[object_name]
    object_name = object_name.split()[-1]
    dice = random.Random(f"{object_name}{options}{seed}")
    rows = [row(dice) for _ in range(ROWS)]
    said = base | options
    at_once = prepared(school, object_name)
    one_by_one = prepared(type(school)(import_module("roster").MemoryRoster()), object_name)
    answer = at_once.send(object_name, "\n".join([head, *rows]), **said)
    alone = [one_by_one.send(object_name, f"{head}\n{each}", **said) for each in rows]
    assert state(one_by_one) == state(at_once)
    bad = [outcome in ("failed", "partial") for outcome in answer.outcomes]
    assert [each.outcomes[0] in ("failed", "partial") for each in alone] == bad


@pytest.mark.parametrize(("object_name", "options", "seed"), CASES)
def test_a_memory_never_changes_the_end(school: Any, object_name: str, options: dict[str, Any], seed: int) -> None:
    """Files of known and new rows in any order end as if nothing had been remembered."""
    head, row, base = FILES[object_name]
    object_name = object_name.split()[-1]
    dice = random.Random(f"memory {object_name}{options}{seed}")
    pool = [row(dice) for _ in range(ROWS)]
    said = base | options
    remembering = prepared(school, object_name)
    forgetful = prepared(type(school)(import_module("roster").MemoryRoster()), object_name)
    for _ in range(3):
        text = "\n".join([head, *dice.choices(pool, k=4)]) + "\n"
        first, second = remembering.deliver(object_name, text, **said), forgetful.deliver(object_name, text, **said)
        forgetful.memories.clear()
        assert state(forgetful) == state(remembering)
        assert second.rows.to_mend == first.rows.to_mend
