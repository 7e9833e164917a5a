"""Property tests: twice is once, a file is its rows in order, and what is remembered never changes a result."""

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from syncd.engine.pipeline import Pipeline
from syncd.store.memory_files import MemoryFiles

QUICK = (Phase.explicit, Phase.generate)
"""Shrinking repeats whole runs: minutes for a word less. Take it away to look into a failure."""

FEW = settings(max_examples=60, deadline=None, derandomize=False, phases=QUICK, suppress_health_check=list(HealthCheck))
USERS = ("ada", "bea", "cid", "dan", "eve")
COURSES = ("ALG", "GEO", "BIO")
COHORTS = ("c1", "c2", "c3")
ROLES = ("student", "student", "teacher", "wizard", "")
GROUPS = ("", "", "Blue", "Red")
VERBS = ("gadd", "gaddcreate", "greplace", "greplacecreate", "gdel", "")
START = (
    ("first_users.csv", "username;firstname;lastname;idnumber\n" + "".join(f"{u};{u};X;N-{u}\n" for u in USERS[:4])),
    ("first_courses.csv", "shortname;fullname;category\nALG;Algebra;Maths\nGEO;Geometry;Maths/One\n"),
    ("first_cohorts.csv", "cmd;cidnumber;cname;userid\nadd;c1;First;ada\nadd;c2;Second;\n"),
    (
        "first_enrols.csv",
        "cmd;cid;uid;rolename;enrol;gcmd;g1\nadd;ALG;ada;student;manual;gaddcreate;Blue\nadd;ALG;bea;student;;;\n",
    ),
)


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
ANY = st.one_of(ENROLS, ENROLS, PEOPLE, SETS, PLACES)


def _with_lastname(rows: tuple[str, ...]) -> Iterator[str]:
    for row in rows:
        name, first, number, suspended = row.split(";")
        yield f"{name};{first};X;{number};{suspended}"


OPEN = "[moodle]\nallow_rename = true\n[limits]\nuser.removals = { count = 2, percent = 'none' }\n"
UNBOUND = "[moodle]\nallow_rename = true\n"


@pytest.fixture
def start(homes):
    """Give a maker of homes with a small roster; each is a copy of one."""
    seed = homes()
    seed.configure(UNBOUND)
    for name, text in START:
        assert "completed" == seed.worked(name, text)["state"]
    numbers = iter(range(1_000_000))
    made = []

    def make(configuration: str = UNBOUND):
        for place in made[:-1]:
            shutil.rmtree(place.path, ignore_errors=True)
        del made[:-1]
        place = seed.copy(seed.path.with_name(f"copy-{next(numbers)}"))
        place.configure(configuration)
        made.append(place)
        return place

    return make


