"""Property tests: twice is once, a file is its rows in order, and what is remembered never changes a result."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

QUICK = (Phase.explicit, Phase.generate)
"""Shrinking repeats whole runs: minutes for a word less. Take it away to look into a failure."""

FEW = settings(max_examples=8, deadline=None, derandomize=True, phases=QUICK, suppress_health_check=list(HealthCheck))
USERS = ("ada", "bea", "cid", "dan", "eve")
COURSES = ("ALG", "GEO", "BIO")
COHORTS = ("c1", "c2", "c3")
ROLES = ("student", "student", "teacher", "wizard", "")
GROUPS = ("", "", "Blue", "Red")
VERBS = ("gadd", "gaddcreate", "greplace", "greplacecreate", "gdel", "")


@dataclass(frozen=True)
class File:
    """A command file: its name and header, and its rows, which a test may shuffle, cut and add to."""

    name: str
    header: str
    rows: tuple[str, ...] = field(default=())

    def text(self) -> str:
        return "\n".join([self.header, *self.rows, ""])


def _rows(*columns: Any) -> st.SearchStrategy[tuple[str, ...]]:
    row = st.tuples(*(st.sampled_from(c) for c in columns)).map(";".join)
    return st.lists(row, min_size=1, max_size=7).map(tuple)


ENROLS = st.one_of(
    _rows(
        ("add", "add", "del", "shift", ""), COURSES, USERS, ROLES, ("manual", "manual", "self"), VERBS, GROUPS, GROUPS
    ).map(lambda rows: File("enrols.csv", "cmd;cid;uid;rolename;enrol;gcmd;g1;g2", rows)),
    _rows(("add", "del", "shift"), COURSES, USERS, ROLES, VERBS, GROUPS).map(
        lambda rows: File("role_enrols.csv", "cmd;cid;uid;rolename;gcmd;g1", rows)
    ),
    _rows(COURSES, USERS, ROLES[:3], ("manual", "self"), ("", "2026-09-01", "2026-10-01"), ("", "0", "2027-01-01")).map(
        lambda rows: File("dated_enrols.csv", "cid;uid;rolename;enrol;starttime;endtime", rows)
    ),
)
NUMBERS = ("", "N-ada", "N-bea", "N-cid", "N-1", "N-2")
PEOPLE = st.one_of(
    _rows(USERS, ("A", "B"), NUMBERS, ("", "0", "1")).map(
        lambda rows: File("users.csv", "username;firstname;lastname;idnumber;suspended", tuple(_with_lastname(rows)))
    ),
    _rows(USERS, ("A",), ("X",), ("0", "0", "1", "")).map(
        lambda rows: File("deleting_users.csv", "username;firstname;lastname;deleted", rows)
    ),
    _rows((*USERS, "fay"), ("A",), ("X",), ("", *USERS)).map(
        lambda rows: File("renaming_users.csv", "username;firstname;lastname;oldusername", rows)
    ),
    _rows(USERS[:3], ("A",), ("X",), ("", "First", "Third"), ("", "c3", "c1"), COURSES, ("student", ""), GROUPS).map(
        lambda rows: File("parts_users.csv", "username;firstname;lastname;cohort;cohortid;course1;role1;group1", rows)
    ),
    _rows(USERS[:3], ("A",), ("X",), ("", "a@x.org", "b@x.org"), ("", "Lyon", "Åre")).map(
        lambda rows: File("mail_users.csv", "username;firstname;lastname;email;profile_field_site", rows)
    ),
)
SETS = st.one_of(
    _rows(
        ("add", "add", "del", "free", ""), COHORTS, ("", "First", "Second", "Third"), ("", *USERS), ("", "d1", "d2")
    ).map(lambda rows: File("cohorts.csv", "cmd;cidnumber;cname;userid;cdescription", rows)),
)
PLACES = st.one_of(
    _rows(COURSES, ("Algebra", "Biology"), ("", "K1", "K2"), ("", "Maths", "Maths/One", "New")).map(
        lambda rows: File("courses.csv", "shortname;fullname;idnumber;category", rows)
    ),
    _rows((*COURSES, "NIL")).map(lambda rows: File("deletecourses.csv", "shortname", rows)),
)
LIMITED = "[moodle]\nallow_rename = true\n[limits]\nuser.removals = { count = 2, percent = 'none' }\n"
ANY = st.one_of(ENROLS, ENROLS, PEOPLE, SETS, PLACES)


def _with_lastname(rows: tuple[str, ...]) -> Iterator[str]:
    for row in rows:
        name, first, number, suspended = row.split(";")
        yield f"{name};{first};X;{number};{suspended}"


@FEW
@given(file=ANY)
def test_the_same_file_again_changes_nothing(start, file):
    """Promise 4; the rows that failed, fail again, and those that a rule skips are skipped again."""
    place = start()
    first = place.worked(file.name, file.text())
    note(f"{file.text()}{first['rows']}")
    before = place.roster(deleted=True)
    second = place.worked(file.name, file.text())
    assert before == place.roster(deleted=True)
    note(second)
    assert {} == {kind: c for kind, c in second["changes"].items() if any(c.values())}
    assert 0 == second["rows"]["applied"]


@FEW
@given(file=ANY)
def test_a_file_means_what_its_rows_mean_one_after_the_other(start, file):
    """The columns of a plan are a faster way to the same roster, nothing else."""
    whole, single = start(), start()
    note(file.text())
    done = whole.worked(file.name, file.text())
    for row in file.rows:
        single.worked(file.name, f"{file.header}\n{row}\n")
    note(done["rows"])
    note(done["findings"])
    assert single.meaning() == whole.meaning()


@FEW
@given(file=ANY)
def test_a_tryback_dropped_twice_fails_twice_in_the_same_way(start, file):
    """Promise 3. The first drop may finish what a later row of the file had mended; the second finds nothing to do."""
    place = start()
    first = place.worked(file.name, file.text())
    note(f"{file.text()}{first}")
    if first["tryback"] is None:
        return
    tryback = (place.path / first["tryback"]).read_text()
    second = place.worked(file.name, tryback)
    before = place.roster(deleted=True)
    third = place.worked(file.name, tryback)
    note(f"{tryback}{second}{third}")
    assert before == place.roster(deleted=True)
    assert _left(place, second) == _left(place, third)
    assert (first["rows"]["partial"] + first["rows"]["failed"], 0) == (third["rows"]["total"], third["rows"]["applied"])


def _left(place, report: dict[str, Any]) -> str:
    return (place.path / report["tryback"]).read_text() if report["tryback"] else ""


@st.composite
def histories(draw) -> list[File]:
    """Files of few kinds one after the other: new ones, and old ones again as they were, shuffled, cut, mixed."""
    kinds = draw(st.lists(ANY, min_size=1, max_size=3))
    files: list[File] = []
    for _ in range(draw(st.integers(4, 8))):
        kind = draw(st.sampled_from(kinds))
        old = [file for file in files if file.header == kind.header]
        if old and draw(st.booleans()):
            again = draw(st.sampled_from(old))
            rows = list(again.rows + draw(st.sampled_from(old)).rows) if draw(st.booleans()) else list(again.rows)
            random.Random(draw(st.integers(0, 99))).shuffle(rows)
            files.append(draw(st.sampled_from([again, File(again.name, again.header, tuple(rows[:5]))])))
        else:
            new = draw(ANY.filter(lambda file, header=kind.header: file.header == header))
            files.append(File(new.name, new.header, new.rows[:3]))
    return files


@FEW
@given(history=histories())
def test_what_is_remembered_never_changes_a_result(start, forgetful, told, history):
    """The row memory saves time. Whatever happens between two files, a home without one ends the same."""
    hot, cold = start(LIMITED), start(LIMITED)
    for file in history:
        note(f"-- {file.name}\n{file.text()}")
        warm = told(hot, hot.worked(file.name, file.text()))
        with forgetful():
            fresh = told(cold, cold.worked(file.name, file.text()))
        assert fresh == warm
    assert cold.meaning() == hot.meaning()
