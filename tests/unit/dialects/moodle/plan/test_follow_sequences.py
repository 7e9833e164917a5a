"""Files of every kind in any order: what follows in the end is what the records say, however they came about."""

import random
from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import COHORT_BINDING, META_LINK

BIND = "cmd;cohort;course;role"
COHORT = "cmd;cidnumber;cname;userid"
ENROL = "cmd;cid;uid;rolename;enrol"
LINK = "cmd;master;meta"


def _row(dice: random.Random) -> tuple[str, str, str]:
    """Return a file of one of the kinds that anything follows from: object, header, row."""
    user, number, course = dice.choice(["anna", "bert", "cleo"]), dice.choice(["NUR", "MED"]), dice.choice("ABC")
    role, name = dice.choice(["student", "teacher"]), dice.choice(["", number.title(), "Both"])
    verb = dice.choice(["add", "add", "add", "del", "restore", "fulldel"])
    star = "*" if verb != "add" and dice.random() < 0.4 else role
    end, method = dice.choice(["", "", "90"]), dice.choice(["cohort", "cohort", "manual"])
    group = dice.choice(["", "1", "1", "0"])
    timed, binding = f"{ENROL};endtime;gcmd;g1", f"{BIND};enrol;makegroup;enrolend"
    files = {
        ("cohorts", COHORT, f"{dice.choice(['add', 'add', 'add', 'del'])};{number};{name};{user}"): 6,
        ("cohorts", COHORT, f"{dice.choice(['free', 'del', 'add'])};{number};{number.title()};"): 2,
        ("cohort_bindings", binding, f"{verb};{number};{course};{star};{method};{group};{end}"): 6,
        ("metacourses", LINK, f"{dice.choice(['add', 'add', 'del'])};{course};{dice.choice('ABC')}"): 5,
        ("enrolments", timed, f"add;{course};{user};{role};manual;{end};gaddcreate;{name or 'G'}"): 3,
        ("enrolments", ENROL, f"{dice.choice(['del', 'shift'])};{course};{user};{role};manual"): 2,
        ("users", "username;firstname;lastname;cohort", f"{user};F;L;{name}"): 2,
        ("users", "username;firstname;lastname;deleted", f"{user};F;L;{dice.choice('01')}"): 1,
        ("courses", "shortname;fullname;category", f"{course};F;Misc"): 2,
        ("courses_delete", "", course): 1,
    }
    return dice.choices(list(files), list(files.values()))[0]


def _following(place: Any) -> list[tuple[object, ...]]:
    """Derive the enrolments that should follow from the records as they are, one by one."""
    found: list[tuple[object, ...]] = []
    live = place.roster.records
    for bound in live(COHORT_BINDING):
        key = (bound["course_id"], bound["method"], bound["role"], bound["cohort_id"])
        found += [
            (*key, member["user_id"], bound["state"], bound["endtime"] or 0)
            for member in live(Kind.COHORT_MEMBER)
            if member["cohort_id"] == bound["cohort_id"]
        ]
    for linked in live(META_LINK):
        masters: dict[tuple[int, str], list[Any]] = {}
        for held in live(Kind.ENROLMENT):
            if held["course_id"] == linked["master_id"] and held["method"] != "meta":
                masters.setdefault((held["user_id"], held["role"]), []).append(held)
        for (user, role), every in masters.items():
            on = [held for held in every if held["state"] == "enabled"]
            ends = [held["endtime"] for held in on or every]
            state = "enabled" if on and linked["state"] == "enabled" else "disabled"
            key = (linked["course_id"], "meta", role, linked["master_id"])
            found.append((*key, user, state, 0 if 0 in ends else max(ends)))
    return sorted(found)


def _grouped(place: Any) -> set[tuple[object, ...]]:
    """Derive who should be in groups by a binding: course, name of the group, user."""
    live = place.roster.records
    names = {record["id"]: record["name"] for record in live(Kind.COHORT)}
    return {
        (bound["course_id"], names[bound["cohort_id"]], member["user_id"])
        for bound in live(COHORT_BINDING)
        for member in live(Kind.COHORT_MEMBER)
        if bound["makegroup"] and member["cohort_id"] == bound["cohort_id"]
    }


@pytest.mark.parametrize("seed", range(8))
def test_the_end_is_that_of_a_derivation_from_scratch(place: Any, seed: int) -> None:
    """After any files in any order: what follows is a matter of the records, not of how they came about."""
    dice = random.Random(seed)
    for _ in range(25):
        object_name, head, row = _row(dice)
        more = [_row(dice) for _ in range(8)]
        rows = [row, *(other for name, header, other in more if (name, header) == (object_name, head))]
        answer = place.send(object_name, "\n".join(filter(None, [head, *rows])))
        columns = ("course_id", "method", "role", "via", "user_id", "state", "endtime")
        made = [record for record in place.live(Kind.ENROLMENT, *columns) if record[3]]
        assert _following(place) == sorted(made), (object_name, rows, answer.outcomes)
        names = {record["id"]: record["name"] for record in place.roster.records(Kind.GROUP)}
        members = place.live(Kind.GROUP_MEMBER, "course_id", "group_id", "user_id", "component")
        held = {(course, names[group], user): tag or "" for course, group, user, tag in members}
        assert _grouped(place) <= set(held)
        assert {key for key, tag in held.items() if tag.startswith("enrol_")} <= _grouped(place)
