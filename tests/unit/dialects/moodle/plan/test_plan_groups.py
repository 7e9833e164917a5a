"""Groups and groupings of courses: made, changed, and put into each other."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING, GROUPING_GROUP

HEAD = "type;courseid;name;idnumber;description;selfgrouping;grouping"
UPDATE = "courseid;name;updateid;description"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the courses C1 (1) and C2 (2); C1 has the group Lab, LAB (1), and the grouping Labs, LABS."""
    school.course("C1")
    school.course("C2")
    school.roster.add(Kind.GROUP, course_id=1, name="Lab", idnumber="LAB", description="Old")
    school.roster.add(GROUPING, course_id=1, name="Labs", idnumber="LABS")
    return school


def groups(school: Any, kind: Kind = Kind.GROUP) -> list[Any]:
    return school.live(kind, "course_id", "name", "idnumber", "description")  # type: ignore[no-any-return]


def links(school: Any) -> list[tuple[str, str]]:
    names = {kind: {r["id"]: r["name"] for r in school.roster.records(kind)} for kind in (Kind.GROUP, GROUPING)}
    pairs = school.live(GROUPING_GROUP, "grouping_id", "group_id")
    return sorted((names[GROUPING][a], names[Kind.GROUP][b]) for a, b in pairs)


# made


def test_groups_and_groupings_are_made_once(place: Any) -> None:
    """The same file again changes nothing."""
    text = f"{HEAD}\ngroup;C1;A;IA;Room 1;0;\ngrouping;C1;Set;;;;\n;C2;Lab;;;;"
    assert ["applied"] * 3 == place.send("groups", text).outcomes
    assert [(1, "Lab", "LAB", "Old"), (1, "A", "IA", "Room 1"), (2, "Lab", None, None)] == groups(place)
    assert [(1, "Labs", "LABS", None), (1, "Set", None, None)] == groups(place, GROUPING)
    assert ["unchanged"] * 3 == place.send("groups", text).outcomes


@pytest.mark.parametrize(("row", "told"), [("C1;Lab;;Old", []), ("C1;Other;LAB;", ["group-kept"])])
def test_one_that_is_there_stays_as_it_is(place: Any, row: str, told: list[str]) -> None:
    """Looked for by idnumber where the row has one, else by name; a row that says otherwise is told how to change."""
    answer = place.send("groups", f"courseid;name;idnumber;description\n{row}")
    assert (["unchanged"], told) == (answer.outcomes, answer.codes(1))
    assert [(1, "Lab", "LAB", "Old")] == groups(place)


@pytest.mark.parametrize(
    ("head", "row", "owner"),
    [
        ("courseid;name;idnumber", "C1;Lab;NEW", "(LAB)"),
        ("courseid;name;updateid", "C1;Lab;B", "(LAB)"),
        ("courseid;name;idnumber;updateid", "C1;B;LAB;B", "(Lab)"),
    ],
)
def test_a_name_or_idnumber_of_another_group_is_refused_and_names_it(
    place: Any, head: str, row: str, owner: str
) -> None:
    """W14: no duplicates; in another course the same name is free."""
    place.roster.add(Kind.GROUP, course_id=1, name="B", idnumber="B")
    answer = place.send("groups", f"{head}\n{row}\n{row.replace('C1', 'C2')}")
    assert (["group-taken"], True) == (answer.codes(1), owner in answer.said(1))
    assert "group-taken" not in answer.codes(2)
    assert [(1, "Lab", "LAB", "Old"), (1, "B", "B", None)] == groups(place)[:2]


def test_of_two_rows_that_claim_one_idnumber_the_first_has_it(place: Any) -> None:
    """Also before either is stored."""
    answer = place.send("groups", "courseid;name;idnumber\nC2;A;I\nC2;B;I\nC2;A;J")
    assert ["applied", "failed", "failed"] == answer.outcomes
    assert ["rows-contradict"] * 2 == answer.codes(2) + answer.codes(3)


def test_an_unknown_course_fails_the_row(place: Any) -> None:
    """W16: no group of course 0."""
    answer = place.send("groups", "courseid;name;updateid\nC9;A;\nC9;A;LAB")
    assert (["failed"] * 2, True) == (answer.outcomes, answer.changes.is_empty)


def test_a_deleted_group_does_not_stand_in_the_way(place: Any) -> None:
    """Its name and idnumber are free."""
    place.roster.add(Kind.GROUP, course_id=2, name="A", idnumber="IA", state="deleted")
    assert ["applied"] == place.send("groups", "courseid;name;idnumber\nC2;A;IA").outcomes
    assert [(2, "A", "IA", None)] == groups(place)[1:]


# changed


def test_an_update_leaves_columns_that_the_file_lacks(place: Any) -> None:
    """W12: the model system wipes the idnumber, so that the next run makes orphans."""
    text = f"{UPDATE}\nC1;Laboratory;LAB;New"
    assert ["applied"] == place.send("groups", text).outcomes
    assert [(1, "Laboratory", "LAB", "New")] == groups(place)
    assert ["unchanged"] == place.send("groups", text).outcomes


def test_groupings_are_updated_too(place: Any) -> None:
    """An empty description clears it."""
    place.roster.add(GROUPING, course_id=1, name="S", idnumber="S", description="Old")
    assert ["applied"] == place.send("groups", f"type;{UPDATE}\ngrouping;C1;Sets;S;").outcomes
    assert (1, "Sets", "S", None) == groups(place, GROUPING)[1]


