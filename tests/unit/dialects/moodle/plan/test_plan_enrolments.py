"""Enrolments: verbs with and without a method, times, and who may be touched."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT

HEAD = "cmd;cid;uid;rolename;enrol"
GONE = {"state": "deleted"}


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with anna (1), bert (2) and the courses C1 (1) and C2 (2)."""
    school.user("anna", idnumber="A")
    school.user("bert", idnumber="B")
    school.course("C1", idnumber="I1")
    school.course("C2", idnumber="I2")
    return school


def enrolled(school: Any) -> list[Any]:
    return [f"{u}{c} {m} {r}" for u, c, m, r in school.live(Kind.ENROLMENT, "user_id", "course_id", "method", "role")]


def assigned(school: Any) -> list[Any]:
    return [f"{u}{c} {r}" for u, c, r in school.live(ROLE_ASSIGNMENT, "user_id", "course_id", "role")]


# add


def test_add_enrols_and_adding_again_changes_nothing(place: Any) -> None:
    """The start of a running enrolment must not move to now with every file."""
    answers = [place.send("enrolments", f"{HEAD}\nadd;C1;anna;student;manual") for _ in range(2)]
    assert [["applied"], ["unchanged"]] == [answer.outcomes for answer in answers]
    assert ["11 manual student"] == enrolled(place)
    assert [(1_700_000_000, 0, 0)] == place.live(Kind.ENROLMENT, "starttime", "endtime", "status")


def test_an_empty_verb_and_an_empty_method_are_add_and_manual(place: Any) -> None:
    """As the original documents it."""
    place.send("enrolments", f"{HEAD}\n;C1;anna;student;")
    assert ["11 manual student"] == enrolled(place)


def test_without_a_method_column_the_role_alone_is_assigned(place: Any) -> None:
    """Role-only mode makes no enrolment."""
    answer = place.send("enrolments", "cid;uid;rolename\nC1;anna;teacher")
    assert (["applied"], [], ["11 teacher"]) == (answer.outcomes, enrolled(place), assigned(place))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("add;NO;anna;student;manual", "unknown-course"),
        ("add;C1;nobody;student;manual", "unknown-user"),
        ("add;C1;anna;boss;manual", "unknown-role"),
        ("add;C1;anna;Student;manual", "unknown-role"),
        ("shift;C1;anna;boss;manual", "unknown-role"),
        ("add;C1;anna;student;ldap", "unknown-method"),
        ("del;C1;anna;student;ldap", "unknown-method"),
        ("kill;C1;anna;student;manual", "verb-unknown"),
    ],
)
def test_what_is_not_known_fails_the_row_and_does_nothing(place: Any, row: str, code: str) -> None:
    """A missing method never degrades to a bare role, as it did in the original."""
    answer = place.send("enrolments", f"{HEAD};gcmd;g1\n{row};gaddcreate;G")
    assert (["failed"], [code]) == (answer.outcomes, answer.codes(1))
    assert answer.changes.is_empty


@pytest.mark.parametrize(
    ("user_by", "course_by", "user", "course"),
    [("idnumber", "idnumber", "A", "I1"), ("id", "id", "1", "1"), ("email", "shortname", "a@x.org", "C1")],
)
def test_users_and_courses_are_named_by_what_was_agreed(
    place: Any, user_by: str, course_by: str, user: str, course: str
) -> None:
    """The identifier is one for the whole file."""
    place.send("users", "username;firstname;lastname;email\nanna;Anna;Doe;a@x.org")
    text = f"{HEAD}\nadd;{course};{user};student;manual\nadd;{course};x9;student;manual"
    answer = place.send("enrolments", text, user_identifier=user_by, course_identifier=course_by)
    assert (["applied", "failed"], ["11 manual student"]) == (answer.outcomes, enrolled(place))


def test_an_email_of_two_users_is_ambiguous(place: Any) -> None:
    """Enrolling the first of them would be a guess."""
    place.user("c", email="x@x.org")
    place.user("d", email="x@x.org")
    answer = place.send("enrolments", f"{HEAD}\nadd;C1;x@x.org;student;manual", user_identifier="email")
    assert (["failed"], ["ambiguous"]) == (answer.outcomes, answer.codes(1))


