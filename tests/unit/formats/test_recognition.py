"""A file is recognised by its name and header without any configuration, or not at all."""

import pytest

from syncd.dialects.moodle.dialect import MOODLE
from syncd.dialects.moodle.files.cohorts import COHORTS
from syncd.dialects.moodle.files.course_lists import COURSES_DELETE
from syncd.dialects.moodle.files.courses import COURSES
from syncd.dialects.moodle.files.enrolments import ENROLMENTS
from syncd.dialects.moodle.files.users import USERS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.recognition import hints, prepared, recognise, unrecognised
from syncd.frames.layout import Hints

HEADERS = {
    "users": ("Username", "firstname", "lastname", "email", "cohort"),
    "courses": ("shortname", "category", "fullname"),
    "courses_delete": ("ANAT1",),
    "courses_check": ("ANAT1", "Anatomy"),
    "courses_reset": (
        *("shortname", "events", "logs", "notes", "grades"),
        *("roles", "local_roles", "groups", "groupings", "modules"),
    ),
    "enrolments": ("cmd", "cid", "uid", "rolename"),
    "cohorts": ("cmd", "cidnumber", "userid"),
    "metacourses": ("cmd", "master", "meta"),
    "cohort_bindings": ("cmd", "cohort", "course", "role"),
    "groups": ("courseid", "name", "updateid"),
    "group_members": ("courseid", "groupid", "userid"),
}


def recognised(name: str, header: tuple[str, ...], declared: str = "") -> str | None:
    found = recognise(MOODLE, name, header, declared)
    return found.object if found else None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("userimport.csv", "users"),
        ("20250901_userimport.csv", "users"),
        ("users-2025.csv", "users"),
        ("users2025.csv", "users"),
        ("Users.CSV", "users"),
        ("user_update_chunk3.csv", "users"),
        ("user_delete_sample.csv", "users"),
        ("userimport_tryback_20250901-063000-2.csv", "users"),
        ("uploadcourses.csv", "courses"),
        ("course_create_sample.csv", "courses"),
        ("courses.csv", "courses"),
        ("school_courses_new.csv", "courses"),
        ("deletecourses.csv", "courses_delete"),
        ("deletecourses.txt", "courses_delete"),
        ("course_delete_sample.csv", "courses_delete"),
        ("delete-courses_20250901.csv", "courses_delete"),
        ("deletecourses_tryback_20250901-063000.csv", "courses_delete"),
        ("courses.csv", "courses_check"),
        ("20250901-063000_courses.csv", "courses_check"),
        ("courses_tryback_20250901-063000.csv", "courses_check"),
        ("check_courses.csv", "courses_check"),
        ("resetcourses.csv", "courses_reset"),
        ("course_reset_sample.csv", "courses_reset"),
        ("courses-reset_20261101.csv", "courses_reset"),
        ("enrols.csv", "enrolments"),
        ("enrol_2025.csv", "enrolments"),
        ("nightly-enrolments.csv", "enrolments"),
        ("enrollments.csv", "enrolments"),
        ("enrol_users.csv", "enrolments"),
        ("cohorts.csv", "cohorts"),
        ("cohort_create_only.csv", "cohorts"),
        ("cohort_delete_only_by_name.csv", "cohorts"),
        ("metacourses.csv", "metacourses"),
        ("meta_courses_2026.csv", "metacourses"),
        ("course_metabindings_sample.csv", "metacourses"),
        ("course-meta-links.csv", "metacourses"),
        ("cohortscourses.csv", "cohort_bindings"),
        ("cohort_courses.csv", "cohort_bindings"),
        ("cohort_bind_courses_sample.csv", "cohort_bindings"),
        ("cohort-bindings-2026.csv", "cohort_bindings"),
        ("cohort_course_bindings.csv", "cohort_bindings"),
        ("groups.csv", "groups"),
        ("groups_update.csv", "groups"),
        ("groupings_update.csv", "groups"),
        ("group_create.csv", "groups"),
        ("groupmembers.csv", "group_members"),
        ("group_members.csv", "group_members"),
        ("shift_group_members.csv", "group_members"),
    ],
)
def test_name_and_header_together_say_what_a_file_is(name: str, expected: str) -> None:
    """No configuration is needed for the usual names."""
    assert expected == recognised(name, HEADERS[expected])


