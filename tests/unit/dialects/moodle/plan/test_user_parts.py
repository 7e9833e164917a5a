"""What else a users row asks for: its cohort, and its numbered course columns."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT

HEAD = "username;firstname;lastname"
SET = "course1;role1;enrol1"


def test_a_cohort_is_made_once_with_its_idnumber_and_every_user_is_put_in(school: Any) -> None:
    """Two rows that name a new cohort mean one cohort."""
    answer = school.send("users", f"{HEAD};cohort;cohortid\nanna;A;D;Staff;S1\nbert;B;D;Staff;S1")
    assert ["applied", "applied"] == answer.outcomes
    assert [("Staff", "S1")] == school.live(Kind.COHORT, "name", "idnumber")
    assert [(1, 1), (1, 2)] == school.live(Kind.COHORT_MEMBER, "cohort_id", "user_id")


def test_a_user_already_in_the_cohort_changes_nothing(school: Any) -> None:
    """Twice is once, for memberships too; cohortid of a known cohort is no order to renumber it."""
    school.cohort("Staff", "S1")
    school.send("users", f"{HEAD};cohort;cohortid\nanna;A;D;Staff;S1")
    again = school.send("users", f"{HEAD};cohort;cohortid\nanna;A;D;Staff;S9")
    assert (["unchanged"], ["S1"]) == (again.outcomes, school.live(Kind.COHORT, "idnumber"))


def test_a_cohort_name_of_several_cohorts_leaves_the_row_partial(school: Any) -> None:
    """The user stands; which cohort was meant is for a person to say."""
    school.cohort("Staff", "S1")
    school.cohort("Staff", "S2")
    answer = school.send("users", f"{HEAD};cohort\nanna;A;D;Staff")
    assert (["partial"], ["ambiguous"], ["anna"]) == (
        answer.outcomes,
        answer.codes(1),
        school.live(Kind.USER, "username"),
    )


def test_a_new_cohort_cannot_have_the_idnumber_of_another(school: Any) -> None:
    """The owner is named; the user stands."""
    school.cohort("Pupils", "S1")
    answer = school.send("users", f"{HEAD};cohort;cohortid\nanna;A;D;Staff;S1")
    assert (["partial"], ["cohort-taken"], True) == (answer.outcomes, answer.codes(1), "Pupils" in answer.said(1))


def test_two_new_cohorts_of_one_file_cannot_have_one_idnumber(school: Any) -> None:
    """The first row has it, as row by row; the second is told who."""
    answer = school.send("users", f"{HEAD};cohort;cohortid\nanna;A;D;Staff;S1\nbert;B;D;Pupils;S1")
    assert (["applied", "partial"], ["cohort-taken"]) == (answer.outcomes, answer.codes(2))
    assert "Staff" in answer.said(2)
    assert ["Staff"] == school.live(Kind.COHORT, "name")


def test_a_refused_user_is_put_nowhere(school: Any) -> None:
    """A row that failed must have no effect at all."""
    school.user("anna", data_source="hr")
    school.course("C1")
    answer = school.send("users", f"{HEAD};city;cohort;{SET}\nanna;A;D;Bonn;Staff;C1;student;manual")
    assert ["failed"] == answer.outcomes
    assert answer.changes.is_empty


@pytest.mark.parametrize(
    ("role", "method", "enrolments", "assignments"),
    [
        ("student", "manual", [("manual", "student")], []),
        ("teacher", "", [], ["teacher"]),
        ("", "manual", [("manual", "student")], []),
    ],
)
def test_a_course_column_enrols_or_assigns(
    school: Any, role: str, method: str, enrolments: list[Any], assignments: list[Any]
) -> None:
    """Role and method enrol, a role alone is assigned, a method alone enrols as student."""
    school.course("C1")
    answer = school.send("users", f"{HEAD};{SET}\nanna;A;D;C1;{role};{method}")
    assert ["applied"] == answer.outcomes
    assert enrolments == school.live(Kind.ENROLMENT, "method", "role")
    assert assignments == school.live(ROLE_ASSIGNMENT, "role")


@pytest.mark.parametrize(
    ("values", "code", "column"),
    [
        ("C1;;", "enrolment-empty", "course2"),
        ("NO;student;manual", "unknown-course", "course2"),
        ("C1;boss;manual", "unknown-role", "role2"),
        ("C1;student;ldap", "unknown-method", "enrol2"),
    ],
)
def test_what_a_course_column_cannot_have_leaves_the_row_partial(
    school: Any, values: str, code: str, column: str
) -> None:
    """The account is made all the same; the row goes to the tryback with the reason and the very column."""
    school.course("C1")
    answer = school.send("users", f"{HEAD};course2;role2;enrol2\nanna;A;D;{values}")
    assert (["partial"], [code]) == (answer.outcomes, answer.codes(1))
    assert [column] == answer.columns(1)
    assert (["anna"], []) == (school.live(Kind.USER, "username"), school.live(Kind.ENROLMENT, "role"))


def test_every_filled_course_column_counts_whatever_its_number(school: Any) -> None:
    """The original stopped at the first number missing, and took enrol1 for all."""
    school.course("C1")
    school.course("C2")
    head = f"{HEAD};course2;role2;enrol2;course7;role7;enrol7"
    school.send("users", f"{head}\nanna;A;D;C1;student;manual;C2;teacher;self")
    assert [("manual", "student"), ("self", "teacher")] == school.live(Kind.ENROLMENT, "method", "role")


def test_one_bad_course_column_does_not_stop_the_others(school: Any) -> None:
    """Parts of a row are isolated, like rows of a file."""
    school.course("C1")
    head = f"{HEAD};course1;role1;enrol1;course2;role2;enrol2"
    answer = school.send("users", f"{head}\nanna;A;D;NO;student;manual;C1;student;manual")
    assert (["partial"], 1) == (answer.outcomes, len(school.roster.records(Kind.ENROLMENT)))


def test_a_group_column_makes_the_group_and_puts_the_user_in(school: Any) -> None:
    """group<n> creates what is missing, within the course."""
    school.course("C1")
    text = f"{HEAD};{SET};group1\nanna;A;D;C1;student;manual;G\nbert;B;D;C1;student;manual;G"
    assert ["applied", "applied"] == school.send("users", text).outcomes
    assert ([("G", 1)], 2) == (
        school.live(Kind.GROUP, "name", "course_id"),
        len(school.roster.records(Kind.GROUP_MEMBER)),
    )
    assert ["unchanged", "unchanged"] == school.send("users", text).outcomes


def test_the_same_course_twice_in_a_row_is_worked_in_order_of_the_numbers(school: Any) -> None:
    """The higher number comes later, so its times hold."""
    school.course("C1")
    head = f"{HEAD};{SET};start1;course2;role2;enrol2;start2"
    school.send("users", f"{head}\nanna;A;D;C1;student;manual;500000100;C1;student;manual;500000200")
    assert [500000200] == school.live(Kind.ENROLMENT, "starttime")


def test_a_users_row_with_courses_is_remembered_once(school: Any) -> None:
    """It stands by its user, whatever else it asked for."""
    school.course("C1")
    assert [1] == school.send("users", f"{HEAD};{SET}\nanna;A;D;C1;student;manual").remembered


def test_roles_by_id_are_understood(school: Any) -> None:
    """role_identifier=id says how the whole file names roles."""
    school.course("C1")
    school.send("users", f"{HEAD};{SET}\nanna;A;D;C1;5;manual", role_identifier="id")
    assert ["student"] == school.live(Kind.ENROLMENT, "role")


# the columns of Moodle's own user upload


def test_numbered_cohorts_are_found_by_identifier_or_name_or_made(school: Any) -> None:
    """A new one has the value as idnumber and as name, as in the platform's upload."""
    school.cohort("Nurses", "NUR")
    text = f"{HEAD};cohort1;cohort3\nanna;A;D;NUR;Intake 26\nbert;B;D;Nurses;Intake 26"
    assert [["applied"] * 2, ["unchanged"] * 2] == [school.send("users", text).outcomes for _ in range(2)]
    assert [("Nurses", "NUR"), ("Intake 26", "Intake 26")] == school.live(Kind.COHORT, "name", "idnumber")
    members = school.live(Kind.COHORT_MEMBER, "cohort_id", "user_id")
    assert [(1, 1), (1, 2), (2, 1), (2, 2)] == sorted(members)
    assert [] == school.send("users", text).remembered