def test_a_deleted_user_or_course_is_unknown(place: Any) -> None:
    """Deleted records stay for history, not to be enrolled."""
    place.user("gone", **GONE)
    answer = place.send("enrolments", f"{HEAD}\nadd;C1;gone;student;manual")
    assert ["unknown-user"] == answer.codes(1)


def test_roles_and_methods_stand_beside_each_other(place: Any) -> None:
    """Two roles of one method, and two methods, are four things."""
    text = f"{HEAD}\nadd;C1;anna;student;manual\nadd;C1;anna;teacher;manual\nadd;C1;anna;student;self"
    assert ["applied"] * 3 == place.send("enrolments", text).outcomes
    assert ["11 manual student", "11 manual teacher", "11 self student"] == enrolled(place)


# times


def test_times_are_set_where_the_row_names_them(place: Any) -> None:
    """Dates and Unix seconds; an absent one stays."""
    head = f"{HEAD};starttime;endtime"
    place.send("enrolments", f"{head}\nadd;C1;anna;student;manual;2026-09-01 08:00:00;1800000000")
    assert [(1788249600, 1800000000)] == place.live(Kind.ENROLMENT, "starttime", "endtime")
    again = place.send("enrolments", f"{HEAD};endtime\nadd;C1;anna;student;manual;1900000000")
    assert (["applied"], [(1788249600, 1900000000)]) == (
        again.outcomes,
        place.live(Kind.ENROLMENT, "starttime", "endtime"),
    )


def test_times_hold_for_every_role_of_the_method(place: Any) -> None:
    """An enrolment has one time in the platform, however many roles it carries."""
    place.send("enrolments", f"{HEAD}\nadd;C1;anna;student;manual\nadd;C1;anna;student;self")
    place.send("enrolments", f"{HEAD};starttime\nadd;C1;anna;teacher;manual;500000050")
    times = dict(place.live(Kind.ENROLMENT, "role", "starttime")[:1]), place.live(Kind.ENROLMENT, "method", "starttime")
    assert ({"student": 500000050}, [("manual", 500000050), ("manual", 500000050), ("self", 1_700_000_000)]) == times


def test_a_user_enrolled_again_after_leaving_begins_anew(place: Any) -> None:
    """Times of an enrolment that ended must not cut the next one off."""
    place.enrolment(1, 1, starttime=10, endtime=20)
    place.send("enrolments", f"{HEAD}\ndel;C1;anna;;manual")
    answer = place.send("enrolments", f"{HEAD}\nadd;C1;anna;student;manual")
    assert (["applied"], [(1_700_000_000, 0)]) == (answer.outcomes, place.live(Kind.ENROLMENT, "starttime", "endtime"))


# del


def test_del_takes_every_role_of_the_method_and_nothing_else(place: Any) -> None:
    """Unenrolling is by method; the role of the row does not matter."""
    for role, method in (("student", "manual"), ("teacher", "manual"), ("student", "self")):
        place.enrolment(1, 1, role, method)
    place.enrolment(2, 1)
    answer = place.send("enrolments", f"{HEAD}\ndel;C1;anna;whatever;manual")
    assert (["applied"], ["11 self student", "21 manual student"]) == (answer.outcomes, enrolled(place))


@pytest.mark.parametrize(("role", "left"), [("student", ["11 teacher"]), ("", [])])
def test_del_without_a_method_takes_the_role_or_all_roles(place: Any, role: str, left: list[str]) -> None:
    """An empty role means every role of this course only."""
    for name, course in (("student", 1), ("teacher", 1), ("student", 2)):
        place.roster.add(ROLE_ASSIGNMENT, user_id=1, course_id=course, role=name)
    answer = place.send("enrolments", f"cmd;cid;uid;rolename\ndel;C1;anna;{role}")
    assert (["applied"], sorted([*left, "12 student"])) == (answer.outcomes, assigned(place))


def test_del_of_a_role_that_does_not_exist_fails(place: Any) -> None:
    """A typing error in the role must not look like success."""
    answer = place.send("enrolments", "cmd;cid;uid;rolename\ndel;C1;anna;studnet")
    assert ["unknown-role"] == answer.codes(1)


