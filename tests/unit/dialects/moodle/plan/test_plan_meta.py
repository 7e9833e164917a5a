"""Meta links: add, del, and what cannot be linked."""

from typing import Any

import pytest

from syncd.dialects.moodle.kinds import META_LINK

HEAD = "cmd;master;meta"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with the courses M (1), A (2), B (3)."""
    for shortname in "MAB":
        school.course(shortname, idnumber=f"N{shortname}")
    return school


def links(place: Any) -> list[Any]:
    return list(place.live(META_LINK, "course_id", "master_id", "state"))


def test_add_links_and_the_same_file_again_changes_nothing(place: Any) -> None:
    """Twice is once."""
    text = "master;meta\nM;A\nM;B"
    assert ["applied"] * 2 == place.send("metacourses", text).outcomes
    assert [(2, 1, "enabled"), (3, 1, "enabled")] == links(place)
    assert ["unchanged"] * 2 == place.send("metacourses", text).outcomes


def test_del_disables_and_add_revives(place: Any) -> None:
    """Appendix C and the help of the model system: the link stays, disabled."""
    place.send("metacourses", f"{HEAD}\nadd;M;A")
    assert ["applied"] == place.send("metacourses", f"{HEAD}\ndel;M;A").outcomes
    assert [(2, 1, "disabled")] == links(place)
    assert ["unchanged"] == place.send("metacourses", f"{HEAD}\ndel;M;A").outcomes
    assert ["applied"] == place.send("metacourses", f"{HEAD}\nadd;M;A").outcomes
    assert [(2, 1, "enabled")] == links(place)


def test_a_link_that_is_not_there_needs_no_del(place: Any) -> None:
    """What is asked for is so already; the report says why nothing was done, each time."""
    for _ in range(2):
        answer = place.send("metacourses", f"{HEAD}\ndel;M;A")
        assert (["unchanged"], ["link-gone"]) == (answer.outcomes, answer.codes(1))
    assert [] == links(place)


def test_verbs_on_one_link_are_worked_in_the_order_of_the_file(place: Any) -> None:
    """The last one counts; a link that was made and disabled is disabled."""
    place.send("metacourses", f"{HEAD}\nadd;M;A\ndel;M;A\ndel;M;B\nadd;M;B")
    assert [(2, 1, "disabled"), (3, 1, "enabled")] == links(place)


@pytest.mark.parametrize(
    ("row", "column", "value"), [("X;A", "master", "'X'"), ("M;X", "meta", "'X'"), ("X;Y", "master", "'X'")]
)
def test_a_course_that_is_not_known_fails_the_row(place: Any, row: str, column: str, value: str) -> None:
    """W16: links to the course 0."""
    answer = place.send("metacourses", f"master;meta\n{row}\nM;B")
    assert ["failed", "applied"] == answer.outcomes
    assert (["unknown-course"], [column]) == (answer.codes(1), answer.columns(1))
    assert value in answer.said(1)
    assert [(3, 1, "enabled")] == links(place)


def test_a_course_is_not_its_own_master(place: Any) -> None:
    """Everybody in it would be enrolled a second time."""
    answer = place.send("metacourses", "master;meta\nM;M")
    assert (["failed"], ["link-self"]) == (answer.outcomes, answer.codes(1))


def test_without_the_method_meta_nothing_is_linked(place: Any) -> None:
    """Courses of this platform could not hold the enrolments."""
    answer = place.send("metacourses", "master;meta\nM;A", methods=("manual",))
    assert (["failed"], ["method-closed"]) == (answer.outcomes, answer.codes(1))
    assert "'meta'" in answer.said(1)


def test_courses_are_named_by_the_configured_identifier(place: Any) -> None:
    """As in every file that names courses."""
    place.send("metacourses", "master;meta\nNM;NA", course_identifier="idnumber")
    place.send("metacourses", "master;meta\n1;3", course_identifier="id")
    assert [(2, 1, "enabled"), (3, 1, "enabled")] == links(place)


def test_a_link_of_another_source_is_left_alone(place: Any) -> None:
    """Promise 7; a row that would change nothing is no trespass."""
    place.send("metacourses", "master;meta\nM;A", source="other")
    answer = place.send("metacourses", f"{HEAD}\nadd;M;A\ndel;M;A")
    assert (["unchanged", "failed"], ["not-yours"]) == (answer.outcomes, answer.codes(2))
    assert ["applied"] == place.send("metacourses", f"{HEAD}\ndel;M;A", others=True).outcomes
