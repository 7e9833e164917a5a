"""Which known name a misspelt one means, and what makes the first line of a list a header."""

import pytest

from syncd.frames.headers import is_header, nearest, plain

KNOWN = (
    *("username", "firstname", "lastname", "email", "idnumber", "deleted", "oldusername", "department"),
    *("course2", "enrol1", "cmd", "cid", "uid", "shortname", "category"),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("user name", "username"),
        ("user_name", "username"),
        ("UserName", "username"),
        ("E-Mail", "email"),
        ("e mail:", "email"),
        ("First\u00a0Name", "firstname"),
        ("ID-Number", "idnumber"),
        ("emial", "email"),
        ("usrname", "username"),
        ("departement", "department"),
        ("cuorse2", "course2"),
        ("cdm", "cmd"),
        ("cmdd", "cmd"),
        # of another number, of another meaning, or as near to two
        ("course1", ""),
        ("enrol2", ""),
        ("enrolperiod1", ""),
        ("rename", ""),
        ("surname", ""),
        ("category_path", ""),
        ("cud", ""),
        ("zzzzzz", ""),
        ("--", ""),
        ("", ""),
    ],
)
def test_a_hint_is_given_only_where_it_is_sure(name: str, expected: str) -> None:
    """A wrong hint is worse than none: somebody may follow it."""
    assert expected == nearest(name, KNOWN)


def test_a_name_with_a_meaning_of_its_own_is_not_taken_for_a_misspelt_one() -> None:
    """`idnumber` in a file of cohorts is no error in typing; `ID number` is still `idnumber`."""
    assert ("cidnumber", "") == (nearest("idnumber", ["cidnumber"]), nearest("idnumber", ["cidnumber"], ["idnumber"]))
    assert "idnumber" == nearest("ID number", ["idnumber"], ["idnumber"])


def test_plain_names_have_no_case_and_no_separators() -> None:
    """As people and systems write one name."""
    assert {"email"} == {plain(name) for name in ("email", "E-Mail", "e_mail", " e.mail ")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ANAT1", False),
        ("ANAT1;Anatomy", False),
        ("ANAT1;;;", False),
        ("shortname", True),
        ("Short name", True),
        ("title", False),
        ("ANAT1;status", True),
        ("short_name;title", True),
        ("a;b;c", True),
        ("a;;c;", False),
    ],
)
def test_a_first_line_that_only_a_table_has_is_a_header(line: str, expected: bool) -> None:
    """A table of another system must not pass for a list of identifiers."""
    assert expected == is_header(line.split(";"), {"shortname", "status"}, {"shortname"})