@pytest.mark.parametrize("verb", ["del", "delete", "DEL"])
def test_del_of_somebody_not_enrolled_changes_nothing(place: Any, verb: str) -> None:
    """What is asked for is already so."""
    assert ["unchanged"] == place.send("enrolments", f"{HEAD}\n{verb};C1;anna;;manual").outcomes


def test_del_of_the_last_enrolment_leaves_the_groups(place: Any) -> None:
    """As the platform does, also for memberships that others made."""
    place.enrolment(1, 1)
    place.enrolment(1, 1, method="self")
    group = place.roster.add(Kind.GROUP, course_id=1, name="G")
    place.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=1, course_id=1, data_source="other")
    place.send("enrolments", f"{HEAD}\ndel;C1;anna;;manual")
    assert 1 == len(place.roster.records(Kind.GROUP_MEMBER))
    place.send("enrolments", f"{HEAD}\ndel;C1;anna;;self")
    assert [] == place.roster.records(Kind.GROUP_MEMBER)


def test_del_of_somebody_not_enrolled_leaves_memberships_alone(place: Any) -> None:
    """Who is in a group by a role alone was not unenrolled by this row."""
    place.roster.add(ROLE_ASSIGNMENT, user_id=1, course_id=1, role="teacher")
    group = place.roster.add(Kind.GROUP, course_id=1, name="G")
    place.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=1, course_id=1)
    assert ["unchanged"] == place.send("enrolments", f"{HEAD}\ndel;C1;anna;;manual").outcomes


# shift


def test_shift_keeps_what_need_not_go(place: Any) -> None:
    """Data tied to an enrolment is lost with it; the role that stays is not touched."""
    place.enrolment(1, 1, "student", starttime=10)
    place.enrolment(1, 1, "teacher")
    place.enrolment(1, 1, "teacher", "self")
    answer = place.send("enrolments", f"{HEAD}\nshift;C1;anna;student;manual")
    counts = answer.changes.counts()[Kind.ENROLMENT]
    assert (["applied"], (0, 0, 1)) == (answer.outcomes, (counts.created, counts.updated, counts.deleted))
    assert ["11 manual student", "11 self teacher"] == enrolled(place)
    assert ["unchanged"] == place.send("enrolments", f"{HEAD}\nshift;C1;anna;student;manual").outcomes


def test_shift_without_a_method_leaves_one_role(place: Any) -> None:
    """All roles in the course go but the one of the row."""
    for role in ("student", "teacher"):
        place.roster.add(ROLE_ASSIGNMENT, user_id=1, course_id=1, role=role)
    place.send("enrolments", "cmd;cid;uid;rolename\nshift;C1;anna;manager")
    assert ["11 manager"] == assigned(place)


def test_shift_of_somebody_not_enrolled_enrols(place: Any) -> None:
    """It is del and add in one."""
    place.send("enrolments", f"{HEAD}\nshift;C1;anna;student;manual")
    assert ["11 manual student"] == enrolled(place)


# several rows on one user and course


def test_rows_on_one_user_and_course_are_worked_in_file_order(place: Any) -> None:
    """add, del, add ends enrolled; add, del ends not, and leaves nothing to do."""
    add, gone = "add;C1;anna;student;manual", "del;C1;anna;;manual"
    answer = place.send("enrolments", f"{HEAD}\n{add}\n{gone}")
    assert (["unchanged"] * 2, True) == (answer.outcomes, answer.changes.is_empty)
    place.send("enrolments", f"{HEAD}\n{add}\n{gone}\n{add}\nadd;C2;anna;student;manual")
    assert ["11 manual student", "12 manual student"] == enrolled(place)


def test_an_enrolment_removed_and_added_again_in_one_file_is_as_before(place: Any) -> None:
    """Nothing is weighed as a removal that the next row takes back."""
    place.enrolment(1, 1, starttime=500000010)
    answer = place.send("enrolments", f"{HEAD};starttime\ndel;C1;anna;;manual;\nadd;C1;anna;student;manual;500000010")
    assert (["unchanged"] * 2, True) == (answer.outcomes, answer.changes.is_empty)