def test_an_update_never_leaves_its_course(place: Any) -> None:
    """W14: what C1 calls LAB is nothing to C2."""
    answer = place.send("groups", f"{UPDATE}\nC2;Mine;LAB;New")
    assert (["failed"], ["group-missing"]) == (answer.outcomes, answer.codes(1))
    assert "C2" in answer.said(1)
    assert ["updateid"] == answer.columns(1)


def test_an_unknown_updateid_fails_the_row_and_makes_nothing(place: Any) -> None:
    """Who changes a group means one that is there; without updateid the same row makes one."""
    answer = place.send("groups", f"{UPDATE}\nC1;Mine;LBA;New\nC1;Mine;;New")
    assert (["failed", "applied"], ["group-missing"]) == (answer.outcomes, answer.codes(1))


@pytest.mark.parametrize(
    ("by", "row", "after"),
    [
        ("name", "C1;Laboratory;;Lab", (1, "Laboratory", None, "Old")),
        ("idnumber", "C1;Lab;NEW;LAB", (1, "Lab", "NEW", "Old")),
        ("idnumber", "C1;Lab;;LAB", (1, "Lab", None, "Old")),
        ("id", "C1;L;NEW;1", (1, "L", "NEW", "Old")),
    ],
)
def test_changing_what_names_the_group_is_nothing_new_the_second_time(
    place: Any, by: str, row: str, after: tuple[Any, ...]
) -> None:
    """Promise 4: the updateid names nothing any more, but what it asks for stands."""
    text = f"courseid;name;idnumber;updateid\n{row}"
    assert ["applied"] == place.send("groups", text, group_identifier=by).outcomes
    assert [after] == groups(place)
    assert ["unchanged"] == place.send("groups", text, group_identifier=by).outcomes


def test_rows_on_one_group_are_worked_in_order(place: Any) -> None:
    """A name that one row gives up is free for the next."""
    text = "courseid;name;idnumber;updateid\nC1;First;;LAB\nC1;Lab;TWO;\nC1;Second;;TWO"
    answer = place.send("groups", text, empty_means="keep")
    assert ["applied"] * 3 == answer.outcomes
    assert [("First", "LAB"), ("Second", "TWO")] == place.live(Kind.GROUP, "name", "idnumber")


def test_what_another_source_supplied_is_not_changed(place: Any) -> None:
    """Promise 7; unless it is as the row wants it already."""
    answer = place.send("groups", f"{UPDATE}\nC1;Mine;LAB;\nC1;Lab;LAB;Old", source="library")
    assert (["failed", "unchanged"], ["not-yours"]) == (answer.outcomes, answer.codes(1))
    assert answer.changes.is_empty


# put into groupings


def test_a_group_is_put_into_the_grouping_that_it_cites(place: Any) -> None:
    """Whichever comes first in the file."""
    text = f"{HEAD}\ngroup;C1;A;;;;SET\ngroup;C1;Lab;;;;LABS\ngrouping;C1;Set;SET;;;"
    assert ["applied"] * 3 == place.send("groups", text).outcomes
    assert [("Labs", "Lab"), ("Set", "A")] == links(place)
    assert ["unchanged"] * 3 == place.send("groups", text).outcomes


def test_an_unknown_grouping_fails_its_row_or_leaves_it_partial(place: Any) -> None:
    """Partial where the group was made; a grouping of another course is unknown."""
    answer = place.send("groups", f"{HEAD}\ngroup;C2;A;;;;LABS\ngroup;C1;Lab;;;;NONE")
    assert ["partial", "failed"] == answer.outcomes
    assert [["group-missing"], ["grouping"]] == [answer.codes(1), answer.columns(1)]
    assert [] == links(place)


def test_a_grouping_is_found_by_the_configured_identifier(place: Any) -> None:
    """grouping_identifier."""
    place.send("groups", f"{HEAD}\ngroup;C1;Lab;;;;Labs", grouping_identifier="name")
    assert [("Labs", "Lab")] == links(place)


def test_selfgrouping_makes_a_grouping_of_the_same_name_and_puts_the_group_into_it(place: Any) -> None:
    """The model system forgets the second half."""
    text = f"{HEAD}\ngroup;C1;A;IA;Room;1;LABS\ngroup;C1;Labs;;;yes;"
    assert ["applied"] * 2 == place.send("groups", text).outcomes
    assert (1, "A", "IA", "Room") == groups(place, GROUPING)[1]
    assert [("A", "A"), ("Labs", "A"), ("Labs", "Labs")] == links(place)
    assert ["unchanged"] * 2 == place.send("groups", text).outcomes


def test_a_renamed_group_keeps_the_grouping_that_was_made_for_it(place: Any) -> None:
    """It has the group's idnumber; a second one could not have it."""
    text = f"{HEAD}\ngroup;C1;A;IA;Room;1;"
    place.send("groups", text)
    place.send("groups", f"{UPDATE};selfgrouping\nC1;B;IA;Room;1")
    assert ["unchanged"] == place.send("groups", text).outcomes
    assert [("A", "B")] == links(place)


def test_groups_of_one_name_in_two_courses_have_a_grouping_each(place: Any) -> None:
    """Groupings belong to their courses."""
    place.send("groups", f"{HEAD}\ngroup;C1;A;;;1;\ngroup;C2;A;;;1;")
    assert [(1, "A"), (2, "A")] == place.live(GROUPING, "course_id", "name")[1:]


def test_a_grouping_in_a_grouping_is_said_to_have_no_effect(place: Any) -> None:
    """Silence would leave the sender waiting for it."""
    answer = place.send("groups", f"{HEAD}\ngrouping;C1;S;;;1;LABS")
    assert (["applied"], ["grouping-nested"] * 2, []) == (answer.outcomes, answer.codes(1), links(place))
