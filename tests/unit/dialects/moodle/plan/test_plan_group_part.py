"""The group verbs of enrolment rows."""

from typing import Any

import pytest

from syncd.core.kinds import Kind

HEAD = "cmd;cid;uid;rolename;enrol;gcmd;g1;g2"
ROW = "add;C1;anna;student;manual"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with anna (1) in the course C1 (1) and in its group X, but not in Y."""
    school.user("anna")
    school.user("bert")
    school.enrolment(1, school.course("C1"))
    for name in ("X", "Y"):
        school.roster.add(Kind.GROUP, course_id=1, name=name)
    school.roster.add(Kind.GROUP_MEMBER, group_id=1, user_id=1, course_id=1, component="syncd")
    return school


def groups_of(school: Any, user: int = 1) -> str:
    names = {group["id"]: group["name"] for group in school.roster.records(Kind.GROUP)}
    return "".join(sorted(names[g] for g, u in school.live(Kind.GROUP_MEMBER, "group_id", "user_id") if u == user))


@pytest.mark.parametrize(
    ("verb", "names", "after", "outcome"),
    [
        ("gadd", "Y;", "XY", "applied"),
        ("gadd", "X;Y", "XY", "applied"),
        ("gadd", "X;", "X", "unchanged"),
        ("gadd", "N;Y", "XY", "partial"),
        ("gadd", "x;", "X", "partial"),
        ("gaddcreate", "N;Y", "NXY", "applied"),
        ("gaddcreate", "N;N", "NX", "applied"),
        ("greplace", "Y;", "Y", "applied"),
        ("greplace", "X;", "X", "unchanged"),
        ("greplace", "N;", "", "partial"),
        ("greplacecreate", "N;", "N", "applied"),
        ("gdel", "X;", "", "applied"),
        ("gdel", "Y;", "X", "unchanged"),
        ("gdel", "N;X", "", "partial"),
        ("", "Y;", "X", "unchanged"),
        ("gadd", ";", "X", "unchanged"),
    ],
)
def test_group_verbs_do_what_they_say_and_no_more_the_second_time(
    place: Any, verb: str, names: str, after: str, outcome: str
) -> None:
    """An unknown group is said, not passed over, and the enrolment stands all the same."""
    answer = place.send("enrolments", f"{HEAD}\n{ROW};{verb};{names}")
    assert (outcome, after) == (answer.outcomes[0], groups_of(place))
    again = place.send("enrolments", f"{HEAD}\n{ROW};{verb};{names}")
    assert (True, after) == (again.changes.is_empty, groups_of(place))


def test_an_unknown_group_names_group_and_course(place: Any) -> None:
    """The sentence must say which group is missing where."""
    answer = place.send("enrolments", f"{HEAD}\n{ROW};gadd;N;")
    assert (["unknown-group"], True) == (answer.codes(1), "C1" in answer.said(1))


def test_a_group_verb_that_does_not_exist_fails_the_row(place: Any) -> None:
    """Before anything is done of it."""
    answer = place.send("enrolments", f"{HEAD}\nadd;C1;bert;student;manual;gmove;X;")
    assert (["failed"], ["verb-unknown"], True) == (answer.outcomes, answer.codes(1), answer.changes.is_empty)


def test_groups_of_another_course_are_other_groups(place: Any) -> None:
    """A name counts within its course."""
    place.course("C2")
    answer = place.send("enrolments", f"{HEAD}\nadd;C2;anna;student;manual;gadd;X;")
    assert (["partial"], ["unknown-group"]) == (answer.outcomes, answer.codes(1))


def test_who_is_not_in_the_course_cannot_be_in_its_groups(place: Any) -> None:
    """The platform would refuse it silently."""
    answer = place.send("enrolments", f"{HEAD}\ndel;C1;bert;;manual;gadd;X;")
    assert (["partial"], ["not-enrolled"], "") == (answer.outcomes, answer.codes(1), groups_of(place, 2))


def test_a_role_alone_is_enough_for_a_group(place: Any) -> None:
    """Whoever has a role in the course may be in its groups."""
    answer = place.send("enrolments", "cid;uid;rolename;gcmd;g1\nC1;bert;teacher;gadd;X")
    assert (["applied"], "X") == (answer.outcomes, groups_of(place, 2))


def test_a_group_is_there_for_the_rows_after_the_one_that_makes_it(place: Any) -> None:
    """Row by row: who asks for it earlier does not find it."""
    rows = "add;C1;bert;student;manual;gadd;N;\nadd;C1;anna;student;manual;gaddcreate;N;"
    answer = place.send("enrolments", f"{HEAD}\n{rows}")
    assert (["partial", "applied"], ["unknown-group"]) == (answer.outcomes, answer.codes(1))
    rows = "add;C1;anna;student;manual;gaddcreate;M;\nadd;C1;bert;student;manual;gadd;M;"
    assert ["applied", "applied"] == place.send("enrolments", f"{HEAD}\n{rows}").outcomes


def test_protected_groups_keep_members_that_people_put_there(place: Any) -> None:
    """Only memberships that syncd made are removed by it."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=1, course_id=1)
    place.send("enrolments", f"{HEAD}\n{ROW};gdel;X;Y")
    assert "Y" == groups_of(place)
    place.send("enrolments", f"{HEAD}\n{ROW};greplacecreate;N;")
    assert "NY" == groups_of(place)


def test_unprotected_groups_are_emptied_of_everybody_named(place: Any) -> None:
    """protect_groups=no: the file decides alone, and leaves no tag."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=1, course_id=1)
    place.send("enrolments", f"{HEAD}\n{ROW};greplacecreate;N;", protect_groups=False)
    assert ("N", [None]) == (groups_of(place), place.live(Kind.GROUP_MEMBER, "component"))


def test_memberships_under_protection_carry_the_tag_also_when_made_anew(place: Any) -> None:
    """A membership once made without protection, ended, and made again is syncd's."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=1, course_id=1, state="deleted")
    place.send("enrolments", f"{HEAD}\n{ROW};gadd;Y;")
    assert ["syncd", "syncd"] == place.live(Kind.GROUP_MEMBER, "component")


def test_replacing_keeps_memberships_that_need_not_go(place: Any) -> None:
    """Emptying and refilling would lose what hangs on a membership."""
    answer = place.send("enrolments", f"{HEAD}\n{ROW};greplace;X;Y")
    counts = answer.changes.counts()[Kind.GROUP_MEMBER]
    assert ((1, 0), "XY") == ((counts.created, counts.deleted), groups_of(place))


def test_a_membership_of_another_source_is_not_removed(place: Any) -> None:
    """Unenrolment stands; the membership that stays makes the row partial."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=1, course_id=1, component="syncd", data_source="hr")
    answer = place.send("enrolments", f"{HEAD}\nadd;C1;anna;teacher;manual;gdel;Y;")
    assert (["partial"], ["not-yours"], "XY") == (answer.outcomes, answer.codes(1), groups_of(place))


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize(("verb", "after"), [("gdel;Y;", "XY"), ("greplace;X;", "XY")])
def test_what_follows_a_cohort_binding_goes_only_with_it(place: Any, verb: str, after: str, protect: bool) -> None:
    """Else the next change of the cohort would bring it back."""
    place.roster.add(Kind.GROUP_MEMBER, group_id=2, user_id=1, course_id=1, component="enrol_cohort")
    place.send("enrolments", f"{HEAD}\n{ROW};{verb}", protect_groups=protect)
    assert after == groups_of(place)
