"""Group members: added, shifted, taken out; and the purge of what that left empty."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING, GROUPING_GROUP, ROLE_ASSIGNMENT

HEAD = "cmd;courseid;groupid;userid"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the courses C1 with the groups A, B, H and C2 with X.

    anna is in A and bert in H of C1, by a file; anna is in H by hand. Both are enrolled in C1, anna has a role in C2.
    """
    for name in ("anna", "bert", "carl"):
        school.user(name)
    for course, names in ((school.course("C1"), "ABH"), (school.course("C2"), "X")):
        for name in names:
            school.roster.add(Kind.GROUP, course_id=course, name=f"Group {name}", idnumber=name)
    school.enrolment(1, 1)
    school.enrolment(2, 1)
    school.roster.add(ROLE_ASSIGNMENT, course_id=2, user_id=1, role="student")
    for group, user, tag in ((1, 1, "syncd"), (3, 1, None), (3, 2, "syncd")):
        school.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=user, course_id=1, component=tag)
    return school


def members(school: Any) -> str:
    """Return who is in which group, as in `A1 H1 H2`."""
    names = {group["id"]: group["idnumber"] for group in school.roster.records(Kind.GROUP)}
    return " ".join(sorted(f"{names[g]}{u}" for g, u in school.live(Kind.GROUP_MEMBER, "group_id", "user_id")))


@pytest.mark.parametrize(
    ("rows", "after", "outcomes"),
    [
        ("add;C1;B;anna", "A1 B1 H1 H2", "applied"),
        (";C1;B;anna", "A1 B1 H1 H2", "applied"),
        ("add;C1;A;anna", "A1 H1 H2", "unchanged"),
        ("add;C2;X;anna", "A1 H1 H2 X1", "applied"),
        ("del;C1;A;anna", "H1 H2", "applied"),
        ("del;C1;B;anna", "A1 H1 H2", "unchanged"),
        ("del;C1;H;anna", "A1 H1 H2", "skipped"),
        ("shift;C1;B;anna", "B1 H1 H2", "applied"),
        ("shift;C1;A;anna", "A1 H1 H2", "unchanged"),
        ("shift;C1;H;anna", "H1 H2", "applied"),
        ("shift;C2;X;anna", "A1 H1 H2 X1", "applied"),
        ("add;C1;B;anna\nadd;C1;B;anna", "A1 B1 H1 H2", "applied unchanged"),
        ("shift;C1;B;bert\nshift;C1;A;bert", "A1 A2 H1", "applied applied"),
        ("add;C1;B;anna\ndel;C1;B;anna", "A1 H1 H2", "unchanged unchanged"),
        ("del;C1;A;anna\nadd;C1;A;anna", "A1 H1 H2", "unchanged unchanged"),
        ("shift;C1;B;anna\nadd;C1;A;anna", "A1 B1 H1 H2", "applied unchanged"),
    ],
)
def test_verbs_do_what_they_say_in_file_order_and_no_more_the_second_time(
    place: Any, rows: str, after: str, outcomes: str
) -> None:
    """What a person did by hand stays, and consecutive shifts leave the last."""
    answer = place.send("group_members", f"{HEAD}\n{rows}")
    assert (after, outcomes.split()) == (members(place), answer.outcomes)
    again = place.send("group_members", f"{HEAD}\n{rows}")
    assert (after, True) == (members(place), again.changes.is_empty)
    assert {"unchanged", "skipped"} >= set(again.outcomes)


def test_without_protection_whatever_is_named_goes(place: Any) -> None:
    """protect_groups off: who made a membership does not matter, and new ones bear no mark."""
    answer = place.send("group_members", f"{HEAD}\nshift;C1;B;anna\ndel;C1;H;bert", protect_groups=False)
    assert (["applied"] * 2, "B1") == (answer.outcomes, members(place))
    assert [None] == place.live(Kind.GROUP_MEMBER, "component")


def test_what_was_done_by_hand_is_said_to_stay(place: Any) -> None:
    """The sender asked for something that does not happen."""
    answer = place.send("group_members", f"{HEAD}\ndel;C1;H;anna")
    assert (["membership-kept"], True) == (answer.codes(1), "anna" in answer.said(1))


