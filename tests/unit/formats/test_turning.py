"""A column that asks for what the file would not do refuses the file, unless it asks for nothing."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.errors import FileError
from syncd.dialects.registry import DIALECTS
from syncd.formats.turning import demand_harmless

Parsed = Callable[..., pl.DataFrame]
FILES = DIALECTS["moodle"].files
HEADS = {
    "users": ("username;firstname;lastname", "a;A;A"),
    "courses": ("shortname;fullname", "C1;One"),
    "enrolments": ("cid;uid;rolename", "C1;a;student"),
    "cohorts": ("cidnumber;cname", "1;One"),
    "cohort_bindings": ("cohort;course", "1;C1"),
    "metacourses": ("master;meta", "C1;C2"),
    "groups": ("courseid;name", "C1;G"),
    "group_members": ("groupid;userid", "G;a"),
}


@pytest.mark.parametrize("object_name", HEADS)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "deleted"),
        ("status", "1"),
        ("row_status", "inactive"),
        ("remove", "yes"),
        ("un-enrol", "1"),
        ("archived", "true"),
        ("active", "0"),
        ("Enabled", "no"),
        ("op", "drop"),
        ("reset", "1"),
        ("new_name", "X"),
    ],
)
def test_a_column_that_asks_for_something_refuses_the_file(
    parsed: Parsed, object_name: str, column: str, value: str
) -> None:
    """Ignored, it would make what the sender wants gone."""
    head, row = HEADS[object_name]
    with pytest.raises(FileError) as problem:
        demand_harmless(FILES[object_name], parsed(f"{head};{column}", f"{row};", f"{row}; {value.upper()} "))
    (found,) = problem.value.findings
    assert ("column-turns", 3, column.lower()) == (found.code, found.line, found.column)
    assert f"'{value.upper()}'" in found.message
    assert FILES[object_name].instead in found.message


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("remove", ("0", "no", "FALSE", "")),
        ("status", ("active", "", "Add")),
        ("enabled", ("1", "yes")),
        ("oldidnumber", ("",)),
        ("state", ("Bavaria",)),
    ],
)
def test_a_column_that_asks_for_nothing_does_no_harm(parsed: Parsed, column: str, values: tuple[str, ...]) -> None:
    """An export that always has the column, with 0 in each row, is worked."""
    rows = [f"a;A;A;{value}" for value in values]
    demand_harmless(FILES["users"], parsed(f"username;firstname;lastname;{column}", *rows))


def test_a_column_that_the_file_knows_is_none_of_them(parsed: Parsed) -> None:
    """`delete` of courses, `suspended` of users and `cmd` are obeyed."""
    demand_harmless(FILES["courses"], parsed("shortname;delete;rename", "C1;1;C2"))
    demand_harmless(FILES["users"], parsed("username;delete;suspended;oldusername", "a;1;1;b"))
    demand_harmless(FILES["enrolments"], parsed("action;cid;uid;rolename", "del;C1;a;"))


@pytest.mark.parametrize("object_name", HEADS)
def test_every_kind_of_file_says_what_to_do_instead(object_name: str) -> None:
    """The sentence that refuses the file names the way that there is."""
    assert FILES[object_name].instead