@pytest.mark.parametrize(
    ("value", "options", "code"),
    [
        ("4711", {}, "unknown-cohort"),
        ("Staff", {}, "ambiguous"),
        ("New", {"cohort_autocreate": False}, "cohort-closed"),
        ("77", {"cohort_identifier": "id"}, "unknown-cohort"),
    ],
)
def test_a_numbered_cohort_that_is_not_certain_leaves_the_row_partial(
    school: Any, value: str, options: dict[str, Any], code: str
) -> None:
    """A number is the platform's own id of a cohort there, which nobody knows here."""
    school.cohort("Staff", "S1")
    school.cohort("Staff", "S2")
    answer = school.send("users", f"{HEAD};cohort2\nanna;A;D;{value}", **options)
    assert (["partial"], [code], ["cohort2"]) == (answer.outcomes, answer.codes(1), answer.columns(1))
    assert (["S1", "S2"], []) == (school.live(Kind.COHORT, "idnumber"), school.live(Kind.COHORT_MEMBER, "user_id"))


@pytest.mark.parametrize(("written", "role"), [("1", "student"), ("2", "editingteacher"), ("3", "teacher")])
def test_a_type_enrols_by_hand_with_the_role_of_early_versions(school: Any, written: str, role: str) -> None:
    """2 was the teacher who edits, 3 the one who does not."""
    school.course("C1")
    school.send("users", f"{HEAD};course1;type1\nanna;A;D;C1;{written}")
    assert [("manual", role)] == school.live(Kind.ENROLMENT, "method", "role")