@pytest.mark.parametrize(
    "expected",
    ["users", "courses", "enrolments", "cohorts", "metacourses", "cohort_bindings", "groups", "group_members"],
)
def test_a_decisive_header_needs_no_name(expected: str) -> None:
    """A sender's own file names do no harm."""
    assert expected == recognised("export-4711.csv", HEADERS[expected])


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("export.csv", ("ANAT1",)),
        ("export.csv", ("username", "email")),
        ("userimport.csv", HEADERS["enrolments"]),
        ("deletecourses.csv", HEADERS["courses"]),
        ("enrols.csv", HEADERS["users"]),
        ("cohorts.csv", HEADERS["cohort_bindings"]),
        ("cohortscourses.csv", HEADERS["cohorts"]),
        ("courses.csv", HEADERS["metacourses"]),
        ("groups.csv", HEADERS["group_members"]),
        ("groupmembers.csv", HEADERS["groups"]),
        ("superusers.csv", ("ANAT1",)),
        ("", ()),
    ],
)
def test_what_is_not_certain_is_not_guessed(name: str, header: tuple[str, ...]) -> None:
    """A file worked as what it is not could delete what it names."""
    assert recognised(name, header) is None


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("userimport.csv", ("username", "lastname"), "users"),
        ("userimport.csv", ("anna|Anna|Berg",), "users"),
        ("enrols.csv", ("cmd", "cid", "uid"), "enrolments"),
        ("courses.csv", ("shortname", "category"), "courses"),
        ("cohorts.csv", ("cmd", "userid"), "cohorts"),
    ],
)
def test_a_name_decides_where_the_header_lacks_something(name: str, header: tuple[str, ...], expected: str) -> None:
    """So that the operator is told which column is missing."""
    assert expected == recognised(name, header)


def test_a_list_may_have_its_identifier_as_first_line() -> None:
    """Some senders write a header over one column."""
    assert "courses_delete" == recognised("deletecourses.csv", ("shortname",))
    assert "courses_check" == recognised("courses.csv", ("shortname", "description"))


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("courses.csv", "sourcedId,status,title", "the nearest kind, courses, lacks shortname, fullname"),
        ("deletecourses.csv", "course_id,short_name,status", "courses_delete is a list with one identifier on each"),
        ("users.csv", "user name,First name,last-name", "users, wants username for 'user name', firstname for 'first"),
        ("x.csv", "login,e-mail", "users, lacks username, firstname, lastname and wants email for 'e-mail'"),
        ("enrols.csv", "course_id,user_id,role", "the nearest kind, enrolments, lacks cid, uid, rolename"),
        ("x.csv", "cidnumber,courseid,name", "the columns are those of groups, but the name is not"),
        ("userimport.csv", "cmd,cid,uid,rolename", "the columns are those of enrolments, but the name is not"),
    ],
)
def test_what_is_nothing_known_is_told_with_what_is_nearest(name: str, header: str, expected: str) -> None:
    """In one line: every column that is missing, and each that seems misspelt."""
    found = unrecognised([MOODLE], name, header.split(","))
    assert "file-unrecognised" == found.code
    assert expected in found.message
    assert all(column in found.message for column in header.split(","))


def test_what_is_near_to_nothing_is_told_without_a_guess() -> None:
    """A menu is no roster."""
    assert "nearest" not in unrecognised([MOODLE], "menu.csv", ("soup", "fish")).message


def test_told_by_object_a_file_is_that() -> None:
    """--object; its header is then checked against that object."""
    assert "cohorts" == recognised("userimport.csv", HEADERS["users"], "cohorts")
    assert "courses_delete" == recognised("x.csv", ("ANAT1",), "courses_delete")
    assert recognised("userimport.csv", HEADERS["users"], "nonsense") is None


def test_every_default_name_is_recognised_by_its_expression() -> None:
    """The reference's default names work without any configuration."""
    for file in MOODLE.files.values():
        for name in file.default_names:
            assert file.object == recognised(name, HEADERS[file.object])


def test_prepared_names_have_no_dates_numbers_or_suffixes() -> None:
    """What senders and this system add to names says nothing of the content."""
    assert "userimport" == prepared("20250901-063000_userimport_tryback_20250902-070000.csv")
    assert "cohort_create_only" == prepared("Cohort Create-Only.sample.2.csv")


def test_hints_name_columns_and_declared_writing() -> None:
    """What reading the header needs to know."""
    options = MoodleOptions(encoding="cp1252", delimiter="\t")
    found = hints(MOODLE, ENROLMENTS, options)
    assert (("utf-8", "cp1252"), "\t", True) == (found.encodings, found.delimiter, found.has_header)
    assert {"cmd", "cid", "g1", "g9", "hidden"} <= found.known
    assert not {"g0", "username"} & found.known


def test_hints_for_a_list_expect_no_header() -> None:
    """A first line that names an identifier is a header all the same."""
    found = hints(MOODLE, COURSES_DELETE, MoodleOptions())
    assert not found.has_header
    assert {"shortname", "idnumber", "id", "course"} <= found.identifier_names
    assert {"shortname", "username", "status", "action"} <= found.known


def test_hints_for_an_unknown_file_know_every_column() -> None:
    """The header is looked at before the file is recognised."""
    found = hints(MOODLE, None, MoodleOptions())
    assert Hints(encodings=("utf-8",), known=found.known) == found
    for file in (USERS, COURSES, COHORTS, ENROLMENTS):
        assert file.spellings <= found.known