@pytest.mark.parametrize("protect", [True, False])
def test_what_follows_a_cohort_binding_goes_only_with_it(place: Any, protect: bool) -> None:
    """Else the next change of the cohort would bring it back."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=2, course_id=1, component="enrol_cohort")
    answer = place.send("group_members", f"{HEAD}\ndel;C1;B;bert\nshift;C1;A;bert", protect_groups=protect)
    assert (["skipped", "applied"], ["membership-follows"]) == (answer.outcomes, answer.codes(1))
    assert "A1 A2 B2 H1" == members(place)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("add;C2;A;anna", "group-elsewhere", "groupid"),
        ("add;C1;Z;anna", "group-missing", "groupid"),
        ("del;C1;Z;anna", "group-missing", "groupid"),
        ("add;;Z;anna", "group-nowhere", "groupid"),
        ("add;C9;A;anna", "unknown-course", "courseid"),
        ("add;C1;A;zoe", "unknown-user", "userid"),
        ("add;C1;A;carl", "not-enrolled", "userid"),
        ("shift;C1;A;carl", "not-enrolled", "userid"),
    ],
)
def test_a_row_that_cannot_be_meant_fails_alone(place: Any, row: str, code: str, column: str) -> None:
    """Step 18: a group of another course is never filled in its stead."""
    answer = place.send("group_members", f"{HEAD}\n{row}\nadd;C1;B;bert")
    assert (["failed", "applied"], [code], [column]) == (answer.outcomes, answer.codes(1), answer.columns(1))
    assert "A1 B2 H1 H2" == members(place)


def test_a_group_of_another_course_is_named_with_its_course(place: Any) -> None:
    """So that the sender sees which of the two is wrong."""
    said = place.send("group_members", f"{HEAD}\nadd;C2;A;anna").said(1)
    assert "is one of the course C1, not of C2" in said


def test_who_left_the_course_may_leave_its_groups(place: Any) -> None:
    """Only who enters a group must be enrolled."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=3, course_id=1, component="syncd")
    assert ["applied"] == place.send("group_members", f"{HEAD}\ndel;C1;B;carl").outcomes


@pytest.mark.parametrize(
    ("options", "group"), [({}, "B"), ({"group_identifier": "id"}, "2"), ({"group_identifier": "name"}, "Group B")]
)
def test_a_group_is_named_as_configured(place: Any, options: dict[str, str], group: str) -> None:
    """group_identifier; by id too a group is one of its course."""
    answer = place.send("group_members", f"{HEAD}\nadd;C1;{group};anna\nadd;C2;{group};anna", **options)
    assert (["applied", "failed"], "A1 B1 H1 H2") == (answer.outcomes, members(place))


@pytest.mark.parametrize(("options", "group"), [({}, "B"), ({"group_identifier": "id"}, "2")])
def test_the_course_may_be_left_out_where_one_group_alone_is_meant(
    place: Any, options: dict[str, str], group: str
) -> None:
    """An id, or an idnumber that one group alone has."""
    text = f"groupid;userid\n{group};anna\n{group};carl"
    answer = place.send("group_members", text, **options)
    assert (["applied", "failed"], "A1 B1 H1 H2") == (answer.outcomes, members(place))
    assert "enrolled in C1" in answer.said(2)


def test_an_idnumber_of_two_courses_needs_the_course(place: Any) -> None:
    """W14: never the first that comes."""
    place.roster.add(Kind.GROUP, course_id=2, name="B", idnumber="B")
    answer = place.send("group_members", f"{HEAD}\nadd;;B;anna\nadd;C1;B;anna")
    assert (["failed", "applied"], ["ambiguous"]) == (answer.outcomes, answer.codes(1))


def test_memberships_of_another_source_are_left(place: Any) -> None:
    """Promise 7: a shift still ends in its group, and the row says what it could not do."""
    answer = place.send("group_members", f"{HEAD}\nshift;C1;B;anna\ndel;C1;H;bert", source="library")
    assert ["partial", "failed"] == answer.outcomes
    assert [["not-yours"]] * 2 == [answer.codes(1), answer.codes(2)]
    assert "A1 B1 H1 H2" == members(place)


# the purge


def groups(school: Any) -> str:
    return "".join(school.live(Kind.GROUP, "idnumber"))


@pytest.mark.parametrize(("option", "after"), [("no", "ABHX"), ("groups", "BHX"), ("groups+groupings", "BHX")])
def test_a_group_that_the_file_left_empty_is_purged_if_wanted(place: Any, option: str, after: str) -> None:
    """Never one that was empty before: B and X wait for their members. The same file again changes nothing."""
    text = f"{HEAD}\nshift;C1;H;anna\ndel;C1;A;anna\ndel;C1;B;anna"
    answer = place.send("group_members", text, purge_empty_groups=option)
    assert (after, "H1 H2") == (groups(place), members(place))
    assert (option != "no") == ("group-purged" in answer.codes(1))
    again = place.send("group_members", text, purge_empty_groups=option)
    assert (["unchanged"] * 3, True) == (again.outcomes, again.changes.is_empty)