@contextmanager
def forgetful():
    """Let nothing be remembered of rows and files that stood."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryFiles, "load", lambda *_: None)
        patch.setattr(Pipeline, "_same_file", lambda *_: None)
        yield


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
    """Files one after the other, few kinds of them: new ones, and old ones again, as they were, shuffled, cut, mixed."""
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
def test_what_is_remembered_never_changes_a_result(start, history):
    """The row memory saves time. Whatever happens between two files, a home without one ends the same."""
    hot, cold = start(OPEN), start(OPEN)
    for file in history:
        note(f"-- {file.name}\n{file.text()}")
        warm = _told(hot, hot.worked(file.name, file.text()))
        with forgetful():
            fresh = _told(cold, cold.worked(file.name, file.text()))
        assert fresh == warm
    assert cold.meaning() == hot.meaning()


TURNS = {
    "another date and back": ("cid;uid;rolename;enrol;starttime", "GEO;cid;student;manual;2026-09-0{}"),
    "another name and back": ("username;firstname;lastname", "ada;A{};X"),
    "another course name and back": ("shortname;fullname", "ALG;Algebra {}"),
    "another category and back": ("shortname;fullname;category", "ALG;Algebra;Maths/{}"),
    "another description and back": ("cmd;cidnumber;cname;cdescription", "add;c1;First;d{}"),
    "another role and back": ("cmd;cid;uid;rolename;enrol", "shift;GEO;cid;{};manual"),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_file_that_contradicts_its_predecessor_is_not_taken_for_it(start, name):
    """A, B, A: the third file is not known from the first, since the second has changed what that made."""
    header, row = TURNS[name]
    values = ("teacher", "student") if "role" in name else ("1", "2")
    place = start()
    file = {"c": "t_enrols.csv", "u": "t_users.csv", "s": "t_courses.csv"}[header[0]]
    file = "t_cohorts.csv" if "cidnumber" in header else "t_enrols.csv" if "cid" in header else file
    a, b = (f"{header}\n{row.format(value)}\n" for value in values)
    place.worked(file, a)
    after = place.meaning()
    for text in (b, a, b, a):
        assert 1 == place.worked(file, text)["rows"]["applied"]
    assert after == place.meaning()


NEWCOMERS = {
    "the old name of a user is given to a new one": (
        ("renaming_users.csv", "username;firstname;lastname;oldusername\nfay;F;X;ada\n"),
        ("more_users.csv", "username;firstname;lastname\nada;A;X\n"),
    ),
    "a second role in the course, by another file, without times": (
        ("dated_enrols.csv", "cid;uid;rolename;enrol;starttime\nALG;ada;student;manual;2026-09-01\n"),
        ("more_enrols.csv", "cid;uid;rolename;enrol\nALG;ada;teacher;manual\n"),
    ),
    "an account that a teacher's search finds, too": (
        ("taught_courses.csv", "shortname;fullname;teacher1_account\nGEO;Geometry;N-ada\n"),
        ("more_users.csv", "username;firstname;lastname\nn-ada;A;X\n"),
    ),
    "a second cohort of the name": (
        ("parted_users.csv", "username;firstname;lastname;cohort\nada;ada;X;First\n"),
        ("more_cohorts.csv", "cmd;cidnumber;cname\nadd;c9;First\n"),
    ),
    "an enrolment that a deleting row would remove": (
        ("leaving_enrols.csv", "cmd;cid;uid;rolename;enrol\ndel;GEO;cid;;manual\n"),
        ("more_enrols.csv", "cid;uid;rolename;enrol\nGEO;cid;student;manual\n"),
    ),
    "a member that a deleting row would remove": (
        ("leaving_cohorts.csv", "cmd;cidnumber;userid\ndel;c2;cid\n"),
        ("more_cohorts.csv", "cmd;cidnumber;userid\nadd;c2;cid\n"),
    ),
    "a group that a replacing row would leave": (
        ("replacing_enrols.csv", "cid;uid;rolename;enrol;gcmd;g1\nALG;ada;student;manual;greplace;Blue\n"),
        ("more_enrols.csv", "cid;uid;rolename;enrol;gcmd;g1\nALG;ada;student;manual;gaddcreate;Red\n"),
    ),
}


@pytest.mark.parametrize("name", NEWCOMERS)
def test_a_new_record_makes_rows_that_it_concerns_count_as_new(start, name):
    """What stood may cease to stand by a record that nobody had when the row was looked at."""
    (file, text), (other, more) = NEWCOMERS[name]
    ends = []
    for remembering in (nullcontext, forgetful):
        place = start()
        with remembering():
            assert 0 == place.worked(file, text)["rows"]["failed"]
            place.worked(other, more)
            ends.append((_told(place, place.worked(file, text)), place.meaning()))
    assert ends[1] == ends[0]


def _told(place, report: dict[str, Any]) -> dict[str, Any]:
    """Return what a run came to, with held runs approved."""
    if report["state"] == "held":
        with place.app() as app:
            report = app.approve(report["id"], "ada", "").as_json()
    plain = {name: report[name] for name in ("state", "rows", "changes", "before", "after", "breaches")}
    return plain | {
        "findings": [re.sub(r"\bid [0-9]+", "id", f"{f['row']} {f['message']}") for f in report["findings"]]
    }
