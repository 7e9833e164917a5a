"""Limits: what a plan may change at most."""

import pytest

from syncd.core.absences import Absence
from syncd.core.kinds import SPECS, Kind
from syncd.core.limits import Breach, ChangeCounts, Direction, Limit, weigh


@pytest.mark.parametrize(
    ("limit", "population", "expected"),
    [
        (Limit(), 1000, None),
        (Limit(count=50), 1000, 50),
        (Limit(count=0), 1000, 0),
        (Limit(percent=5), 1000, 50),
        (Limit(percent=5), 19, 0),
        (Limit(percent=5), 20, 1),
        (Limit(percent=0), 1000, 0),
        (Limit(percent=100), 7, 7),
        (Limit(percent=0.1), 1000, 1),
        (Limit(count=50, percent=5), 100, 50),
        (Limit(count=50, percent=5), 100_000, 5000),
        (Limit(percent=5), 0, 0),
    ],
)
def test_the_greater_of_count_and_percentage_is_allowed(limit: Limit, population: int, expected: int | None) -> None:
    """A small roster is not held for a handful, a large one not for a thousandth."""
    assert expected == limit.allowed(population)


@pytest.mark.parametrize("hundredths", range(1, 300, 7))
def test_percentages_are_counted_exactly(hundredths: int) -> None:
    """0.29 % of 10,000 is 29, whatever floating point makes of it."""
    assert hundredths == Limit(percent=hundredths / 100).allowed(10_000)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (Limit(), "none"),
        (Limit(count=50), "50"),
        (Limit(percent=2.5), "2.5 %"),
        (Limit(count=50, percent=5.0), "50 or 5 %"),
    ],
)
def test_a_limit_is_written_as_people_write_it(limit: Limit, expected: str) -> None:
    """The same words in report, mail and command line."""
    assert expected == str(limit)


@pytest.mark.parametrize(
    ("direction", "expected"), [(Direction.REMOVALS, 7), (Direction.UPDATES, 2), (Direction.GROWTH, 1)]
)
def test_disabled_and_deleted_are_removals(direction: Direction, expected: int) -> None:
    """Locking a thousand people out is as bad as deleting them."""
    assert expected == ChangeCounts(created=1, updated=2, disabled=3, deleted=4).count(direction)


@pytest.mark.parametrize(
    ("direction", "counts", "held", "broken"),
    [
        (Direction.REMOVALS, ChangeCounts(deleted=10), 100, False),
        (Direction.REMOVALS, ChangeCounts(deleted=11), 100, True),
        (Direction.REMOVALS, ChangeCounts(disabled=6, deleted=5), 100, True),
        (Direction.REMOVALS, ChangeCounts(created=99, updated=99), 100, False),
        (Direction.UPDATES, ChangeCounts(updated=11), 100, True),
        (Direction.GROWTH, ChangeCounts(created=11), 100, True),
        (Direction.GROWTH, ChangeCounts(created=11), 0, False),
        (Direction.GROWTH, ChangeCounts(created=11), 1, True),
    ],
)
def test_a_plan_over_a_limit_breaks_it(direction: Direction, counts: ChangeCounts, held: int, broken: bool) -> None:
    """Exactly the limit may go; a first load is no surprise."""
    limits = {(Kind.USER, direction): Limit(count=10)}
    assert broken == bool(weigh({Kind.USER: counts}, {Kind.USER: held}, limits))


def test_every_broken_limit_is_told_with_its_numbers() -> None:
    """A person who approves must see all of them at once."""
    removals, updates = (Kind.USER, Direction.REMOVALS), (Kind.COURSE, Direction.UPDATES)
    limits = {removals: Limit(count=5, percent=1), updates: Limit(count=0), (Kind.GROUP, Direction.GROWTH): Limit()}
    changes = {Kind.USER: ChangeCounts(deleted=812), Kind.COURSE: ChangeCounts(updated=1), Kind.GROUP: ChangeCounts()}
    found = weigh(changes, {Kind.USER: 852, Kind.COURSE: 3}, limits)
    assert [removals, updates] == [(breach.kind, breach.direction) for breach in found]
    assert "812 user removals planned, 8 allowed of 852 (limit: 5 or 1 %)" == str(found[0])
    assert (
        Breach(kind=Kind.COURSE, direction=Direction.UPDATES, planned=1, allowed=0, population=3, limit="0") == found[1]
    )


def test_kinds_that_a_plan_does_not_change_break_nothing() -> None:
    """A limit of none for a kind is no reason to hold a run about another."""
    assert () == weigh({}, {}, {(kind, direction): Limit(count=0) for kind in SPECS for direction in Direction})


@pytest.mark.parametrize(("gone", "removes", "planned"), [(3, True, [3]), (2, True, []), (3, False, []), (0, True, [])])
def test_what_a_snapshot_leaves_out_is_weighed_against_its_scope(gone: int, removes: bool, planned: list[int]) -> None:
    """Three of four people in a small school are a surprise, whatever the roster holds elsewhere."""
    absence = Absence(kind=Kind.USER, gone=gone, population=4, scope="school North", removes=removes)
    limits = {(Kind.USER, Direction.REMOVALS): Limit(percent=50)}
    changes = {Kind.USER: ChangeCounts(disabled=gone)}
    found = weigh(changes, {Kind.USER: 10_000}, limits, absences=[absence])
    assert planned == [breach.planned for breach in found]
    assert all(str(breach).startswith("3 of 4 user records of school North are absent, 2 may be") for breach in found)