def test_a_row_that_leaves_a_purged_group_says_that_it_is_gone(place: Any) -> None:
    """It has nothing left to do; a group that never was is an error, and so is adding to it."""
    text = f"{HEAD}\ndel;C1;A;anna"
    place.send("group_members", text, purge_empty_groups="groups")
    answer = place.send("group_members", f"{text}\ndel;;A;anna\nadd;C1;A;bert")
    assert (["unchanged", "unchanged", "failed"], ["group-gone"]) == (answer.outcomes, answer.codes(1))


def test_a_group_that_a_row_would_fill_is_not_purged(place: Any) -> None:
    """Promise 3: the tryback of that row must find it."""
    text = f"{HEAD}\ndel;C1;A;anna\nadd;C1;A;carl"
    assert ["applied", "failed"] == place.send("group_members", text, purge_empty_groups="groups").outcomes
    assert "ABHX" == groups(place)


def test_groupings_go_only_if_they_lost_their_last_group_by_the_purge(place: Any) -> None:
    """The links go with the groups; an empty grouping that waits stays."""
    for number, name in enumerate(("Lone", "Shared", "Waiting"), start=1):
        place.roster.add(GROUPING, course_id=1, name=name)
        for group in {1: [1], 2: [1, 2], 3: []}[number]:
            place.roster.add(GROUPING_GROUP, grouping_id=number, group_id=group, course_id=1)
    text = f"{HEAD}\nshift;C1;H;anna"
    answer = place.send("group_members", text, purge_empty_groups="groups+groupings")
    assert ["Shared", "Waiting"] == place.live(GROUPING, "name")
    assert [(2, 2)] == place.live(GROUPING_GROUP, "grouping_id", "group_id")
    assert ["group-purged"] * 2 == answer.codes(1)


def test_groups_of_another_source_are_not_purged(place: Any) -> None:
    """Promise 7."""
    place.roster.add(Kind.GROUP, course_id=1, name="F", idnumber="F", data_source="library")
    place.roster.add(Kind.GROUP_MEMBER, group_id=5, user_id=2, course_id=1, component="syncd")
    answer = place.send("group_members", f"{HEAD}\ndel;C1;F;bert", purge_empty_groups="groups")
    assert (["applied"], "ABHXF", []) == (answer.outcomes, groups(place), answer.codes(1))


# what is remembered


def test_rows_that_add_are_remembered(place: Any) -> None:
    """A members file may have hundreds of thousands of rows; one user may be in several groups of a course."""
    answer = place.send("group_members", f"{HEAD}\nadd;C1;A;anna\nadd;C1;B;anna\nadd;;B;bert\nadd;C2;X;anna")
    assert [1, 2, 4] == answer.remembered


def test_rows_beside_one_that_removes_are_not_remembered(place: Any) -> None:
    """Their order matters every time."""
    answer = place.send("group_members", f"{HEAD}\nadd;C1;B;anna\ndel;C1;A;anna\nadd;C1;B;bert")
    assert [3] == answer.remembered


def test_a_known_row_is_looked_at_again_where_a_new_one_removes(place: Any) -> None:
    """The last of the file counts, also where the first is known."""
    add, shift = "add;C1;B;anna", "shift;C1;A;anna"
    place.deliver("group_members", f"{HEAD}\n{add}\n")
    made = place.deliver("group_members", f"{HEAD}\n{shift}\n{add}\n")
    assert ("A1 B1 H1 H2", True) == (members(place), made.changes.is_empty)
    place.deliver("group_members", f"{HEAD}\n{add}\n{shift}\n")
    assert "A1 H1 H2" == members(place)


def test_a_known_row_is_new_again_when_its_membership_went(place: Any) -> None:
    """Whoever took it: another file, or the enrolment's end."""
    text = f"{HEAD}\nadd;C1;B;anna\n"
    place.deliver("group_members", text)
    assert 1 == place.deliver("group_members", text).rows.unchanged
    place.deliver("enrolments", "cmd;cid;uid;rolename;enrol\ndel;C1;anna;;manual\n")
    assert 1 == place.deliver("group_members", text).rows.failed