@pytest.mark.parametrize("column", ["type1", "enrolperiod1", "enrolstatus1", "enroltimestart1"])
def test_a_column_of_the_upload_tells_that_the_method_is_manual(school: Any, column: str) -> None:
    """That upload knows no other, so that its files do not name it; without a role the user is a student."""
    school.course("C1")
    text = f"{HEAD};course1;role1;{column}\nanna;A;D;C1;teacher;\nbert;B;D;C1;;"
    assert ["applied"] * 2 == school.send("users", text).outcomes
    assert [("manual", "teacher"), ("manual", "student")] == school.live(Kind.ENROLMENT, "method", "role")


def test_a_period_counts_days_from_the_start_of_the_enrolment(school: Any) -> None:
    """From the start that the row names, or that the enrolment has: the same file again must not move the end."""
    school.course("C1")
    text = f"{HEAD};course1;enroltimestart1;enrolperiod1\nanna;A;D;C1;;30\nbert;B;D;C1;500001000;2\ncleo;C;D;C1;;0"
    assert [["applied"] * 3, ["unchanged"] * 3] == [school.send("users", text).outcomes for _ in range(2)]
    start = 1_700_000_000
    expected = [(start, start + 30 * 86_400), (500_001_000, 500_001_000 + 2 * 86_400), (start, 0)]
    assert expected == school.live(Kind.ENROLMENT, "starttime", "endtime")


def test_a_status_suspends_the_enrolment_and_makes_it_active_again(school: Any) -> None:
    """In every role of the method; an empty value leaves it."""
    school.course("C1")
    head = f"{HEAD};course1;role1;enrolstatus1"
    school.send("users", f"{head}\nanna;A;D;C1;student;0\nanna;A;D;C1;teacher;1")
    assert [(1, "disabled")] * 2 == school.live(Kind.ENROLMENT, "status", "state")
    assert ["unchanged"] == school.send("users", f"{head}\nanna;A;D;C1;student;").outcomes
    school.send("users", f"{head}\nanna;A;D;C1;student;0")
    assert [(0, "enabled")] * 2 == school.live(Kind.ENROLMENT, "status", "state")


@pytest.mark.parametrize(
    ("columns", "values", "column"),
    [
        ("end1;enrolperiod1", "2030-01-01;30", "enrolperiod1"),
        ("role1;type1", "student;2", "type1"),
    ],
)
def test_what_is_said_twice_and_differently_fails_the_row(school: Any, columns: str, values: str, column: str) -> None:
    """Which of the two was meant is for the sender to say."""
    school.course("C1")
    answer = school.send("users", f"{HEAD};course1;{columns}\nanna;A;D;C1;{values}")
    assert (["failed"], ["columns-contradict"], [column]) == (answer.outcomes, answer.codes(1), answer.columns(1))
