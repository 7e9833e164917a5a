"""Reset of courses: who and what goes, what stays, and what is asked of learning platforms."""

import json
from typing import Any

import polars as pl
import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING, GROUPING_GROUP, ROLE_ASSIGNMENT

COLUMNS = ("events", "logs", "notes", "grades", "roles", "local_roles", "groups", "groupings", "modules")
HEAD = ";".join(("shortname", *COLUMNS))


def line(course: str = "ALG", **values: str) -> str:
    return ";".join([course, *(values.get(name, "") for name in COLUMNS)])


@pytest.fixture
def filled(school: Any) -> Any:
    """Give a school whose course ALG has people, a group in a grouping, and an assignment."""
    alg, geo = school.course("ALG"), school.course("GEO")
    ada, bea = school.user("ada"), school.user("bea")
    for course in (alg, geo):
        school.enrolment(ada, course)
        school.enrolment(bea, course, role="teacher")
    school.roster.add(ROLE_ASSIGNMENT, course_id=alg, user_id=ada, role="student")
    for course, name in ((alg, "Blue"), (geo, "Red")):
        group = school.roster.add(Kind.GROUP, course_id=course, name=name)
        grouping = school.roster.add(GROUPING, course_id=course, name=f"{name}s")
        school.roster.add(GROUPING_GROUP, grouping_id=grouping, group_id=group, course_id=course)
        for user in (ada, bea):
            school.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=user, course_id=course, component="")
    school.alg, school.geo = alg, geo
    return school


def counts(school: Any) -> dict[str, int]:
    """Return how many records of each kind the course ALG has; those of GEO must all be there."""
    kinds = (Kind.ENROLMENT, ROLE_ASSIGNMENT, Kind.GROUP, GROUPING, GROUPING_GROUP, Kind.GROUP_MEMBER)
    elsewhere = [len([r for r in school.roster.records(k) if r["course_id"] == school.geo]) for k in kinds]
    assert [2, 0, 1, 1, 1, 2] == elsewhere
    return {k.value: len([r for r in school.roster.records(k) if r["course_id"] == school.alg]) for k in kinds}


WHOLE = {"enrolment": 2, "role_assignment": 1, "group": 1, "grouping": 1, "grouping_group": 1, "group_member": 2}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"roles": "student"}, {"enrolment": 1, "role_assignment": 0, "group_member": 1}),
        ({"roles": "teacher"}, {"enrolment": 1, "group_member": 1}),
        ({"roles": "all"}, {"enrolment": 0, "role_assignment": 0, "group_member": 0}),
        ({"groups": "members"}, {"group_member": 0}),
        ({"groups": "groups"}, {"group": 0, "group_member": 0, "grouping_group": 0}),
        ({"groups": "all"}, {"group": 0, "group_member": 0, "grouping_group": 0}),
        ({"groupings": "members"}, {"grouping_group": 0}),
        ({"groupings": "groupings"}, {"grouping": 0, "grouping_group": 0}),
        ({"groupings": "all"}, {"grouping": 0, "grouping_group": 0}),
        ({"events": "yes", "modules": "all"}, {}),
    ],
)
def test_what_the_row_names_goes_and_all_else_stays(
    filled: Any, values: dict[str, str], expected: dict[str, int]
) -> None:
    """Groups without members are no members of anything; who left a course is in none of its groups."""
    answer = filled.send("courses_reset", f"{HEAD}\n{line(**values)}")
    assert WHOLE | expected == counts(filled)
    assert ["applied" if values else "unchanged"] == answer.outcomes


