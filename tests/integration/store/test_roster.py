"""Reading the roster as frames."""

from typing import Any

import polars as pl
import pytest

from syncd.core.kinds import SPECS, Kind
from syncd.frames.changes import record_schema

MANY = 300
"""Of so many records two are a small part, so that they are looked up by index."""


@pytest.fixture
def crowd(scene: Any) -> Any:
    """Give a store with many users, of which each third is deleted."""
    states = ("enabled", "disabled", "deleted")
    scene.create(
        Kind.USER,
        *(
            {"id": id, "username": f"user{id}", "email": f"mail{id % 100}@example.org", "state": states[id % 3]}
            for id in range(1, MANY + 1)
        ),
    )
    return scene


def ids(frame: pl.DataFrame) -> set[int]:
    return set(frame.get_column("id"))


@pytest.mark.parametrize("count", [2, MANY])
@pytest.mark.parametrize("column", ["username", "id"])
def test_records_are_found_deleted_or_not(crowd: Any, column: str, count: int) -> None:
    """A deleted user that comes back must be found, whether by index or by reading the whole table."""
    everyone = crowd.store.find(Kind.USER, (), None).sort("id")
    wanted = everyone.tail(count)
    found = crowd.store.find(Kind.USER, (column,), wanted.select(column))
    assert wanted.rows() == found.sort("id").rows()


@pytest.mark.parametrize("count", [2, MANY])
def test_nulls_and_strangers_find_nothing(crowd: Any, count: int) -> None:
    """An empty identifier must not match the records that have none."""
    values = pl.DataFrame({"idnumber": [None, *(f"stranger{number}" for number in range(count))]})
    assert [] == crowd.store.find(Kind.USER, ("idnumber",), values).rows()


def test_only_nulls_give_a_frame_of_the_full_schema(crowd: Any) -> None:
    """Later steps join on the columns, also when there is nothing to join."""
    found = crowd.store.find(Kind.USER, ("idnumber",), pl.DataFrame({"idnumber": [None]}))
    assert (record_schema(Kind.USER), 0) == (dict(found.schema), len(found))


def test_a_value_given_twice_finds_a_record_once(crowd: Any) -> None:
    """Two rows of a file often name the same user."""
    found = crowd.store.find(Kind.USER, ("username",), pl.DataFrame({"username": ["user7", "user7"]}))
    assert [7] == found.get_column("id").to_list()


def test_a_value_that_several_share_finds_them_all(crowd: Any) -> None:
    """E-mail addresses may be shared; the planner must see that one is ambiguous."""
    found = crowd.store.find(Kind.USER, ("email",), pl.DataFrame({"email": ["mail7@example.org"]}))
    assert {7, 107, 207} == ids(found)


@pytest.mark.parametrize("count", [1, MANY])
def test_addresses_are_found_in_any_case_and_given_as_they_are_stored(crowd: Any, count: int) -> None:
    """By index and by reading the table, also after the address was changed; the case of idnumbers counts."""
    crowd.create(Kind.USER, {"id": 1000, "username": "maud", "email": "Maud@BÜCHER.example", "idnumber": "A"})
    crowd.create(Kind.USER, {"id": 1001, "username": "paul", "email": "paul@example.org", "idnumber": "b"})
    user = {"id": 1001, "username": "paul", "email": "PAUL@example.org", "idnumber": "b"}
    crowd.change(Kind.USER, user, identity=True)

    def find(column: str, value: str) -> list[Any]:
        values = pl.DataFrame({column: [value, *(f"stranger{number}" for number in range(count - 1))]})
        return crowd.store.find(Kind.USER, (column,), values).get_column("email").to_list()

    assert ["Maud@BÜCHER.example"] == find("email", "maud@bücher.example")
    assert ["PAUL@example.org"] == find("email", "paul@example.org")
    assert ([], ["PAUL@example.org"]) == (find("idnumber", "a"), find("idnumber", "b"))
    named = crowd.store.names(Kind.USER, "email", pl.DataFrame({"email": ["maud@bücher.example"]}))
    assert [(1000, "Maud@BÜCHER.example", "enabled")] == named.filter(pl.col("id") == 1000).rows()
    crowd.change(Kind.USER, user | {"email": "paul@example.org"}, identity=True)
    assert ["paul@example.org"] == find("email", "paul@example.org")


