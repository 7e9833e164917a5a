"""How long what a run left behind is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.retention import Keeping, Leaving, ended, leapt, needed
from syncd.core.runs import Run, RunState, Trigger

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
RUN = Run(id=7, work="w", file="users.csv", trigger=Trigger.CLI, received=NOW, state=RunState.COMPLETED)
DAY = timedelta(days=1)


def test_each_class_has_its_own_time() -> None:
    """W26: one age for everything removes what is still needed."""
    keeping = Keeping(archives=10 * DAY, trybacks=20 * DAY, reports=30 * DAY, history=40 * DAY)
    gone = [keeping.expired(NOW - days * DAY, NOW) for days in (10, 11, 21, 31, 41)]
    assert [0, 1, 2, 3, 4] == [len(classes) for classes in gone]
    assert {Leaving.ARCHIVES} == gone[1]


def test_none_is_for_ever() -> None:
    """Some schools must keep their records."""
    assert frozenset() == Keeping().expired(NOW - 10_000 * DAY, NOW)


def test_what_ends_in_the_future_is_not_old() -> None:
    """A clock that was set back must not remove anything."""
    assert frozenset() == Keeping(archives=DAY).expired(NOW + 400 * DAY, NOW)


@pytest.mark.parametrize("state", [state for state in RunState if not state.is_final])
def test_a_run_that_is_not_over_needs_all_it_has_and_so_does_its_parent(state: RunState) -> None:
    """A held run may be decided after months; its plan is what was shown."""
    assert {7, 3} == needed([replace(RUN, state=state, parent=3)])


def test_a_run_that_is_over_needs_nothing() -> None:
    """Else nothing was ever removed."""
    assert frozenset() == needed([replace(RUN, parent=3)])


def test_age_is_counted_from_the_end_of_a_run() -> None:
    """A run that was held for half a year is half a year younger than its file."""
    assert NOW + DAY == ended(replace(RUN, finished=NOW + DAY))
    assert NOW == ended(RUN)


@pytest.mark.parametrize(("wall", "expected"), [(24, False), (47, False), (50, True), (24 * 365, True), (-100, False)])
def test_a_clock_that_leapt_ahead_is_not_believed(wall: int, expected: bool) -> None:
    """Set ahead by a year, it would make everything look old enough."""
    assert expected == leapt(timedelta(hours=wall), timedelta(hours=24))
