"""The row memory saves time and nothing else: what makes rows that stood count as new again."""

from contextlib import nullcontext

import pytest

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
    after = {kind: records for kind, records in place.meaning().items() if kind != "category"}
    for text in (b, a, b, a):
        assert 1 == place.worked(file, text)["rows"]["applied"]
    assert after == {kind: records for kind, records in place.meaning().items() if kind != "category"}


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
        ("taught_courses.csv", "shortname;fullname;teacher1_account\nGEO;Geometry;ada\n"),
        ("more_users.csv", "username;firstname;lastname;idnumber\nzoe;Z;X;ada\n"),
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
def test_a_new_record_makes_rows_that_it_concerns_count_as_new(start, forgetful, told, name):
    """What stood may cease to stand by a record that nobody had when the row was looked at."""
    (file, text), (other, more) = NEWCOMERS[name]
    ends = []
    for remembering in (nullcontext, forgetful):
        place = start()
        with remembering():
            assert 0 == place.worked(file, text)["rows"]["failed"]
            place.worked(other, more)
            ends.append((told(place, place.worked(file, text)), place.meaning()))
    assert ends[1] == ends[0]