def test_a_column_without_an_index_is_searched_all_the_same(crowd: Any) -> None:
    """Undo looks for what a run created."""
    found = crowd.store.find(Kind.USER, ("created_run",), pl.DataFrame({"created_run": [1]}))
    assert MANY == len(found)


@pytest.mark.parametrize("columns", [("course_id",), ("user_id",), ("user_id", "course_id"), SPECS[Kind.ENROLMENT].key])
def test_links_are_found_by_any_part_of_their_key(scene: Any, columns: tuple[str, ...]) -> None:
    """Removing a user looks for its enrolments, a complete course list for those of the course."""
    pairs = [(course, user) for course in range(1, 20) for user in range(1, 20)]
    scene.create(
        Kind.ENROLMENT,
        *({"course_id": c, "user_id": u, "method": "manual", "role": "student"} for c, u in pairs),
    )
    wanted = {"course_id": 3, "user_id": 5, "method": "manual", "role": "student", "via": 0}
    found = scene.store.find(Kind.ENROLMENT, columns, pl.DataFrame([wanted]).select(columns))
    asked = {name: wanted[name] for name in ("course_id", "user_id") if name in columns}
    expected = {(c, u) for c, u in pairs if asked.get("course_id", c) == c and asked.get("user_id", u) == u}
    assert expected == set(found.select("course_id", "user_id").rows())


def test_groups_are_found_by_course_and_name(scene: Any) -> None:
    """A group's name is unique in its course only."""
    scene.create(Kind.GROUP, *({"id": id, "course_id": id % 9, "name": f"G{id // 9}"} for id in range(1, 200)))
    found = scene.store.find(Kind.GROUP, ("name", "course_id"), pl.DataFrame({"name": ["G3"], "course_id": [4]}))
    assert {31} == ids(found)


def test_wanted_columns_come_alone_and_in_order(crowd: Any) -> None:
    """References need two columns of a million users, not all thirty."""
    values = pl.DataFrame({"email": ["mail1@example.org"]})
    found = crowd.store.find(Kind.USER, ("email",), values, only=("username", "id"))
    assert {("user1", 1), ("user101", 101), ("user201", 201)} == set(found.rows())
    assert ["username", "id"] == crowd.store.find(Kind.USER, (), None, only=("username", "id")).columns


def test_an_id_is_never_given_twice(crowd: Any) -> None:
    """Deleted records keep theirs."""
    crowd.create(Kind.USER, {"id": 900, "username": "last"})
    crowd.change(Kind.USER, {"id": 900, "state": "deleted"}, action="deleted")
    assert (901, 1) == (crowd.store.next_id(Kind.USER), crowd.store.next_id(Kind.COURSE))


def test_touches_tell_what_changed_since(school: Any) -> None:
    """A remembered row holds only while nothing else touched the person or place that it is about."""
    school.change(Kind.USER, {"id": 1, "city": "Umeå"})
    seq = school.store.seq()
    key = {"course_id": 2, "user_id": 1, "method": "manual", "role": "student", "via": 0}
    school.change(Kind.ENROLMENT, key | {"state": "deleted"}, action="deleted")
    school.change(Kind.COURSE, {"id": 2, "shortname": "PHYS2"}, identity=True)
    touches = school.store.touches(seq)
    assert [("enrolment", "deleted", 1, 2, False), ("course", "updated", 0, 2, True)] == touches.rows()
    assert (3, 0) == (len(school.store.touches(0)), len(school.store.touches(school.store.seq())))
    assert {Kind.ENROLMENT, Kind.COURSE} == school.store.touched_kinds(seq)
    schema = {"kind": pl.String, "action": pl.String, "a": pl.Int64, "b": pl.Int64, "identity": pl.Boolean}
    assert schema == dict(touches.schema)


def test_the_change_number_grows_also_where_records_are_only_created(scene: Any) -> None:
    """A plan that would create the same user must become stale."""
    numbers = [scene.store.seq()]
    scene.create(Kind.USER, {"id": 1, "username": "anna"}, {"id": 2, "username": "bo"})
    numbers.append(scene.store.seq())
    scene.change(Kind.USER, {"id": 1, "city": "Umeå"}, {"id": 2, "city": "Luleå"})
    assert [0, 1, 3] == [*numbers, scene.store.seq()]