def test_rows_that_only_say_what_is_are_remembered(place: Any) -> None:
    """del, shift and greplace could cease to stand by something new, which no change tells."""
    head = f"{HEAD};gcmd;g1"
    rows = ["add;C1;anna;student;manual;;", "del;C2;anna;;manual;;", "add;C2;bert;student;manual;greplacecreate;G"]
    rows += ["shift;C1;bert;student;manual;;"]
    assert [1] == place.send("enrolments", "\n".join([head, *rows])).remembered


def test_rows_that_share_a_user_and_course_are_not_remembered(place: Any) -> None:
    """Their order matters, so both are looked at again."""
    rows = "add;C1;anna;student;manual\nadd;C1;anna;teacher;manual\nadd;C1;bert;student;manual"
    assert [3] == place.send("enrolments", f"{HEAD}\n{rows}").remembered


def test_too_many_rows_on_one_user_and_course_are_left_out(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be a pass of its own."""
    monkeypatch.setattr("syncd.dialects.moodle.plan.enrolments.WAVE_LIMIT", 2)
    rows = "\n".join(["add;C1;anna;student;manual"] * 3)
    answer = place.send("enrolments", f"{HEAD}\n{rows}")
    assert (["applied", "unchanged", "failed"], ["row-entangled"]) == (answer.outcomes, answer.codes(3))


# whose they are


def test_an_enrolment_of_another_source_is_not_removed(place: Any) -> None:
    """A source touches only what it supplied."""
    place.enrolment(1, 1, data_source="hr")
    answer = place.send("enrolments", f"{HEAD}\ndel;C1;anna;;manual")
    assert (["failed"], ["not-yours"], 1) == (answer.outcomes, answer.codes(1), len(enrolled(place)))
    assert ["applied"] == place.send("enrolments", f"{HEAD}\ndel;C1;anna;;manual", others=True).outcomes


def test_a_shift_that_may_not_remove_does_not_enrol_either(place: Any) -> None:
    """A failed row has no effect: half a shift would leave two roles."""
    place.enrolment(1, 1, "teacher", data_source="hr")
    answer = place.send("enrolments", f"{HEAD}\nshift;C1;anna;student;manual")
    assert (["failed"], ["11 manual teacher"]) == (answer.outcomes, enrolled(place))
    assert answer.changes.is_empty


def test_times_that_may_not_hold_for_another_sources_role_leave_the_row_partial(place: Any) -> None:
    """Its own enrolment is made, and the row says what is left."""
    place.enrolment(1, 1, "teacher", data_source="hr")
    answer = place.send("enrolments", f"{HEAD};starttime\nadd;C1;anna;student;manual;500000050")
    assert (["partial"], [500000050, 1]) == (answer.outcomes, place.live(Kind.ENROLMENT, "starttime"))


def test_an_enrolment_that_another_source_ended_can_be_made_again(place: Any) -> None:
    """What is deleted belongs to nobody; who makes it anew supplies it."""
    place.enrolment(1, 1, data_source="hr", **GONE)
    answer = place.send("enrolments", f"{HEAD}\nadd;C1;anna;student;manual")
    assert (["applied"], ["sis"]) == (answer.outcomes, place.live(Kind.ENROLMENT, "data_source"))


def test_ids_beyond_32_bits_are_enrolled_and_not_remembered_wrongly(place: Any) -> None:
    """A pair of great ids must not look like another pair."""
    place.user("big", id=2**33)
    place.course("BIG", id=2**33)
    rows = "add;BIG;big;student;manual\nadd;C1;anna;student;manual\nadd;BIG;anna;student;manual"
    answer = place.send("enrolments", f"{HEAD}\n{rows}")
    assert (["applied"] * 3, [1, 2, 3]) == (answer.outcomes, answer.remembered)


def test_a_new_role_in_a_suspended_enrolment_is_suspended_too(place: Any) -> None:
    """The platform keeps one status for all roles of a method."""
    place.enrolment(1, 1, status=1, state="disabled")
    place.send("enrolments", f"{HEAD}\nadd;C1;anna;teacher;manual")
    assert [(1, "disabled")] * 2 == place.live(Kind.ENROLMENT, "status", "state")
