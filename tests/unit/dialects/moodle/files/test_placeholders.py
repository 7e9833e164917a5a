"""What programs write where they have no value: refused where it would name a record, else said."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from syncd.dialects import registry
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.columns import Commands
from syncd.formats.dialect import CommandFile
from syncd.formats.reading import read

Parsed = Callable[..., pl.DataFrame]

FILES: dict[str, dict[str, str]] = {
    "users": {
        "username": "maud",
        "firstname": "Maud",
        "lastname": "Leroux",
        "idnumber": "H1",
        "oldusername": "mleroux",
        "cohort": "Nurses",
        "cohortid": "NUR",
        "course1": "ANAT1",
        "role1": "student",
        "group1": "Lab A",
    },
    "courses": {"shortname": "ANAT1", "fullname": "Anatomy", "idnumber": "UE-01", "teacher1_account": "maud"},
    "enrolments": {"cid": "ANAT1", "uid": "maud", "rolename": "student", "gcmd": "gadd", "g1": "Lab A"},
    "cohorts": {"cidnumber": "NUR", "cname": "Nurses", "userid": "maud", "ccatcontextidnumber": "K1"},
    "groups": {"courseid": "ANAT1", "name": "Lab A", "idnumber": "LA", "updateid": "LA", "grouping": "Labs"},
    "group_members": {"courseid": "ANAT1", "groupid": "LA", "userid": "maud"},
    "cohort_bindings": {"cohort": "NUR", "course": "ANAT1"},
    "metacourses": {"master": "ANAT1", "meta": "ANAT2"},
}
"""Every column of a file that names a record, with a value that does."""

NAMES = {"users": ("firstname", "lastname"), "courses": ("fullname",), "cohorts": ("cname",), "groups": ("name",)}
"""Columns of these that are names for people to read."""

IDENTIFIERS = [(file, name) for file, row in FILES.items() for name in row if name not in ("rolename", "role1", "gcmd")]
IDENTIFIERS = [(file, name) for file, name in IDENTIFIERS if name not in NAMES.get(file, ())]
NUMBERS = [("users", "idnumber"), ("users", "cohortid"), ("courses", "idnumber"), ("cohorts", "cidnumber")]
NUMBERS += [("groups", "idnumber")]

NOTHING = ("NULL", "null", "Null", "(null)", "undefined", "NaN", "None", "#N/A", "#REF!", "#WERT!", "#####", "N/A")
SHORT = ("2.02412E+11", "2,02412E+11", "1.97001E11", "1e+05", "1E+21", "-1.5e-7", "20.2E+10")
DECLINED = [(value, "identifier-nothing") for value in NOTHING]
DECLINED += [(value, "identifier-short-form") for value in SHORT]


def sent(parsed: Parsed, object_name: str, **changed: str) -> Commands:
    """Return how a file is read that has one row, some of its values changed."""
    row = FILES[object_name] | changed
    command_file = registry.DIALECTS["moodle"].files[object_name]
    assert isinstance(command_file, CommandFile)
    options = MoodleOptions(allow_rename=True)
    return read(command_file, parsed(";".join(row), ";".join(row.values())), options)


def remarks(commands: Commands) -> list[tuple[str, str]]:
    return commands.findings.select("column", "code").rows()


@pytest.mark.parametrize("object_name", FILES)
def test_the_rows_of_this_table_are_good(parsed: Parsed, object_name: str) -> None:
    """What the tests below refuse, they refuse for the value that they change."""
    good = sent(parsed, object_name)
    assert ([], 1) == (remarks(good), len(good.frame))


@pytest.mark.parametrize(("object_name", "column"), IDENTIFIERS)
def test_an_identifier_that_is_none_fails_its_row(parsed: Parsed, object_name: str, column: str) -> None:
    """Everybody whose number is missing or shortened has the same one: one account for a year's students."""
    for value, code in DECLINED:
        read_so = sent(parsed, object_name, **{column: value})
        assert ([(column, code)], 0) == (remarks(read_so), len(read_so.frame)), value
        (message,) = read_so.findings.get_column("message")
        assert f"'{value}'" in message


@pytest.mark.parametrize(("object_name", "column"), NUMBERS)
@pytest.mark.parametrize("value", ["0", "000", "0.0", "NA"])
def test_a_number_that_is_none_fails_its_row(parsed: Parsed, object_name: str, column: str, value: str) -> None:
    """Zero is how many a database counts what it does not know, and NA is how R writes it."""
    assert [(column, "identifier-nothing")] == remarks(sent(parsed, object_name, **{column: value}))


@pytest.mark.parametrize("value", ["null1", "nullmeyer", "nan-li", "na", "none", "3e2", "5E1", "12345", "1.5"])
def test_names_that_only_look_alike_are_taken(parsed: Parsed, value: str) -> None:
    """Class 3E2 and the user `na` are real."""
    assert [] == remarks(sent(parsed, "users", username=value, course1=value))


EVERY = [(file, name) for file, row in FILES.items() for name in row]
EVERY += [("users", name) for name in ("city", "address", "description", "phone1", "country", "email", "password")]
EVERY += [("users", name) for name in ("suspended", "maildisplay", "profile_field_site", "auth", "start1")]
EVERY += [("courses", name) for name in ("summary", "category", "topic1", "startdate", "format")]


@pytest.mark.parametrize(("object_name", "column"), EVERY)
def test_the_null_mark_of_databases_fails_its_row_in_any_column(parsed: Parsed, object_name: str, column: str) -> None:
    """Nobody lives in a city of that name; the sentence says what it is and how to declare it."""
    read_so = sent(parsed, object_name, **{column: "\\N"})
    assert ([(column, "value-null-mark")], 0) == (remarks(read_so), len(read_so.frame))
    assert 'null = "\\N"' in read_so.findings.item(0, "message")


@pytest.mark.parametrize("object_name", NAMES)
@pytest.mark.parametrize("value", ["NULL", "null", "Null", "undefined", "NaN", "None", "#N/A", "#VALUE!", "0"])
def test_a_name_that_may_be_none_is_a_warning(parsed: Parsed, object_name: str, value: str) -> None:
    """People are called Null and None; the value is taken as it was sent, and said."""
    for column in NAMES[object_name]:
        read_so = sent(parsed, object_name, **{column: value})
        assert ([(column, "value-placeholder")], value) == (
            remarks(read_so),
            read_so.frame.item(0, column.removeprefix("c")),
        )


@pytest.mark.parametrize("value", ["NA", "Na", "Nan", "Nil", "Nullmeyer", "none", "N.N.", "0 Degrees"])
def test_a_name_that_only_looks_alike_is_no_warning(parsed: Parsed, value: str) -> None:
    """Nan is a first name, and Na a family name."""
    assert [] == remarks(sent(parsed, "users", firstname=value, lastname=value))


def test_words_in_other_text_are_a_warning_and_zero_is_none_there(parsed: Parsed) -> None:
    """A city called NULL is doubtful; a phone number 0 is the sender's affair. Namibia is a country."""
    assert [("city", "value-placeholder")] == remarks(sent(parsed, "users", city="NULL"))
    assert [] == remarks(sent(parsed, "users", phone1="0", country="NA"))


def test_categories_by_idnumber_are_identifiers(parsed: Parsed) -> None:
    """By path they are names that people read."""
    courses = registry.DIALECTS["moodle"].files["courses"]
    assert isinstance(courses, CommandFile)
    table = parsed("shortname;fullname;category", "ANAT1;Anatomy;NULL")
    options = replace(MoodleOptions(), category_identifier="idnumber")
    assert [("category", "identifier-nothing")] == remarks(read(courses, table, options))
