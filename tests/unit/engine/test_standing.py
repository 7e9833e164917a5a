"""Which changes of the roster make which remembered rows count as new again."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.dialect import MOODLE
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.engine.results import ANYONE
from syncd.engine.standing import crossed, still_standing, touches_of
from syncd.frames.difference import RowMemory

PAIRS = [(1, 10), (1, 20), (2, 10), (0, 10), (3, 0)]


def memory() -> RowMemory:
    a, b = np.array(PAIRS, np.uint32).T
    return RowMemory(low=np.arange(len(PAIRS), dtype=np.uint64), high=np.zeros(len(PAIRS), np.uint64), a=a, b=b)


def touch(kind: Kind, a: int, b: int, identity: bool) -> pl.DataFrame:
    return pl.DataFrame({"kind": [kind.value], "action": ["updated"], "a": [a], "b": [b], "identity": [identity]})


def left(found: RowMemory) -> list[tuple[int, int]]:
    return list(zip(found.a.tolist(), found.b.tolist(), strict=True))


@pytest.mark.parametrize(
    ("object_name", "kind", "identity", "gone"),
    [
        ("enrolments", Kind.ENROLMENT, False, [(1, 10)]),
        ("enrolments", ROLE_ASSIGNMENT, False, [(1, 10)]),
        ("enrolments", Kind.GROUP_MEMBER, False, [(1, 10)]),
        ("enrolments", Kind.GROUP, False, [(1, 10), (2, 10), (0, 10)]),
        ("enrolments", Kind.USER, False, []),
        ("enrolments", Kind.USER, True, [(1, 10), (1, 20)]),
        ("enrolments", Kind.COURSE, False, []),
        ("enrolments", Kind.COURSE, True, [(1, 10), (2, 10), (0, 10)]),
        ("enrolments", Kind.COHORT, True, []),
        ("users", Kind.USER, False, [(1, 10), (1, 20)]),
        ("users", Kind.ENROLMENT, False, [(1, 10), (1, 20)]),
        ("users", Kind.COHORT_MEMBER, False, [(1, 10), (1, 20)]),
        ("users", Kind.COURSE, False, []),
        ("users", Kind.COURSE, True, PAIRS),
        ("users", Kind.COHORT, True, PAIRS),
        ("courses", Kind.COURSE, False, [(1, 10), (2, 10), (0, 10)]),
        ("courses", ROLE_ASSIGNMENT, False, [(1, 10), (2, 10), (0, 10)]),
        ("courses", Kind.CATEGORY, False, []),
        ("courses", Kind.CATEGORY, True, PAIRS),
        ("courses", Kind.USER, True, PAIRS),
        ("cohorts", Kind.COHORT_MEMBER, False, [(1, 10)]),
        ("cohorts", Kind.COHORT, False, [(1, 10), (2, 10), (0, 10)]),
        ("cohorts", Kind.USER, True, [(1, 10), (1, 20)]),
        ("cohorts", Kind.CATEGORY, True, PAIRS),
        ("group_members", Kind.GROUP_MEMBER, False, [(1, 10)]),
        ("group_members", Kind.ENROLMENT, False, [(1, 10)]),
        ("group_members", ROLE_ASSIGNMENT, False, [(1, 10)]),
        ("group_members", Kind.USER, False, []),
        ("group_members", Kind.USER, True, [(1, 10), (1, 20)]),
        ("group_members", Kind.GROUP, False, []),
        ("group_members", Kind.GROUP, True, [(1, 10), (2, 10), (0, 10)]),
        ("group_members", Kind.COURSE, True, [(1, 10), (2, 10), (0, 10)]),
    ],
)
def test_a_change_makes_the_rows_that_depend_on_it_new(
    object_name: str, kind: Kind, identity: bool, gone: list[tuple[int, int]]
) -> None:
    """Too many forgotten cost time; one too few leaves a wrong roster."""
    found = still_standing(memory(), touch(kind, 1, 10, identity), MOODLE.objects[object_name].watch)
    assert [pair for pair in PAIRS if pair not in gone] == left(found)


def test_nothing_touched_nothing_forgotten() -> None:
    """The usual night."""
    assert PAIRS == left(still_standing(memory(), touch(Kind.USER, 1, 1, True).clear(), MOODLE.objects["users"].watch))


def test_ids_beyond_32_bits_forget_no_row_that_stands() -> None:
    """Rows with such ids are never remembered, so a change of them concerns none."""
    touched = touch(Kind.ENROLMENT, 2**32 + 1, 10, False)
    assert (1, 20) in left(still_standing(memory(), touched, MOODLE.objects["enrolments"].watch))


def test_a_change_set_touches_as_the_store_will_tell(school: Any) -> None:
    """A run forgets by its own changes what it will have changed."""
    anna = school.user("anna")
    school.enrolment(anna, school.course("C1"))
    changes = school.send("users", "username;firstname;lastname;deleted\nanna;;;1").changes
    told = school.roster.touches(0).drop("action").sort("kind")
    assert told.to_dicts() == touches_of(changes).sort("kind").to_dicts()


def scopes(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"a": pl.Int64, "b": pl.Int64}, orient="row")


@pytest.mark.parametrize(
    ("pairs", "again"),
    [
        ([(1, 10)], [True, False, False]),
        ([(9, 10)], [False, False, False]),
        ([(ANYONE, 10)], [True, False, True]),
        ([(1, 20), (2, 10)], [False, False, True]),
        ([], [False, False, False]),
    ],
)
def test_known_rows_that_a_new_one_crosses_are_looked_at_again(pairs: list[tuple[int, int]], again: list[bool]) -> None:
    """The file holds the rows (1, 10), a new one, and (2, 10)."""
    known = np.array([0, -1, 2], np.int32)
    assert again == crossed(memory(), known, scopes(*pairs)).tolist()


def test_a_file_of_new_rows_crosses_nothing() -> None:
    """A first load asks for nothing again."""
    assert [False] == crossed(memory(), np.array([-1], np.int32), scopes((1, 10))).tolist()