def test_what_bindings_and_meta_links_made_stays(filled: Any) -> None:
    """It goes with the binding, and would come back otherwise."""
    user, cohort = filled.user("cid"), filled.cohort("C", "c1")
    bound = {"course_id": filled.alg, "user_id": user, "role": "student", "method": "cohort", "via": cohort}
    filled.roster.add(Kind.ENROLMENT, **bound)
    filled.send("courses_reset", f"{HEAD}\n{line(roles='all')}")
    assert 1 == counts(filled)["enrolment"]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (line(roles="student wizard", groups="all", events="yes"), "unknown-role", "roles"),
        (line("NOPE", roles="all", events="yes"), "unknown-course", "shortname"),
    ],
)
def test_an_unknown_role_or_course_fails_the_row_as_a_whole(filled: Any, row: str, code: str, column: str) -> None:
    """Nothing of the row is done, nothing of it is asked for."""
    answer = filled.send("courses_reset", f"{HEAD}\n{row}")
    assert (["failed"], [code], [column]) == (answer.outcomes, answer.codes(1), answer.columns(1))
    assert (WHOLE, 0) == (counts(filled), len(answer.actions))


def test_every_action_stands_with_its_course_and_its_arguments(filled: Any) -> None:
    """A connector carries them out from the plan; the report counts them by name."""
    rows = [line(events="yes", grades="items"), line("GEO", events="1", modules="-quiz"), line(events="yes")]
    answer = filled.send("courses_reset", "\n".join((HEAD, *rows)))
    asked = [(a["action"], a["kind"], a["id"], a["row"], json.loads(a["arguments"])) for a in answer.actions.to_dicts()]
    assert [
        ("reset events", "course", filled.alg, 1, {}),
        ("reset events", "course", filled.geo, 2, {}),
        ("reset grades", "course", filled.alg, 1, {"what": ["items"]}),
        ("reset modules", "course", filled.geo, 2, {"except": ["quiz"]}),
    ] == sorted(asked, key=lambda action: action[:2] + action[3:4])
    assert (["applied"] * 3, ["action-waits"] * 3) == (answer.outcomes, answer.codes(0))
    assert "reset events (2)" in answer.said(0)


def test_a_course_of_another_source_is_not_reset(filled: Any) -> None:
    """Promise 7, also for what only the platform holds."""
    answer = filled.send("courses_reset", f"{HEAD}\n{line(roles='all', events='yes')}", source="other")
    assert (["failed"], ["not-yours"], WHOLE) == (answer.outcomes, answer.codes(1), counts(filled))
    answer = filled.send("courses_reset", f"{HEAD}\n{line(roles='all')}", source="other", others=True)
    assert (["applied"], 0) == (answer.outcomes, counts(filled)["enrolment"])


def test_records_of_another_source_stay_and_leave_the_row_partial(filled: Any) -> None:
    """The own ones go; the tryback keeps the row."""
    group = filled.roster.add(Kind.GROUP, course_id=filled.alg, name="Theirs", data_source="other")
    user = filled.user("cid")
    filled.enrolment(user, filled.alg, data_source="other")
    filled.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=user, course_id=filled.alg, component="")
    answer = filled.send("courses_reset", f"{HEAD}\n{line(roles='all', groups='groups')}")
    assert (["partial"], {"not-yours"}) == (answer.outcomes, set(answer.codes(1)))
    assert (["Theirs"], 1) == (
        [g["name"] for g in filled.roster.records(Kind.GROUP) if g["course_id"] == filled.alg],
        counts(filled)["enrolment"],
    )


def test_roles_may_be_named_by_their_ids(filled: Any) -> None:
    """As the option says."""
    filled.send("courses_reset", f"{HEAD}\n{line(roles='5')}", role_identifier="id")
    assert ["teacher"] == [e["role"] for e in filled.roster.records(Kind.ENROLMENT) if e["course_id"] == filled.alg]


def test_a_plan_with_other_actions_has_another_digest(filled: Any) -> None:
    """What was shown to a person is what is carried out, or nothing."""
    one, other = (
        filled.deliver("courses_reset", f"{HEAD}\n{line(modules=modules)}\n") for modules in ("quiz", "forum")
    )
    assert (True, False) == (one.changes.is_empty, one.digest() == other.digest())
    assert isinstance(one.actions, pl.DataFrame)
